"""Rehearsal: stands where the target's driver would, below all layers: reads are the target's, writes go nowhere.

So the code that copies runs as it is: it finds what is there already, and all else arrives here as the target would
get it, made legal and cut to its sizes. Nothing is kept of it but counts, and the records of the last few runs.
"""

# ruff: noqa: D102 -- its methods are documented on Driver

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from tracklayer.errors import NotFound
from tracklayer.layers.fitting.series import BLOCK_PREFIX, unblocked
from tracklayer.migrate.plan.arrived import Arrived
from tracklayer.migrate.plan.bill import Account, Bill
from tracklayer.migrate.plan.parts import of_file, of_sidecar, of_write
from tracklayer.model import (
    Artifact,
    Batch,
    Experiment,
    ExperimentDraft,
    ExperimentRef,
    MetricSummary,
    Owner,
    Points,
    Query,
    Run,
    RunDraft,
    RunRef,
)
from tracklayer.spi import Cursor, Driver, Page, Part, Rates, Traits

#: Runs whose records are remembered at once: the one in work, and those that others of this process go back to.
REMEMBERED = 16
#: How the ids of what is made here begin.
MADE = "planned"
#: Sidecars that a run is read with: values and pages.
READ_WITH = ("v-", "p-")


@dataclass
class Held:
    """The record of one run, or of an experiment, as it would be by now.

    * `keys`: of all its sidecars. `kept`: of those that are in the record itself.
    """

    run: Run | None = None
    sidecars: dict[str, bytes] = field(default_factory=dict)
    keys: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    account: Account = field(default_factory=Account)

    def along(self, rates: Rates) -> Mapping[str, bytes] | None:
        """The sidecars that come along with the record, where all that it is read with are in it."""
        elsewhere = any(key.startswith(READ_WITH) for key in self.sidecars.keys() - self.kept)
        return None if elsewhere or not rates.most_kept else dict(self.sidecars)


class Rehearsal(Driver):
    """The target's stand-in. `inner`: its bare driver, of which only methods that read are called.

    * `bill`: the calls so far. * `arrived`: what came since whoever watches last put another one in its place.
    """

    def __init__(self, inner: Driver) -> None:
        self._inner = inner
        self.bill = Bill()
        self.arrived = Arrived()
        self._experiments: dict[str, Experiment] = {}
        self._homes: dict[str, Held] = {}
        self._runs: OrderedDict[str, Held] = OrderedDict()
        self._made = 0

    @classmethod
    def open(cls, url: str, /) -> Driver:
        """It has no place of its own."""
        message = f"a rehearsal stands for a driver: open that one, for {url}"
        raise TypeError(message)

    @property
    def traits(self) -> Traits:  # type: ignore[override] # as the target's driver has them now
        """The target's."""
        return self._inner.traits

    @property
    def url(self) -> str:  # type: ignore[override] # the target's
        """The target's."""
        return self._inner.url

    def close(self) -> None:
        """Whoever opened the target closes it."""

    # -- experiments

    def create_experiment(self, draft: ExperimentDraft, /) -> Experiment:
        self._charge("create_experiment", {"new experiment": 1})
        made = Experiment(id=self._id(), name=draft.name, tags=draft.tags, description=draft.description)
        self._experiments[made.id] = made
        self._homes[made.id] = Held()
        self.arrived.tags |= draft.tags
        self.arrived.experiment = draft
        return made

    def get_experiment(self, which: str | ExperimentRef, /) -> Experiment:
        by: Part = "experiment by id" if isinstance(which, ExperimentRef) else "experiment by name"
        made = next((one for one in self._experiments.values() if which in {one.name, one.ref}), None)
        try:
            found = made or self._inner.get_experiment(which)
        except NotFound:
            by = "missing experiment"
            raise
        finally:
            self._charge("get_experiment", {by: 1})
        return found

    def list_experiments(self, after: Cursor | None = None, /) -> Page[Experiment]:
        self._charge("list_experiments", {"experiments": 1})
        return self._inner.list_experiments(after)

    # -- runs

    def create_run(self, experiment: ExperimentRef, draft: RunDraft, /) -> Run:
        home = self._homes.setdefault(experiment.id, Held())
        fields = ("name", "status", "started", "parent", "tags", "description", "user", "source", "token")
        run = Run(id=self._id(), experiment=experiment, **{name: getattr(draft, name) for name in fields})
        held = self._remember(run.id, Held(run))
        self._charge("create_run", {"new run": 1, "token": int(not draft.fresh)}, held, home)
        self.arrived.draft = draft
        self.arrived.tags |= draft.tags
        return run.model_copy(update={"beside": held.along(self.traits.rates)})

    def get_run(self, run: RunRef, /) -> Run:
        held = self._held(run)
        self._charge("get_run", {"run": 1}, held)
        assert held.run is not None  # noqa: S101 -- `_held` says so of a run
        if not run.id.startswith(MADE):
            return held.run
        return held.run.model_copy(update={"beside": held.along(self.traits.rates)})

    def list_runs(self, query: Query, after: Cursor | None = None, /) -> Page[Run]:
        there = tuple(ref for ref in query.experiments if ref.id not in self._experiments)
        by: Part = "homes by token" if any(clause.key == "token" for clause in query.where) else "homes"
        new = len(query.experiments) - len(there) if after is None else 0
        self._charge("list_runs", {"runs": 1, by: new + bool(there)})
        if not there:
            return Page(())
        return self._inner.list_runs(query.model_copy(update={"experiments": there}), after)

    def write(self, run: RunRef, batch: Batch, /) -> None:
        held = self._held(run)
        known = held.run
        assert known is not None  # noqa: S101 -- `_held` says so of a run
        home = self._homes.setdefault(known.experiment.id, Held())
        self._charge("write", of_write(self.traits, batch, known), held, home)
        self.arrived.take(batch, self.traits)
        changes = {name: getattr(batch, name) for name in ("name", "description", "status", "ended")}
        metrics = dict(known.metrics)
        for points in batch.points:
            metrics[points.key] = _reached(metrics.get(points.key), points)
        held.run = known.model_copy(
            update={name: value for name, value in changes.items() if value is not None}
            | {"params": {**known.params, **batch.params}, "tags": {**known.tags, **batch.tags}, "metrics": metrics}
        )

    def read_points(self, run: RunRef, key: str, after: Cursor | None = None, /) -> Page[Points]:
        return Page(()) if run.id.startswith(MADE) else self._inner.read_points(run, key, after)

    # -- sidecars

    def put_sidecar(self, owner: Owner, key: str, data: bytes, /) -> None:
        if key.startswith(BLOCK_PREFIX):
            self.arrived.blocks.update({points.key: len(points) for points in unblocked({key: data})})
        if isinstance(owner, ExperimentRef):
            held = self._homes.setdefault(owner.id, Held())
            self._charge("put_sidecar", {"experiment's sidecar": 1}, experiment=held)
        else:
            held = self._held(owner)
            parts = of_sidecar(self.traits.rates, key, data, held.kept)
            self._charge("put_sidecar", parts, held)
            if "kept sidecar" in parts:
                held.kept.add(key)
        if key not in held.keys:
            held.keys.add(key)
            self.arrived.sidecars += 1
            self.arrived.bytes_beside += len(data)
        if not key.startswith(BLOCK_PREFIX):  # those of a long series are large
            held.sidecars[key] = data

    def get_sidecars(self, owner: Owner, prefix: str = "", /) -> Mapping[str, bytes]:
        of_run = isinstance(owner, RunRef)
        held = (self._runs if of_run else self._homes).get(owner.id) or Held()
        found = {key: data for key, data in held.sidecars.items() if key.startswith(prefix)}
        if not owner.id.startswith(MADE):
            found = {**self._inner.get_sidecars(owner, prefix), **found}
        read = len(found.keys() - held.kept)
        parts: dict[Part, int] = (
            {"sidecars": 1, "sidecars found": read}
            if of_run
            else {
                "experiment's sidecars": 1,
                "experiment's sidecars found": read,
                "nothing beside": int(not held.sidecars and not found),
            }
        )
        self._charge("get_sidecars", parts, held)
        return found

    # -- files

    def put_artifact(self, run: RunRef, path: str, data: BinaryIO, /) -> None:
        size: int | None = getattr(data, "size", None)
        self._charge("put_artifact", of_file(self.traits.rates, size), self._held(run))
        self.arrived.files[path] = size

    def open_artifact(self, run: RunRef, path: str, /) -> BinaryIO:
        return self._inner.open_artifact(run, path)

    def list_artifacts(self, run: RunRef, after: Cursor | None = None, /) -> Page[Artifact]:
        return Page(()) if run.id.startswith(MADE) else self._inner.list_artifacts(run, after)

    # -- inside

    def _held(self, run: RunRef) -> Held:
        """The record of a run: as it would be by now, else as the target has it. `NotFound`."""
        held = self._runs.get(run.id)
        if held is not None:
            self._runs.move_to_end(run.id)
            return held
        if run.id.startswith(MADE):
            message = f"run {run.id} was planned too long ago"
            raise NotFound(message, provider=self.traits.provider, operation="get_run")
        return self._remember(run.id, Held(self._inner.get_run(run)))

    def _remember(self, run: str, held: Held) -> Held:
        self._runs[run] = held
        while len(self._runs) > REMEMBERED:
            self._runs.popitem(last=False)
        return held

    def _charge(
        self, method: str, parts: Mapping[Part, int], run: Held | None = None, experiment: Held | None = None
    ) -> None:
        accounts = {"run": None if run is None else run.account}
        accounts["experiment"] = None if experiment is None else experiment.account
        self.bill.add(self.traits.rates, method, parts, **accounts)

    def _id(self) -> str:
        self._made += 1
        return f"{MADE}{self._made:025}"  # as long as most ids: some of what is kept beside a run names its parent


def _reached(known: MetricSummary | None, points: Points) -> MetricSummary:
    """The highest step of a series, and nothing else that is true of it."""
    step = max((*points.steps, *([] if known is None else [known.last_step])), default=0)
    return MetricSummary(last=0.0, last_step=step, last_time=0)
