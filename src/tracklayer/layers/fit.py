"""Fit: make what is written legal for the provider, keep what did not fit, and put both together again on reading."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from threading import Lock
from typing import BinaryIO

from tracklayer.errors import AlreadyExists, Conflict
from tracklayer.layers.fitting import residue, series, texts
from tracklayer.layers.fitting.back import unfit
from tracklayer.layers.fitting.batch import OWN_TAGS, Seen, Suspected, fit_batch, fit_tags, own_bound, own_tags
from tracklayer.layers.fitting.fields import fit_draft, fit_experiment
from tracklayer.layers.fitting.pushdown import legal_query
from tracklayer.layers.fitting.reading import Reading
from tracklayer.layers.fitting.residue import Page as Record
from tracklayer.model import (
    Artifact,
    Batch,
    Experiment,
    ExperimentDraft,
    ExperimentRef,
    Points,
    Query,
    Run,
    RunDraft,
    RunRef,
)
from tracklayer.spi import Cursor, Driver, Feature, Limits, Naming, Page, Wrapper

#: Runs whose slots are remembered at once; a forgotten one is read again.
REMEMBERED = 1_024
_OF_AN_EXPERIMENT = ("name", "tags", "description", "approximate", "beside")


class Fit(Wrapper):
    """Stands between true values above and legal ones below; the rules are in `fitting/`."""

    def __init__(self, inner: Driver) -> None:
        super().__init__(inner)
        self._lock = Lock()
        self._seen: OrderedDict[str, Seen] = OrderedDict()
        self._reading = Reading()

    # -- experiments

    def create_experiment(self, draft: ExperimentDraft, /) -> Experiment:
        traits, sidecars, page = self.traits, dict[str, bytes](), Record()
        names, bound = traits.names.experiment_tag, traits.limits.experiment_tag_value
        legal, own = fit_experiment(traits, draft)
        slotted = self._slotted(draft.tags, page)
        tags = fit_tags(names, bound, slotted, page, sidecars, empty=traits.native(Feature.EMPTY_VALUES))
        if page:
            own["page"] = residue.encoded(page).decode()
        tags |= own_tags(names, bound, own, sidecars)
        bound = traits.limits.experiment_description or traits.limits.description
        description = legal.description and texts.slot(legal.description, bound, sidecars)
        whole = legal.model_copy(update={"tags": tags, "description": description})
        try:
            made = self.inner.create_experiment(whole)
        except AlreadyExists:
            self._complete(whole, sidecars)
            raise
        for key, data in sidecars.items():
            self.inner.put_sidecar(made.ref, key, data)
        return self._experiment(made.model_copy(update={"beside": _grown(made.beside, sidecars)}))

    def _complete(self, draft: ExperimentDraft, sidecars: Mapping[str, bytes]) -> None:
        """Bring what is kept beside an experiment that was made from the same: who made it may have died in between."""
        if not sidecars:
            return
        there = self.inner.get_experiment(draft.name)
        if not there.deleted and (there.tags, there.description) == (draft.tags, draft.description):
            for key, data in sidecars.items():
                self.inner.put_sidecar(there.ref, key, data)

    def _slotted(self, tags: Mapping[str, str], page: Record) -> Mapping[str, str]:
        """The tags of an experiment that find room beside our own; the others go onto the page."""
        most = self.traits.limits.tags_per_experiment
        room = len(tags) if most is None else most.most - OWN_TAGS
        page.tags |= {name: (0, text) for name, text in list(tags.items())[room:]}
        return dict(list(tags.items())[:room])

    def get_experiment(self, which: str | ExperimentRef, /) -> Experiment:
        spelt = which if isinstance(which, ExperimentRef) else self.traits.names.experiment.spell(which)
        return self._experiment(self.inner.get_experiment(spelt))

    def list_experiments(self, after: Cursor | None = None, /) -> Page[Experiment]:
        page = self.inner.list_experiments(after)
        return Page(tuple(map(self._experiment, page.items)), page.after)

    # -- runs

    def create_run(self, experiment: ExperimentRef, draft: RunDraft, /) -> Run:
        traits = self.traits
        legal, own = fit_draft(traits, draft)
        seen = Seen()
        fitted = fit_batch(traits, Batch(tags=draft.tags, description=legal.description), seen)
        sidecars = dict(fitted.sidecars)
        tags = own_tags(traits.names.tag, own_bound(traits.limits), own, sidecars)
        update = {"tags": {**fitted.batch.tags, **tags}, "description": fitted.batch.description}
        made = self.inner.create_run(experiment, legal.model_copy(update=update))
        for key, data in sidecars.items():
            self.inner.put_sidecar(made.ref, key, data)
        return self._run(made.model_copy(update={"beside": _grown(made.beside, sidecars)}), remember=True)

    def get_run(self, run: RunRef, /) -> Run:
        return self._run(self.inner.get_run(run))

    def list_runs(self, query: Query, after: Cursor | None = None, /) -> Page[Run]:
        page = self.inner.list_runs(legal_query(self.traits, query), after)
        return Page(tuple(map(self._run, page.items)), page.after)

    def write(self, run: RunRef, batch: Batch, /) -> None:
        if batch.params and (batch.overwrite or self.traits.doubles):
            self._forget(run)  # what is there must be known as it is now: a double does not say of which type it is
        try:
            self._write(run, batch)
        except Conflict:  # with what was known of the run; another writer may have changed it since
            if not batch.params:
                raise
            self._forget(run)
            try:
                self._write(run, batch)
            except Suspected as sure:
                raise Conflict(sure.message, provider=sure.provider, operation=sure.operation) from None

    def _write(self, run: RunRef, batch: Batch) -> None:
        seen = self._known(run)
        with seen.lock:
            try:
                fitted = fit_batch(self.traits, batch, seen)
                for key, data in fitted.sidecars.items():
                    self.inner.put_sidecar(run, key, data)
                self.inner.write(run, fitted.batch)
            except BaseException:
                self._forget(run)  # what was planned may not be what is there
                raise

    # -- points

    def read_points(self, run: RunRef, key: str, after: Cursor | None = None, /) -> Page[Points]:
        traits = self.traits
        spelling = traits.names.metric.spell(key)
        kept = self._kept(run, key, after)
        page = self.inner.read_points(run, spelling, after)
        if kept and series.rides_whole(traits):
            given = [series.foreign(part, kept).model_copy(update={"key": key}) for part in page.items]
            return Page((*given, *kept) if page.after is None else tuple(given), page.after)
        parts = [series.joined(traits, part, kept).model_copy(update={"key": key}) for part in page.items]
        if page.after is None:
            parts += kept
        return Page(tuple(parts), page.after)

    def _kept(self, run: RunRef, key: str, after: Cursor | None) -> list[Points]:
        """What blocks keep of a series."""
        load = partial(self.inner.get_sidecars, run)
        return self._reading.kept(run, key, after, load, many=series.rides_whole(self.traits))

    # -- files

    def put_artifact(self, run: RunRef, path: str, data: BinaryIO, /) -> None:
        naming = self.traits.names.artifact
        spelling = naming.spell(path)
        self.inner.put_artifact(run, spelling, data)
        if naming.read(spelling) != path:
            self.inner.put_sidecar(run, *next(iter(residue.beside(Record(names={spelling: path})).items())))

    def open_artifact(self, run: RunRef, path: str, /) -> BinaryIO:
        return self.inner.open_artifact(run, self.traits.names.artifact.spell(path))

    def list_artifacts(self, run: RunRef, after: Cursor | None = None, /) -> Page[Artifact]:
        naming = self.traits.names.artifact
        page = self.inner.list_artifacts(run, after)
        names: Mapping[str, str] = {}
        if any(naming.shortened(file.path) for file in page.items):
            names = self._record(run).names
        files = (file.model_copy(update={"path": names.get(file.path, naming.read(file.path))}) for file in page.items)
        return Page(tuple(files), page.after)

    # -- what came back

    def _experiment(self, found: Experiment) -> Experiment:
        names = self.traits.names
        names = names.model_copy(update={"run": names.experiment, "tag": names.experiment_tag})
        asked = Run(
            id=found.id,
            experiment=found.ref,
            name=found.name,
            status="running",
            tags=found.tags,
            description=found.description,
            approximate=found.approximate,
            beside=found.beside,
        )
        load = partial(self.inner.get_sidecars, found.ref)
        read, _ = unfit(self.traits.model_copy(update={"names": names}), asked, load)
        return found.model_copy(update={field: getattr(read, field) for field in _OF_AN_EXPERIMENT})

    def _run(self, found: Run, *, remember: bool = False) -> Run:
        run, page = unfit(self.traits, found, lambda prefix: self.inner.get_sidecars(found.ref, prefix))
        if remember:
            self._remember(found, run, page)
        return run

    def _record(self, run: RunRef) -> Record:
        sidecars = self.inner.get_sidecars(run, residue.PAGE_PREFIX)
        return residue.union(page for data in sidecars.values() if (page := residue.decoded(data)) is not None)

    # -- what is known of the runs written to

    def _known(self, run: RunRef) -> Seen:
        with self._lock:
            seen = self._seen.get(run.id)
            if seen is not None:
                self._seen.move_to_end(run.id)
                return seen
        self._run(self.inner.get_run(run), remember=True)
        return self._known(run)

    def _remember(self, found: Run, run: Run, page: Record) -> None:
        naming = self.traits.names.tag
        own = {key for tag in found.tags if (key := naming.read_own(tag)) is not None}
        seen = Seen(
            params=dict(run.params),
            slots=set(found.params),
            kept=set(page.params),
            tags={tag for tag in found.tags if naming.read_own(tag) is None},
            own=own,
            beyond=set(page.tags),
            typed={key: set(known) for key, known in page.typed.items()},
            steps={key: summary.last_step for key, summary in found.metrics.items()},
            sizes=(sizes := _sizes(found, naming)),
            used=sum(sizes.values()),
            stamp=max([stamp for stamp, _ in page.tags.values()] + [param[0] for param in page.params.values()] + [0]),
        )
        with self._lock:
            self._seen.setdefault(run.id, seen)
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)

    def _forget(self, run: RunRef) -> None:
        with self._lock:
            self._seen.pop(run.id, None)


def _grown(beside: Mapping[str, bytes] | None, sidecars: Mapping[str, bytes]) -> Mapping[str, bytes] | None:
    """What came along with a record, and what has been put beside it since."""
    return None if beside is None else {**beside, **sidecars}


def _sizes(found: Run, tags: Naming) -> dict[tuple[str, str], int]:
    """What the params and users' tags of a run take of its provider's room."""
    sizes = {("param", key): Limits.slot_bytes(key, value) for key, value in found.params.items()}
    users = ((tag, text) for tag, text in found.tags.items() if tags.read_own(tag) is None)
    return sizes | {("tag", tag): Limits.slot_bytes(tag, text) for tag, text in users}
