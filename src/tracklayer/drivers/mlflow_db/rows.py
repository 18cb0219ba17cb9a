"""MLflow's tables as the shapes of its answers, for any version of its schema: a constant number of queries a page.

The tables are those of mlflow/store/tracking/dbmodels/models.py. A column or table that came later is read where it is.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tracklayer import spi
from tracklayer.drivers.mlflow.folders import LoggedModel
from tracklayer.drivers.mlflow.shapes import (
    DatasetInfo,
    DatasetInput,
    ExperimentInfo,
    KeyValue,
    Metric,
    MlflowRun,
    RunData,
    RunInfo,
    RunInputs,
)
from tracklayer.model import View
from tracklayer.spi import Cursor

EXPERIMENT = ("experiment_id", "name", "artifact_location", "lifecycle_stage", "creation_time")
RUN = (
    "run_uuid", "experiment_id", "name", "user_id", "status", "start_time", "end_time", "artifact_uri",
    "lifecycle_stage",
)  # fmt: skip
MODEL = ("model_id", "name", "artifact_location", "creation_timestamp_ms")
DATASET = ("name", "digest", "dataset_source_type", "dataset_source", "dataset_schema", "dataset_profile")
STAGES: dict[View, Sequence[str]] = {"active": ["active"], "deleted": ["deleted"], "all": ["active", "deleted"]}
#: Of `json_each`: any number of values in one parameter.
GIVEN = "(SELECT value FROM json_each(?))"


def columns(db: sqlite3.Connection, table: str, wanted: Iterable[str]) -> str:
    """Columns as a SELECT names them; NULL for one that this version of the schema does not have."""
    there = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
    return ", ".join(f"{table}.{name}" if name in there else f"NULL AS {name}" for name in wanted)


def has(db: sqlite3.Connection, table: str) -> bool:
    """Is the table there?"""
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone() is not None


def experiments(db: sqlite3.Connection, where: str, values: Sequence[object]) -> list[ExperimentInfo]:
    """The experiments for which a condition holds."""
    rows = db.execute(
        f"SELECT {columns(db, 'experiments', EXPERIMENT)} FROM experiments WHERE {where}",  # noqa: S608 -- our names
        values,
    ).fetchall()
    tags = _tags(db, "experiment_tags", "experiment_id", [row[0] for row in rows])
    return [
        ExperimentInfo(
            experiment_id=str(number),
            name=_text(name),
            artifact_location=_text(location),
            lifecycle_stage=stage or "active",
            creation_time=created,
            tags=tuple(tags[number]),
        )
        for number, name, location, stage, created in rows
    ]


def infos(db: sqlite3.Connection, where: str, values: Sequence[object]) -> list[RunInfo]:
    """The records of the runs for which a condition holds."""
    found = db.execute(f"SELECT {columns(db, 'runs', RUN)} FROM runs WHERE {where}", values)  # noqa: S608 -- our names
    return [
        RunInfo(
            run_id=uuid,
            experiment_id=str(experiment),
            run_name=_text(name),
            user_id=_text(user),
            status=_text(status) or "RUNNING",
            start_time=started,
            end_time=ended,
            artifact_uri=_text(uri),
            lifecycle_stage=stage or "active",
        )
        for uuid, experiment, name, user, status, started, ended, uri, stage in found
    ]


def whole(db: sqlite3.Connection, runs: Sequence[RunInfo]) -> Iterator[MlflowRun]:
    """Each run with all that was logged to it."""
    ids = [run.run_id for run in runs]
    params, tags = (_tags(db, table, "run_uuid", ids) for table in ("params", "tags"))
    metrics, inputs = _latest(db, ids), _inputs(db, ids)
    for run in runs:
        one = run.run_id
        data = RunData(metrics=tuple(metrics[one]), params=tuple(params[one]), tags=tuple(tags[one]))
        yield MlflowRun(run, data, RunInputs(tuple(inputs[run.run_id])))


class Place(spi.Place, array_like=True):
    """Where a history goes on: behind the point of this step, time, NaN or not, and value (as text: it may be any)."""

    step: int = -(2**63)
    time: int = 0
    odd: int = 0
    value: str = "0"


def points(
    db: sqlite3.Connection, run: str, key: str, after: Cursor | None, most: int
) -> tuple[list[Metric], Cursor | None]:
    """The points of a metric behind a place, by step, time and value; and where the next ones begin."""
    place = Place.read(after)
    rows = db.execute(
        "SELECT step, timestamp, is_nan, value FROM metrics WHERE run_uuid = ? AND key = ?"
        " AND (step, timestamp, is_nan, value) > (?, ?, ?, ?) ORDER BY step, timestamp, is_nan, value LIMIT ?",
        (run, key, place.step, place.time, place.odd, float(place.value), most),
    ).fetchall()
    found = [Metric(key, math.nan if odd else value, time or 0, step) for step, time, odd, value in rows]
    if len(rows) < most:
        return found, None
    step, time, odd, value = rows[-1]
    return found, Place(step, time, odd, repr(value)).text()


def models(db: sqlite3.Connection, run: str) -> list[LoggedModel]:
    """The models that a run logged; there are none before MLflow 3."""
    if not has(db, "logged_models"):
        return []
    found = db.execute(
        f"SELECT {columns(db, 'logged_models', MODEL)} FROM inputs"  # noqa: S608 -- our names
        " JOIN logged_models ON model_id = destination_id"
        " WHERE destination_type = 'MODEL_OUTPUT' AND source_id = ? AND lifecycle_stage = 'active'",
        (run,),
    )
    return [LoggedModel(model, _text(name), _text(location), created or 0) for model, name, location, created in found]


def _tags(db: sqlite3.Connection, table: str, owner: str, ids: Sequence[object]) -> dict[Any, list[KeyValue]]:
    """Keys and values by their owner, of several."""
    found: dict[Any, list[KeyValue]] = defaultdict(list)
    if has(db, table):
        query = f"SELECT {owner}, key, value FROM {table} WHERE {owner} IN {GIVEN} ORDER BY key"  # noqa: S608 -- ours
        for one, key, value in db.execute(query, (json.dumps(ids),)):
            found[one].append(KeyValue(_text(key), _text(value)))
    return found


def _latest(db: sqlite3.Connection, ids: Sequence[str]) -> dict[str, list[Metric]]:
    found: dict[str, list[Metric]] = defaultdict(list)
    query = f"SELECT run_uuid, key, value, timestamp, step, is_nan FROM latest_metrics WHERE run_uuid IN {GIVEN}"  # noqa: S608
    for run, key, value, time, step, odd in db.execute(query, (json.dumps(ids),)):
        found[run].append(Metric(key, math.nan if odd else value, time or 0, step))
    return found


def _inputs(db: sqlite3.Connection, ids: Sequence[str]) -> dict[str, list[DatasetInput]]:
    """The data sets of runs; there are none before MLflow 2.4."""
    found: dict[str, list[DatasetInput]] = defaultdict(list)
    if not has(db, "inputs"):
        return found
    query = (
        f"SELECT destination_id, input_uuid, {columns(db, 'datasets', DATASET)} FROM inputs"  # noqa: S608 -- our names
        " JOIN datasets ON dataset_uuid = source_id"
        f" WHERE source_type = 'DATASET' AND destination_type = 'RUN' AND destination_id IN {GIVEN} ORDER BY input_uuid"
    )
    rows = db.execute(query, (json.dumps(ids),)).fetchall()
    tags: dict[str, list[KeyValue]] = defaultdict(list)
    query = f"SELECT input_uuid, name, value FROM input_tags WHERE input_uuid IN {GIVEN} ORDER BY name"  # noqa: S608
    for one, key, value in db.execute(query, (json.dumps([row[1] for row in rows]),)):
        tags[one].append(KeyValue(key, value))
    for run, one, name, digest, kind, source, schema, profile in rows:
        info = DatasetInfo(_text(name), _text(digest), _text(kind), _text(source), schema or None, profile or None)
        found[run].append(DatasetInput(info, tuple(tags[one])))
    return found


def _text(value: object) -> str:
    return "" if value is None else str(value)
