"""The in-memory driver: any provider's traits, none of its network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from itertools import islice
from typing import BinaryIO, NoReturn
from uuid import uuid4

from tracklayer.drivers.memory.artifacts import described, in_the_way
from tracklayer.drivers.memory.clock import now
from tracklayer.drivers.memory.config import MemoryConfig
from tracklayer.drivers.memory.rules import Rules
from tracklayer.drivers.memory.store import ExperimentRecord, RunRecord, Store, shared
from tracklayer.drivers.memory.traits import MEMORY, like, unsearching
from tracklayer.errors import AlreadyExists, Conflict, NotFound, ProviderError, Rejected
from tracklayer.model import (
    ENDED,
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
    Status,
    same,
)
from tracklayer.spi import Bound, Cursor, Driver, Feature, Page, Traits

#: Points a page where the traits set no limit: enough to be quick, few enough to make a million points several pages.
POINTS_PER_PAGE = 100_000
#: Experiments a page where the traits set no limit.
EXPERIMENTS_PER_PAGE = 1_000
SIDECAR_KEY = re.compile(r"[A-Za-z0-9.-]{1,100}")


class MemoryDriver(Driver):
    """A place in this process, for tests and for trying a provider's limits without the provider.

    * Input that is not legal for `traits` is `Rejected` with the exact reason: see `rules.py`.
    * It loses what a provider of such traits loses. Without `metric history` only the last point is read back. Without
      `metric time` times come back 0. Without `several values a step` a step's later value takes the earlier one's
      place. Without `idempotent create` the same token makes another run. Without `backdating` the fake's own clock
      says when a run starts and ends. Without `restore` what is deleted is gone.
    * What the traits only show (`Traits.shown`) is taken and forgotten: nothing of it may be needed.
    * Search is left to tracklayer whatever the traits claim, and runs come newest first.
    """

    traits: Traits = MEMORY
    lasting = False

    def __init__(self, traits: Traits = MEMORY, *, url: str = "memory://unnamed", store: Store | None = None) -> None:
        self.traits = unsearching(traits)
        self.url = url
        self.store = Store() if store is None else store

    @classmethod
    def open(cls, url: str, /) -> MemoryDriver:
        config = MemoryConfig.of(url)
        traits = MEMORY if config.like is None else like(config.like)
        return cls(traits, url=config.url, store=shared(config.name))

    def close(self) -> None:
        """Nothing is held: the store lives as long as the process."""

    # -- experiments

    def create_experiment(self, draft: ExperimentDraft, /) -> Experiment:
        Rules(self.traits, "create_experiment").experiment(draft)
        with self.store.lock:
            taken = next((held for held in self.store.experiments.values() if held.name == draft.name), None)
            if taken is not None:
                state = "a deleted experiment" if taken.deleted else "an experiment"
                self._fail(AlreadyExists, "create_experiment", f"{state} is named {draft.name!r}")
            made = ExperimentRecord(
                id=str(next(self.store.numbers)),
                name=draft.name,
                tags=dict(draft.tags),
                description=draft.description,
                created=now(self.traits.limits.run_time_unit),
            )
            self.store.experiments[made.id] = made
            return made.model()

    def get_experiment(self, which: str | ExperimentRef, /) -> Experiment:
        with self.store.lock:
            if isinstance(which, ExperimentRef):
                return self._experiment(which, "get_experiment").model()
            for held in self.store.experiments.values():
                if held.name == which:
                    return held.model()
        return self._fail(NotFound, "get_experiment", f"no experiment is named {which!r}")

    def list_experiments(self, after: Cursor | None = None, /) -> Page[Experiment]:
        with self.store.lock:
            rest = [
                held for held in self.store.experiments.values() if not held.deleted and int(held.id) > int(after or 0)
            ]
            size = _most(self.traits.limits.experiments_per_page, EXPERIMENTS_PER_PAGE)
            items = tuple(held.model() for held in rest[:size])
            return Page(items, items[-1].id if len(rest) > size else None)

    # -- runs

    def create_run(self, experiment: ExperimentRef, draft: RunDraft, /) -> Run:
        Rules(self.traits, "create_run").run(draft)
        with self.store.lock:
            home = self._experiment(experiment, "create_run")
            known = self.store.tokens.get(draft.token)
            if known is not None and self.traits.native(Feature.IDEMPOTENT_CREATE):
                return known.model()
            if home.deleted:
                self._fail(Conflict, "create_run", f"the experiment {home.name!r} is deleted: restore it first")
            made = RunRecord(
                id=uuid4().hex,
                number=next(self.store.numbers),
                experiment=home,
                token=draft.token,
                name=draft.name,
                status=draft.status,
                started=draft.started or now(self.traits.limits.run_time_unit),
                parent=draft.parent,
                tags=dict(draft.tags),
                description=draft.description,
                user=draft.user,
                source=draft.source if self.traits.native(Feature.PROVENANCE) else None,
            )
            self.store.runs[made.id] = self.store.tokens[made.token] = made
            return made.model()

    def get_run(self, run: RunRef, /) -> Run:
        with self.store.lock:
            return self._run(run, "get_run").model()

    def list_runs(self, query: Query, after: Cursor | None = None, /) -> Page[Run]:
        if query.where or query.order_by:
            self._fail(Rejected, "list_runs", "a filter or an order was passed on, and the traits claim neither")
        wanted = {ref.id for ref in query.experiments}
        size = max(1, min(query.page_size, _most(self.traits.limits.runs_per_page, query.page_size)))
        with self.store.lock:
            rest = [
                held
                for held in reversed(self.store.runs.values())
                if held.experiment.id in wanted
                and (query.view == "all" or held.gone == (query.view == "deleted"))
                and (after is None or held.number < int(after))
            ]
            items = tuple(held.model() for held in rest[:size])
            return Page(items, str(rest[size - 1].number) if len(rest) > size else None)

    def write(self, run: RunRef, batch: Batch, /) -> None:
        rules = Rules(self.traits, "write")
        rules.batch(batch)
        with self.store.lock:
            held = self._live(run, "write")
            rules.room(params={**held.params, **batch.params}, tags={**held.tags, **batch.tags})
            for key, value in batch.params.items():
                if key in held.params and not batch.overwrite and not same(held.params[key], value):
                    self._fail(Conflict, "write", f"param {key!r} is set to another value already")
            if batch.status is not None:
                self._set_status(held, batch.status)
            held.params.update(batch.params)
            held.tags.update(batch.tags)
            if self.traits.native(Feature.DATASETS):
                held.inputs.update(dict.fromkeys(batch.inputs))
            held.name = batch.name or held.name
            held.description = held.description if batch.description is None else batch.description
            held.ended = batch.ended or held.ended
            for points in batch.points:
                held.add_points(
                    points,
                    timed=self.traits.native(Feature.METRIC_TIME),
                    one_a_step=not self.traits.native(Feature.METRIC_SAME_STEP),
                )

    def read_points(self, run: RunRef, key: str, after: Cursor | None = None, /) -> Page[Points]:
        size = _most(self.traits.limits.points_per_page, POINTS_PER_PAGE)
        start = int(after or 0)
        with self.store.lock:
            series = self._run(run, "read_points").series.get(key)
            if series is None:
                return Page(())
            if not self.traits.native(Feature.METRIC_HISTORY):
                return Page((Points.of(key, [series.last()]),))
            rows = islice(series.points.values(), start, start + size)
            more = len(series.points) > start + size
            return Page((Points.of(key, rows),), str(start + size) if more else None)

    # -- sidecars

    def put_sidecar(self, owner: Owner, key: str, data: bytes, /) -> None:
        if not SIDECAR_KEY.fullmatch(key):
            self._fail(Rejected, "put_sidecar", f"{key!r} is no sidecar key: letters, digits, '-', '.'; at most 100")
        with self.store.lock:
            if isinstance(owner, RunRef):
                self._live(owner, "put_sidecar")
            kept = self._owner(owner, "put_sidecar").sidecars.setdefault(key, bytes(data))
            if kept != data:
                self._fail(Rejected, "put_sidecar", f"the key {key!r} has other data already")

    def get_sidecars(self, owner: Owner, prefix: str = "", /) -> Mapping[str, bytes]:
        with self.store.lock:
            held = self._owner(owner, "get_sidecars").sidecars
            return {key: data for key, data in held.items() if key.startswith(prefix)}

    # -- optional

    def delete(self, owner: Owner, /) -> None:
        self._guard(Feature.DELETE)
        with self.store.lock:
            held = self._owner(owner, "delete")
            held.deleted = True
            if not self.traits.native(Feature.RESTORE):
                self.store.remove(held)

    def restore(self, owner: Owner, /) -> None:
        self._guard(Feature.RESTORE)
        with self.store.lock:
            self._owner(owner, "restore").deleted = False

    def put_artifact(self, run: RunRef, path: str, data: BinaryIO, /) -> None:
        self._guard(Feature.ARTIFACTS)
        Rules(self.traits, "put_artifact").artifact(path)
        whole = data.read()
        with self.store.lock:
            files = self._live(run, "put_artifact").files
            obstacle = in_the_way(path, files)
            if obstacle is not None:
                self._fail(Conflict, "put_artifact", f"{path!r} cannot be a file beside the file {obstacle!r}")
            files[path] = whole

    def open_artifact(self, run: RunRef, path: str, /) -> BinaryIO:
        self._guard(Feature.ARTIFACTS)
        with self.store.lock:
            files = self._run(run, "open_artifact").files
            if path not in files:
                self._fail(NotFound, "open_artifact", f"run {run.id!r} has no file {path!r}")
            return BytesIO(files[path])

    def list_artifacts(self, run: RunRef, after: Cursor | None = None, /) -> Page[Artifact]:
        self._guard(Feature.ARTIFACTS)
        with self.store.lock:
            files = self._run(run, "list_artifacts").files
            return Page(tuple(described(path, files[path]) for path in sorted(files) if after is None or path > after))

    # -- inside

    def _experiment(self, ref: ExperimentRef, operation: str) -> ExperimentRecord:
        held = self.store.experiments.get(ref.id)
        return held or self._fail(NotFound, operation, f"no experiment has the id {ref.id!r}")

    def _run(self, ref: RunRef, operation: str) -> RunRecord:
        return self.store.runs.get(ref.id) or self._fail(NotFound, operation, f"no run has the id {ref.id!r}")

    def _live(self, ref: RunRef, operation: str) -> RunRecord:
        held = self._run(ref, operation)
        if held.gone:
            self._fail(Conflict, operation, f"run {ref.id!r} is deleted: restore it first")
        return held

    def _owner(self, owner: Owner, operation: str) -> ExperimentRecord | RunRecord:
        return self._run(owner, operation) if isinstance(owner, RunRef) else self._experiment(owner, operation)

    def _set_status(self, held: RunRecord, status: Status) -> None:
        """A run that goes on has no end; one that ends is given one by the fake where the user may not say it."""
        if status in ENDED and held.status not in ENDED and not self.traits.native(Feature.BACKDATING):
            held.ended = now(self.traits.limits.run_time_unit)
        if status not in ENDED:
            if held.status in ENDED and not self.traits.native(Feature.RESUME):
                self._fail(Rejected, "write", f"an ended run is set to {status!r}, but 'resume' is not native")
            held.ended = None
        held.status = status

    def _guard(self, feature: Feature) -> None:
        if not self.traits.native(feature):
            self._refuse(feature)

    def _fail(self, error: type[ProviderError], operation: str, message: str) -> NoReturn:
        raise error(message, provider=self.traits.provider, operation=operation)


def _most(bound: Bound | None, otherwise: int) -> int:
    return otherwise if bound is None else bound.most
