"""SageMaker Experiments: a driver on plain boto3. The official SDK is its witness in tests, and no part of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any, BinaryIO, TypeVar

from tracklayer.drivers.aws import CREDENTIALS, Aws, Objects
from tracklayer.drivers.sagemaker import listing, names, reading, record, series, wire
from tracklayer.drivers.sagemaker.artifacts import Artifacts
from tracklayer.drivers.sagemaker.calls import PROVIDER, Calls
from tracklayer.drivers.sagemaker.components import Components
from tracklayer.drivers.sagemaker.config import SagemakerConfig, pace
from tracklayer.drivers.sagemaker.deleting import Deleting
from tracklayer.drivers.sagemaker.experiments import Experiments
from tracklayer.drivers.sagemaker.places import Places
from tracklayer.drivers.sagemaker.shelf import Shelf
from tracklayer.drivers.sagemaker.traits import SAGEMAKER
from tracklayer.drivers.sagemaker.trials import Trials
from tracklayer.errors import AlreadyExists, Conflict, NotFound, ProviderError, Rejected
from tracklayer.model import (
    Artifact,
    Batch,
    Experiment,
    ExperimentDraft,
    ExperimentRef,
    Owner,
    Points,
    Query,
    Run,
    RunDraft,
    RunRef,
    same,
)
from tracklayer.spi import Cursor, Driver, Page

Found = TypeVar("Found", Run, Experiment)


class SagemakerDriver(Driver):
    """One region of one account, `sagemaker://region[/?bucket=&prefix=&profile=]`."""

    traits = SAGEMAKER
    credentials = CREDENTIALS

    def __init__(self, config: SagemakerConfig) -> None:
        self.url = config.url
        self._aws = Aws(config.region, config.profile, provider=PROVIDER)
        self._calls = calls = Calls(self._aws, pace())
        objects = Objects(self._aws)
        self._places = places = Places(config, self._aws, objects)
        self._components = components = Components(calls, places)
        self._trials = Trials(calls)
        self._shelf = Shelf(components, places, objects)
        self._artifacts = Artifacts(calls, components, places, objects)
        self._deleting = Deleting(calls, components, places, objects)
        self._experiments = Experiments(calls, components, places, objects)

    @classmethod
    def open(cls, url: str, /) -> Driver:
        return cls(SagemakerConfig.read(url))

    # -- experiments

    def create_experiment(self, draft: ExperimentDraft, /) -> Experiment:
        made = self._experiments.create(draft)
        self._deleting.gone.discard(made.id)
        return made

    def get_experiment(self, which: str | ExperimentRef, /) -> Experiment:
        return self._experiments.get(self._home(which) if isinstance(which, ExperimentRef) else which)

    def list_experiments(self, after: Cursor | None = None, /) -> Page[Experiment]:
        found, place = self._experiments.page(listing.Place.read(after))
        read = tuple(self._left(map(self._experiments.read, found)))
        return Page(read, None if place is None else place.text())

    # -- runs

    def create_run(self, experiment: ExperimentRef, draft: RunDraft, /) -> Run:
        home = self._home(experiment)
        self._trials.prepare(home)
        name = names.component(home, draft.token)
        entries = record.made(draft.token, str(self._places.run(name)), home)
        now = datetime.now(timezone.utc)
        now = now.replace(microsecond=now.microsecond // 1_000 * 1_000)
        request = wire.new_component(name, draft, entries, now)
        try:
            arn = self._calls("CreateTrialComponent", **request)["TrialComponentArn"]
        except AlreadyExists:
            return self._made_before(home, name, draft.token)
        self._deleting.gone.discard(name)
        given = {**request, "TrialComponentArn": arn}
        self._components.note(given)
        self._join(home, name)
        return reading.run(given, home)

    def _made_before(self, home: str, name: str, token: str) -> Run:
        """The run of that token."""
        found = self._components.whole(name)
        if record.read(found.get("InputArtifacts") or {}).token != token:
            message = f"trial component {name} is taken, and is not the run that was asked for"
            raise AlreadyExists(message, provider=PROVIDER, operation="CreateTrialComponent")
        self._mend(home, name)
        return reading.run(found, home)

    def _mend(self, home: str, name: str) -> None:
        """Whoever made the run may have died before it was put into its experiment."""
        if not self._trials.joined(name):
            self._join(home, name)

    def _join(self, home: str, name: str) -> None:
        """Put a run into its experiment. When that is gone, the run goes too."""
        try:
            self._trials.join(home, name)
        except NotFound:
            self._components.forget(name)
            with suppress(ProviderError):
                self._calls("DeleteTrialComponent", TrialComponentName=name)
            raise

    def get_run(self, run: RunRef, /) -> Run:
        found = self._components.whole(run.id)
        return reading.run(found, self._components.experiment(found))

    def list_runs(self, query: Query, after: Cursor | None = None, /) -> Page[Run]:
        place = listing.Place.read(after)
        if query.view == "deleted" or place.index >= len(query.experiments):
            return Page(())
        home = names.experiment_name(query.experiments[place.index].id) or ""
        found, ahead = self._listed(home, query, place) if home else ([], None)
        if ahead is None and place.index + 1 < len(query.experiments):
            ahead = listing.Place(index=place.index + 1)
        runs = (reading.run(one, home) for one in found)
        return Page(tuple(self._left(runs)), None if ahead is None else ahead.text())

    def _listed(
        self, home: str, query: Query, place: listing.Place
    ) -> tuple[list[Mapping[str, Any]], listing.Place | None]:
        """The next trial components of an experiment. The one of a token needs no search: its name is known."""
        found: list[Mapping[str, Any]] = []
        tokens = {str(clause.value) for clause in query.where if clause.key == "token"}
        for token in tokens:
            with suppress(NotFound):
                found.append(self._components.whole(names.component(home, token)))
                self._mend(home, found[-1]["TrialComponentName"])
        if tokens:
            return found, None
        filters = [{"Name": "Parents.ExperimentName", "Operator": "Equals", "Value": home}]
        within = {"ExperimentName": home}
        listed = listing.Listed(listing.RUNS, self._components.whole, filters, within)
        return listing.page(self._calls, listed, place, query.page_size)

    def write(self, run: RunRef, batch: Batch, /) -> None:
        name = run.id
        request = wire.change(name, batch)
        entries = dict(request.get("InputArtifacts") or {})
        goes_on = batch.status in {"running", "scheduled"} and batch.ended is None
        if batch == Batch() or batch.inputs or goes_on or (batch.params and not batch.overwrite):
            found = self._components.describe(name)
            if not batch.overwrite:
                _refuse_other_values(found.get("Parameters") or {}, batch)
            if goes_on and found.get("EndTime") is not None:
                entries |= record.end(found["EndTime"], counts=False)
            entries |= _shown(found, batch)
        if entries:
            request["InputArtifacts"] = entries
        if request:
            self._update(name, request)
        self._components.add_tags(name, wire.parted(batch.tags)[1])
        if batch.points:
            self._put_points(name, batch.points)

    def _update(self, name: str, request: Mapping[str, Any]) -> None:
        """Update a run. When its record is full, it is emptied of what can be elsewhere."""
        try:
            self._components.update(name, **request)
        except Rejected:
            if "InputArtifacts" not in request or not self._shelf.make_room(name):
                raise
            self._components.update(name, **request)

    # -- points

    def _put_points(self, name: str, points: Sequence[Points]) -> None:
        try:
            series.put(self._calls, name, points)
        except Rejected:
            self._components.describe(name)  # of a run that is not there, each point is only said to be wrong
            raise

    def read_points(self, run: RunRef, key: str, after: Cursor | None = None, /) -> Page[Points]:
        del after  # all in one page
        found = self._components.describe(run.id)
        summary = reading.summaries(found).get(key)
        if summary is None:
            return Page((Points.of(key),))
        last = summary.get("TimeStamp")
        source = summary.get("SourceArn") or found["TrialComponentArn"]
        return Page((series.read(self._calls, source, key, 0 if last is None else reading.nanoseconds(last)),))

    # -- deleting

    def delete(self, owner: Owner, /) -> None:
        if isinstance(owner, RunRef):
            self._deleting.run(owner.id)
            return
        home = self._home(owner)
        self._deleting.experiment(home)
        self._trials.forget(home)

    def _left(self, found: Iterable[Found]) -> Iterator[Found]:
        """Without what was deleted here, which Search goes on to find for a while."""
        return (one for one in found if one.id not in self._deleting.gone)

    # -- files and sidecars

    def put_artifact(self, run: RunRef, path: str, data: BinaryIO, /) -> None:
        self._artifacts.put(run.id, path, data)

    def open_artifact(self, run: RunRef, path: str, /) -> BinaryIO:
        return self._artifacts.open(run.id, path)

    def list_artifacts(self, run: RunRef, after: Cursor | None = None, /) -> Page[Artifact]:
        return self._artifacts.page(run.id, after)

    def put_sidecar(self, owner: Owner, key: str, data: bytes, /) -> None:
        if isinstance(owner, RunRef):
            self._shelf.put(owner.id, key, data)
            return
        home = self._there(owner)
        self._shelf.put_below(self._places.experiment(home), key, data)

    def get_sidecars(self, owner: Owner, prefix: str = "", /) -> Mapping[str, bytes]:
        if isinstance(owner, RunRef):
            return self._shelf.get(owner.id, prefix)
        return self._shelf.get_below(self._places.experiment(self._there(owner)), prefix)

    def _there(self, owner: ExperimentRef) -> str:
        """The name of an experiment that is there. `NotFound`."""
        home = self._home(owner)
        self._calls("DescribeExperiment", ExperimentName=home)
        return home

    def _home(self, experiment: ExperimentRef) -> str:
        """The name of an experiment by its id. `NotFound` for what is no id."""
        home = names.experiment_name(experiment.id)
        if home is None:
            message = f"no such experiment: {experiment.id[:200]!r} is no id of one"
            raise NotFound(message, provider=PROVIDER, operation="DescribeExperiment")
        return home

    def close(self) -> None:
        self._aws.close()


def _refuse_other_values(held: Mapping[str, Any], batch: Batch) -> None:
    for key, value in batch.params.items():
        if key in held and not same(reading.param(held[key]), value):
            message = f"param {key!r} is set to another value already; a param is set once"
            raise Conflict(message, provider=PROVIDER, operation="write")


def _shown(found: Mapping[str, Any], batch: Batch) -> dict[str, record.Entry]:
    """The data sets of a batch that the console is to show, as far as there is room."""
    kept = record.read(found.get("InputArtifacts") or {})
    shown = wire.shown(batch.inputs, kept.others)
    room = min(wire.MOST_SHOWN - len(kept.shown), record.ROOM - len(kept.keys))
    new = [key for key in shown if key not in kept.shown][: max(0, room)]
    return {key: entry for key, entry in shown.items() if key in kept.shown or key in new}
