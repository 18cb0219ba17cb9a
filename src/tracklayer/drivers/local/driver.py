"""The driver of the embedded store: transactions, and nothing but transactions."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from tracklayer.drivers.local import artifacts, experiments, runs, series, sidecars
from tracklayer.drivers.local.chunks import unpack
from tracklayer.drivers.local.config import LocalConfig
from tracklayer.drivers.local.connections import PATIENCE, Connections
from tracklayer.drivers.local.errors import calling
from tracklayer.drivers.local.runs import Known, Place
from tracklayer.drivers.local.schema import prepare
from tracklayer.drivers.local.traits import LOCAL
from tracklayer.errors import AlreadyExists, Conflict, NotFound, ProviderError
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
    canonical,
)
from tracklayer.spi import Cursor, Driver, Page, Traits


class LocalDriver(Driver):
    """One SQLite file, for any number of threads and processes of one machine at once.

    * The first experiment makes the store. To read, or to write to a run, where there is none is `NotFound`.
    * Each write is one transaction: all of it, or nothing.
    * A store that another process keeps locked for longer than `patience` seconds is `Unavailable`.
    """

    traits: Traits = LOCAL

    def __init__(self, path: Path, *, patience: float = PATIENCE) -> None:
        config = LocalConfig(path=path.absolute())
        self.path = config.path
        self.url = config.url
        self._connections = Connections(self.path, prepare, patience)
        self._folder = artifacts.Folder(self.path)

    @classmethod
    def open(cls, url: str, /) -> LocalDriver:
        return cls(LocalConfig.of(url).path)

    def close(self) -> None:
        self._connections.close()

    # -- experiments

    def create_experiment(self, draft: ExperimentDraft, /) -> Experiment:
        with self._writing("create_experiment", create=True) as db:
            made = experiments.insert(db, draft)
            if made is None:
                state = "a deleted experiment" if self._experiment(db, draft.name, "").deleted else "an experiment"
                self._fail(AlreadyExists, "create_experiment", f"{state} is named {draft.name!r}")
            return made

    def get_experiment(self, which: str | ExperimentRef, /) -> Experiment:
        with self._reading("get_experiment") as db:
            return self._experiment(db, which, "get_experiment")

    def list_experiments(self, after: Cursor | None = None, /) -> Page[Experiment]:
        with self._reading("list_experiments") as db:
            found, more = experiments.page(db, int(after or 0))
            return Page(tuple(found), found[-1].id if more else None)

    # -- runs

    def create_run(self, experiment: ExperimentRef, draft: RunDraft, /) -> Run:
        with self._writing("create_run") as db:
            made = runs.find(db, column="token", value=draft.token)
            if made is not None:
                return made
            home = self._experiment(db, experiment, "create_run")
            if home.deleted:
                self._fail(Conflict, "create_run", f"the experiment {home.name!r} is deleted: restore it first")
            return runs.insert(db, experiments.number_of(experiment), draft)

    def get_run(self, run: RunRef, /) -> Run:
        with self._reading("get_run") as db:
            return runs.find(db, column="id", value=run.id) or self._no_run(run, "get_run")

    def list_runs(self, query: Query, after: Cursor | None = None, /) -> Page[Run]:
        with self._reading("list_runs") as db:
            found, ends = runs.page(db, query, None if after is None else Place(*json.loads(after)))
            return Page(tuple(found), None if ends is None else json.dumps(ends))

    def write(self, run: RunRef, batch: Batch, /) -> None:
        with self._writing("write") as db:
            number = self._live(db, run, "write")
            if not batch.overwrite:
                key = runs.conflicting(db, number, batch.params)
                if key is not None:
                    self._fail(Conflict, "write", f"param {key!r} of run {run.id!r} is set to another value already")
            runs.change(db, number, batch)
            for key in dict.fromkeys(points.key for points in batch.points):
                parts = [points for points in batch.points if points.key == key]
                series.add(db, number, parts[0] if len(parts) == 1 else canonical(key, parts), self._load)
            if batch.status in ENDED:
                runs.pack(db, [number])

    def read_points(self, run: RunRef, key: str, after: Cursor | None = None, /) -> Page[Points]:
        with self._reading("read_points") as db:
            number = self._run(db, run, "read_points").number
            points, ends = series.page(db, number, key, bytes.fromhex(after or ""), self._load)
            return Page((points,) if len(points) else (), None if ends is None else ends.hex())

    # -- sidecars

    def put_sidecar(self, owner: Owner, key: str, data: bytes, /) -> None:
        with self._writing("put_sidecar") as db:
            if isinstance(owner, RunRef):
                self._live(db, owner, "put_sidecar")
            sidecars.put(db, self._owner(db, owner, "put_sidecar"), key, data)

    def get_sidecars(self, owner: Owner, prefix: str = "", /) -> Mapping[str, bytes]:
        with self._reading("get_sidecars") as db:
            return sidecars.find(db, self._owner(db, owner, "get_sidecars"), prefix)

    # -- optional

    def delete(self, owner: Owner, /) -> None:
        self._mark(owner, "delete", deleted=True)

    def restore(self, owner: Owner, /) -> None:
        self._mark(owner, "restore", deleted=False)

    def put_artifact(self, run: RunRef, path: str, data: BinaryIO, /) -> None:
        with self._reading("put_artifact") as db:
            self._live(db, run, "put_artifact")
        with self._calling("put_artifact"), self._folder.receive(data) as received:
            with self._writing("put_artifact") as db:
                number = self._live(db, run, "put_artifact")
                obstacle = artifacts.in_the_way(db, number, path)
                if obstacle is not None:
                    self._fail(Conflict, "put_artifact", f"{path!r} cannot be a file beside the file {obstacle!r}")
                replaced = artifacts.note(db, number, path, received)
                self._folder.keep(received)
            if replaced is not None:
                with self._writing("put_artifact") as db:
                    self._folder.drop(db, replaced)

    def open_artifact(self, run: RunRef, path: str, /) -> BinaryIO:
        while True:
            digest = self._digest(run, path)
            with self._calling("open_artifact"):
                file = self._folder.open(digest)
            if file is not None:
                return file
            if digest == self._digest(run, path):  # else it was replaced in between
                self._fail(NotFound, "open_artifact", f"the content of {path!r} is gone: {self._folder.place(digest)}")

    def list_artifacts(self, run: RunRef, after: Cursor | None = None, /) -> Page[Artifact]:
        with self._reading("list_artifacts") as db:
            found, more = artifacts.page(db, self._run(db, run, "list_artifacts").number, after or "")
            return Page(tuple(found), found[-1].path if more else None)

    # -- inside

    def _load(self, key: str, *columns: Any) -> Points:
        """The points of a chunk, from the columns of its row."""
        return unpack(key, *columns)

    def _calling(self, operation: str) -> AbstractContextManager[None]:
        return calling(self.path, operation, self.traits.provider)

    @contextmanager
    def _reading(self, operation: str) -> Iterator[sqlite3.Connection]:
        with self._calling(operation), self._connections.reading() as db:
            yield db

    @contextmanager
    def _writing(self, operation: str, *, create: bool = False) -> Iterator[sqlite3.Connection]:
        with self._calling(operation), self._connections.writing(create=create) as db:
            yield db

    def _experiment(self, db: sqlite3.Connection, which: str | ExperimentRef, operation: str) -> Experiment:
        said = f"the name {which!r}" if isinstance(which, str) else f"the id {which.id!r}"
        return experiments.find(db, which) or self._fail(NotFound, operation, f"no experiment has {said}")

    def _run(self, db: sqlite3.Connection, run: RunRef, operation: str) -> Known:
        return runs.known(db, run.id) or self._no_run(run, operation)

    def _live(self, db: sqlite3.Connection, run: RunRef, operation: str) -> int:
        known = self._run(db, run, operation)
        if known.gone:
            self._fail(Conflict, operation, f"run {run.id!r} is deleted: restore it first")
        return known.number

    def _digest(self, run: RunRef, path: str) -> str:
        with self._reading("open_artifact") as db:
            found = artifacts.digest_of(db, self._run(db, run, "open_artifact").number, path)
            return found or self._fail(NotFound, "open_artifact", f"run {run.id!r} has no file {path!r}")

    def _owner(self, db: sqlite3.Connection, owner: Owner, operation: str) -> sidecars.OwnerKey:
        if isinstance(owner, RunRef):
            return "run", self._run(db, owner, operation).number
        return "experiment", int(self._experiment(db, owner, operation).id)

    def _mark(self, owner: Owner, operation: str, *, deleted: bool) -> None:
        with self._writing(operation) as db:
            kind, number = self._owner(db, owner, operation)
            db.execute(f"UPDATE {kind}s SET deleted = ? WHERE number = ?", (deleted, number))  # noqa: S608 -- our names

    def _no_run(self, run: RunRef, operation: str) -> NoReturn:
        self._fail(NotFound, operation, f"no run has the id {run.id!r}")

    def _fail(self, error: type[ProviderError], operation: str, message: str) -> NoReturn:
        raise error(message, provider=self.traits.provider, operation=operation)
