"""An archive as a reader without tracklayer sees it, and a place as its driver tells it: in the same words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from tracklayer.model import ParamValue, Query, Run, canonical
from tracklayer.spi import Driver, every

Row = tuple[Any, ...]


def rows(root: Path, table: str, columns: str = "*") -> list[Row]:
    """The rows of a table, sorted, by DuckDB; none without a file."""
    if not list(root.glob(f"{table}/*.parquet")):
        return []
    found = duckdb.connect().execute(f"SELECT {columns} FROM read_parquet('{root}/{table}/*.parquet')").fetchall()  # noqa: S608
    return sorted((tuple(map(plain, row)) for row in found), key=repr)


def plain(value: Any) -> Any:
    """A value that is equal to itself: NaN as text, a moment as what it says."""
    if isinstance(value, float):
        return repr(value)
    return value.isoformat() if isinstance(value, datetime) else value


def seen(root: Path) -> dict[str, list[Row]]:
    """All that the tables say of runs."""
    return {
        "runs": rows(root, "runs", "run_id, experiment_id, status, started, ended, deleted"),
        "params": [
            (run, key, kind, _typed(kind, text, *values)) for run, key, kind, text, *values in rows(root, "params")
        ],
        "tags": rows(root, "tags"),
        "metrics": rows(root, "metrics", "run_id, key, count, last, last_step, last_time_ns, min, max"),
        "points": rows(root, "points", "run_id, key, step, time_ns, value"),
        "artifacts": rows(root, "artifacts", "run_id, path, sha256, size"),
    }


def told(driver: Driver, by: str = "id") -> dict[str, list[Row]]:
    """The same as the driver tells it. `by`: which field of a run it is known by."""
    homes = tuple(home.ref for home in every(driver.list_experiments))
    runs = list(every(partial(driver.list_runs, Query(experiments=homes, view="all"))))
    parts = {
        "runs": ((getattr(r, by), r.experiment.id, r.status, r.started, r.ended, r.deleted) for r in runs),
        "params": (
            (getattr(r, by), key, type(value).__name__, _text(value)) for r in runs for key, value in r.params.items()
        ),
        "tags": ((getattr(r, by), *tag) for r in runs for tag in r.tags.items()),
        "metrics": (
            (getattr(r, by), key, m.count, m.last, m.last_step, m.last_time, m.min, m.max)
            for r in runs
            for key, m in r.metrics.items()
        ),
        "points": (row for r in runs for row in _points(driver, r, by)),
        "artifacts": (
            (getattr(r, by), file.path, (file.digest or "").removeprefix("sha256:"), file.size)
            for r in runs
            for file in every(partial(driver.list_artifacts, r.ref))
        ),
    }
    return {name: sorted((tuple(map(plain, row)) for row in part), key=repr) for name, part in parts.items()}


def _points(driver: Driver, run: Run, by: str) -> Iterator[Row]:
    for key in run.metrics:
        for row in canonical(key, list(every(partial(driver.read_points, run.ref, key)))).rows():
            yield (getattr(run, by), key, *row)


def _typed(kind: str, text: str, whole: int | None, real: str | None, truth: bool | None) -> str:
    """A param's value by its typed column, which only that of its type fills; an int that is too large has its text."""
    values = {"int": whole, "float": real, "bool": truth}
    assert all(value is None for name, value in values.items() if name != kind)
    value = values.get(kind)
    assert kind == "str" or value is not None or abs(int(text)) >= 2**63
    return text if value is None else str(value)


def _text(value: ParamValue) -> str:
    return repr(value) if isinstance(value, float) else str(value)
