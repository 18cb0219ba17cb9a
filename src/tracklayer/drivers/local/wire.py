"""Rows of the store to models, and back: pure functions."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Literal, TypeAlias
from uuid import uuid4

import msgspec

from tracklayer.model import (
    Dataset,
    Experiment,
    ExperimentRef,
    MetricSummary,
    ParamValue,
    Run,
    RunDraft,
    RunRef,
    Source,
)

Kind: TypeAlias = Literal["str", "int", "float", "bool"]
#: A column of a row: what SQLite can hold of it.
Cell: TypeAlias = str | int | float | None

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: What SQLite holds as an integer: 64 bits.
LARGEST = 2**63 - 1


def micros(moment: datetime) -> int:
    """Since 1970 UTC, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(since: int) -> datetime:
    """The moment that many microseconds after 1970 UTC."""
    return EPOCH + timedelta(microseconds=since)


def now() -> int:
    """The present, in microseconds since 1970 UTC."""
    return micros(datetime.now(timezone.utc))


def new_id() -> str:
    """An id of 32 hexadecimal digits: the millisecond first, so that what was made together stands together."""
    return f"{now() // 1000:012x}{uuid4().hex[12:]}"


def param_cells(value: ParamValue) -> tuple[Kind, Cell]:
    """A param's kind, and what is kept of it: an int beyond 64 bits as its decimals, NaN as NULL."""
    if isinstance(value, bool):
        return "bool", int(value)
    if isinstance(value, int):
        return "int", value if -LARGEST <= value <= LARGEST else str(value)
    if isinstance(value, float):
        return "float", None if math.isnan(value) else value
    return "str", value


def param(kind: Kind, cell: Cell) -> ParamValue:
    """The value that `param_cells` took apart."""
    if kind == "float":
        return math.nan if cell is None else float(cell)
    if kind == "str":
        return str(cell)
    return bool(cell) if kind == "bool" else int(cell or 0)


_PACKED = msgspec.msgpack.Decoder(tuple[dict[str, bool | int | float | str], dict[str, MetricSummary]])


def packed(run: Run) -> bytes | None:
    """A run's params and summaries in one; None for what cannot be kept so, such as an int beyond 64 bits."""
    try:
        return msgspec.msgpack.encode((run.params, run.metrics))
    except OverflowError:
        return None


def unpacked(cell: bytes) -> tuple[dict[str, ParamValue], dict[str, MetricSummary]]:
    """The params and summaries that `packed` made one."""
    return _PACKED.decode(cell)


def dataset_cell(dataset: Dataset) -> str:
    """A dataset as JSON: the same dataset is the same text."""
    return dataset.model_dump_json(exclude_none=True)


def dataset(cell: str) -> Dataset:
    """The dataset of a JSON text."""
    return Dataset.model_validate_json(cell)


def experiment(row: sqlite3.Row, tags: Mapping[str, str]) -> Experiment:
    """A row of `experiments`."""
    return Experiment(
        id=str(row["number"]),
        name=row["name"],
        tags=tags,
        description=row["description"],
        created=moment(row["created"]),
        deleted=bool(row["deleted"]),
    )


def run_cells(draft: RunDraft) -> dict[str, Cell]:
    """The columns of `runs` that a draft fills. A run that was given no start starts now."""
    return {
        "token": draft.token,
        "name": draft.name,
        "status": draft.status,
        "started": now() if draft.started is None else micros(draft.started),
        "parent": None if draft.parent is None else draft.parent.id,
        "description": draft.description,
        "user": draft.user,
        "source": None if draft.source is None else draft.source.model_dump_json(exclude_none=True),
    }


def home(number: int) -> ExperimentRef:
    """The experiment of a run."""
    return ExperimentRef(id=str(number))


def source(cell: str | None) -> Source | None:
    """The code of a run, of a JSON text."""
    return None if cell is None else Source.model_validate_json(cell)


def run(
    row: sqlite3.Row,
    *,
    experiment: ExperimentRef,
    source: Source | None,
    params: Mapping[str, ParamValue],
    tags: Mapping[str, str],
    metrics: Mapping[str, MetricSummary],
    inputs: tuple[Dataset, ...],
) -> Run:
    """A row of `runs`, with what the other tables hold of it. `gone`: it or its experiment is deleted."""
    return Run.trusted(
        {
            "id": row["id"],
            "experiment": experiment,
            "name": row["name"],
            "status": row["status"],
            "started": moment(row["started"]),
            "ended": None if row["ended"] is None else moment(row["ended"]),
            "parent": None if row["parent"] is None else RunRef(id=row["parent"]),
            "params": params,
            "tags": tags,
            "metrics": metrics,
            "inputs": inputs,
            "description": row["description"],
            "user": row["user"],
            "source": source,
            "origin": None,
            "token": row["token"],
            "deleted": bool(row["gone"]),
            "approximate": {},
            "beside": None,
        }
    )
