"""The driver of MLflow's database: queries, and nothing but queries."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from sys import float_info
from typing import NoReturn

from tracklayer.drivers._paths import path_of, url_of
from tracklayer.drivers.mlflow import wire
from tracklayer.drivers.mlflow.folders import LoggedModel
from tracklayer.drivers.mlflow.roots import Roots, beside
from tracklayer.drivers.mlflow.shapes import ExperimentInfo, MlflowRun, RunInfo
from tracklayer.drivers.mlflow.stored import Stored
from tracklayer.drivers.mlflow_db import rows
from tracklayer.drivers.mlflow_db.connections import Connections
from tracklayer.drivers.mlflow_db.traits import MLFLOW_DB
from tracklayer.errors import NotFound
from tracklayer.model import Experiment, ExperimentRef, Points, Query, Run, RunRef
from tracklayer.spi import Cursor, Driver, Page

#: Experiments, and points, that a page holds.
PAGE, HISTORY = 1_000, 50_000
#: What MLflow stores for an infinity (mlflow/store/tracking/sqlalchemy_store.py: sanitize_metric_value).
ENDLESS = "the largest float, which is what MLflow stores for an infinity"


class MlflowDbDriver(Stored):
    """One SQLite file, `mlflow+sqlite:/path/mlflow.db[?artifacts=..]`, opened for reading only.

    * `artifacts`: where the files lie that a server kept (`mlflow-artifacts:/`): a folder, or a bucket's URI; without,
      `mlartifacts` beside the file.
    """

    traits = MLFLOW_DB

    def __init__(self, path: Path, artifacts: str | None = None) -> None:
        self.path = path
        self.url = url_of("mlflow+sqlite", path, artifacts=artifacts)
        super().__init__(Roots(MLFLOW_DB.provider, [path.parent / "mlruns"], artifacts or beside(path)))
        self._connections = Connections(path, MLFLOW_DB.provider)

    @classmethod
    def open(cls, url: str, /) -> Driver:
        path, options = path_of(url, "artifacts", default="mlflow.db")
        return cls(path, options.get("artifacts"))

    # -- experiments

    def get_experiment(self, which: str | ExperimentRef, /) -> Experiment:
        with self._connections.reading("get_experiment") as db:
            if isinstance(which, ExperimentRef):
                found = self._numbered(db, which)
            else:  # several workspaces may have one of that name: the one that is not deleted, then the first
                found = rows.experiments(db, "name = ? ORDER BY lifecycle_stage, experiment_id LIMIT 1", (which,))
            if not found:
                said = f"the name {which!r}" if isinstance(which, str) else f"the id {which.id!r}"
                self._missing(f"no experiment has {said}", "get_experiment")
            return wire.experiment(found[0])

    def list_experiments(self, after: Cursor | None = None, /) -> Page[Experiment]:
        with self._connections.reading("list_experiments") as db:
            where = "lifecycle_stage = 'active' AND experiment_id > ? ORDER BY experiment_id LIMIT ?"
            found = rows.experiments(db, where, (-1 if after is None else int(after), PAGE))
        ahead = found[-1].experiment_id if len(found) == PAGE else None
        return Page(tuple(map(wire.experiment, found)), ahead)

    # -- runs

    def get_run(self, run: RunRef, /) -> Run:
        with self._connections.reading("get_run") as db:
            return self._run(next(rows.whole(db, [self._known(db, run, "get_run")])))

    def list_runs(self, query: Query, after: Cursor | None = None, /) -> Page[Run]:
        homes = [int(one.id) for one in query.experiments if one.id.isdecimal()]
        where = (
            f"experiment_id IN {rows.GIVEN} AND lifecycle_stage IN {rows.GIVEN} AND run_uuid > ?"
            " ORDER BY run_uuid LIMIT ?"
        )
        values = (json.dumps(homes), json.dumps(rows.STAGES[query.view]), after or "", query.page_size)
        with self._connections.reading("list_runs") as db:
            found = rows.infos(db, where, values)
            runs = tuple(map(self._run, rows.whole(db, found)))
        return Page(runs, found[-1].run_id if len(found) == query.page_size else None)

    def _run(self, given: MlflowRun) -> Run:
        run = self._read(given)
        endless = {f"metrics.{one.key}": ENDLESS for one in given.data.metrics if abs(one.value) == float_info.max}
        return run.model_copy(update={"approximate": {**run.approximate, **endless}})

    def read_points(self, run: RunRef, key: str, after: Cursor | None = None, /) -> Page[Points]:
        with self._connections.reading("read_points") as db:
            self._known(db, run, "read_points")
            found, ahead = rows.points(db, run.id, key, after, HISTORY)
        return Page((wire.points(key, found),), ahead)

    # -- inside

    def _info(self, run: RunRef) -> RunInfo:
        with self._connections.reading("list_artifacts") as db:
            return self._known(db, run, "list_artifacts")

    def _models(self, run: RunInfo) -> Sequence[LoggedModel]:
        with self._connections.reading("list_artifacts") as db:
            return rows.models(db, run.id)

    def _location(self, experiment: ExperimentRef) -> str:
        with self._connections.reading("get_sidecars") as db:
            found = self._numbered(db, experiment)
            if not found:
                self._missing(f"no experiment has the id {experiment.id!r}", "get_sidecars")
            return found[0].artifact_location

    def _known(self, db: sqlite3.Connection, run: RunRef, operation: str) -> RunInfo:
        found = rows.infos(db, "run_uuid = ?", (run.id,))
        return found[0] if found else self._missing(f"no run has the id {run.id!r}", operation)

    @staticmethod
    def _numbered(db: sqlite3.Connection, experiment: ExperimentRef) -> list[ExperimentInfo]:
        """The experiment of an id, compared as text: SQLite would take `1x` for 1."""
        return rows.experiments(db, "CAST(experiment_id AS TEXT) = ?", (experiment.id,))

    def _missing(self, message: str, operation: str) -> NoReturn:
        raise NotFound(message, provider=self.traits.provider, operation=operation)

    def close(self) -> None:
        super().close()
        self._connections.close()
