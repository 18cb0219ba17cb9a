"""The runs of a store, in SQL: made, found, listed, changed."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import nan
from typing import NamedTuple

from tracklayer.drivers.local import wire
from tracklayer.drivers.local.experiments import number_of
from tracklayer.model import ENDED, Batch, Clause, Dataset, MetricSummary, ParamValue, Query, Run, RunDraft, same

_FOUND = "r.deleted OR e.deleted AS gone FROM runs r JOIN experiments e ON e.number = r.experiment WHERE {where}"
_SELECT = f"SELECT r.*, {_FOUND}"
#: Without what may be large: it is asked for before each write, and before each page of points.
_SELECT_KNOWN = f"SELECT r.number, {_FOUND}"
#: Runs that are packed at once.
_PAGE = 1_000
_VIEWS = {"active": "NOT (r.deleted OR e.deleted)", "deleted": "(r.deleted OR e.deleted)", "all": "1"}


class Place(NamedTuple):
    """Where a page of runs ends: the start of its last run, in microseconds since 1970 UTC, and its id."""

    started: int
    id: str


class Known(NamedTuple):
    """What must be known of a run before it is touched. `gone`: it or its experiment is deleted."""

    number: int
    gone: bool


def known(db: sqlite3.Connection, run: str) -> Known | None:
    """The run of an id."""
    row = db.execute(_SELECT_KNOWN.format(where="r.id = ?"), (run,)).fetchone()
    return None if row is None else Known(row["number"], bool(row["gone"]))


def find(db: sqlite3.Connection, *, column: str, value: str) -> Run | None:
    """The whole run of an `id` or a `token`."""
    found = _models(db, db.execute(_SELECT.format(where=f"r.{column} = ?"), (value,)).fetchall())
    return found[0] if found else None


def insert(db: sqlite3.Connection, experiment: int, draft: RunDraft) -> Run:
    """Make a run."""
    cells = {"id": wire.new_id(), "experiment": experiment, **wire.run_cells(draft)}
    made = db.execute(
        f"INSERT INTO runs ({', '.join(cells)}) VALUES ({', '.join('?' * len(cells))})",  # noqa: S608 -- our columns
        list(cells.values()),
    )
    _put_tags(db, made.lastrowid or 0, draft.tags)
    (run,) = _models(db, db.execute(_SELECT.format(where="r.number = ?"), (made.lastrowid,)).fetchall())
    return run


def page(db: sqlite3.Connection, query: Query, after: Place | None) -> tuple[list[Run], Place | None]:
    """A page of runs, the newest first unless the query wants the oldest, then by id; and where the next one begins."""
    size = max(1, query.page_size)
    oldest_first = bool(query.order_by) and not query.order_by[0].descending
    where, values = ["1"], []
    for text, given in (_homes(query), *map(_attribute, query.where), _behind(after, oldest_first=oldest_first)):
        where.append(text)
        values += given
    where.append(_VIEWS[query.view])
    order = f" ORDER BY r.started {'ASC' if oldest_first else 'DESC'}, r.id LIMIT ?"
    rows = db.execute(_SELECT.format(where=" AND ".join(where)) + order, [*values, size + 1]).fetchall()
    ends = Place(rows[size - 1]["started"], rows[size - 1]["id"]) if len(rows) > size else None
    return _models(db, rows[:size]), ends


def conflicting(db: sqlite3.Connection, number: int, params: Mapping[str, ParamValue]) -> str | None:
    """The first key among params that the run has with another value."""
    for key, value in params.items():
        row = db.execute("SELECT kind, value FROM params WHERE run = ? AND key = ?", (number, key)).fetchone()
        if row is not None and not same(wire.param(*row), value):
            return key
    return None


def change(db: sqlite3.Connection, number: int, batch: Batch) -> None:
    """Write all of a batch but its points. A run that goes on has no end, unless the batch gives one."""
    db.executemany(
        "INSERT OR REPLACE INTO params (run, key, kind, value) VALUES (?, ?, ?, ?)",
        ((number, key, *wire.param_cells(value)) for key, value in batch.params.items()),
    )
    _put_tags(db, number, batch.tags)
    db.executemany(
        "INSERT OR IGNORE INTO inputs (run, dataset) VALUES (?, ?)",
        ((number, wire.dataset_cell(dataset)) for dataset in batch.inputs),
    )
    if batch.status is not None and batch.status not in ENDED:
        db.execute("UPDATE runs SET ended = NULL WHERE number = ?", (number,))
    db.execute(
        "UPDATE runs SET name = coalesce(?, name), description = coalesce(?, description),"
        " status = coalesce(?, status), ended = coalesce(?, ended) WHERE number = ?",
        (
            batch.name,
            batch.description,
            batch.status,
            None if batch.ended is None else wire.micros(batch.ended),
            number,
        ),
    )


def pack(db: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Keep runs so that they are listed fast, each until it is changed again."""
    cursor = db.cursor()
    cursor.row_factory = sqlite3.Row
    for at in range(0, len(numbers), _PAGE):
        some = numbers[at : at + _PAGE]
        rows = cursor.execute(
            _SELECT.format(where="r.number IN (SELECT value FROM json_each(?))"), (json.dumps(some),)
        ).fetchall()
        db.executemany(
            "UPDATE runs SET packed = ? WHERE number = ?",
            ((wire.packed(run), row["number"]) for row, run in zip(rows, _models(db, rows), strict=True)),
        )


def _put_tags(db: sqlite3.Connection, number: int, tags: Mapping[str, str]) -> None:
    db.executemany(
        "INSERT OR REPLACE INTO tags (run, key, value) VALUES (?, ?, ?)",
        ((number, key, value) for key, value in tags.items()),
    )


# -- the parts of a query: a condition, and the values of its question marks

_Condition = tuple[str, list[int | str]]


def _homes(query: Query) -> _Condition:
    numbers = [number_of(ref) for ref in query.experiments]
    if len(numbers) == 1:
        return "r.experiment = ?", [numbers[0]]
    # The plus keeps SQLite from one look-up an experiment and a sort: it walks the runs in their order instead.
    return "+r.experiment IN (SELECT value FROM json_each(?))", [json.dumps(numbers)]


def _attribute(clause: Clause) -> _Condition:
    if clause.key == "token":
        return "r.token = ?", [str(clause.value)]
    wanted = list(clause.value) if isinstance(clause.value, tuple) else [clause.value]
    negated = "NOT " if clause.operator in {"!=", "NOT IN"} else ""
    return f"r.status {negated}IN (SELECT value FROM json_each(?))", [json.dumps(wanted)]  # noqa: S608 -- our words


def _behind(after: Place | None, *, oldest_first: bool) -> _Condition:
    if after is None:
        return "1", []
    sign = ">" if oldest_first else "<"
    condition = f"r.started {sign}= ? AND (r.started {sign} ? OR r.id > ?)"
    return condition, [after.started, after.started, after.id]


# -- rows to models: one query a table, however many runs


def _models(db: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> list[Run]:
    every = json.dumps([row["number"] for row in rows])
    loose = json.dumps([row["number"] for row in rows if row["packed"] is None])

    def of(columns: str, table: str, order: str, numbers: str = every) -> sqlite3.Cursor:
        among = "run IN (SELECT value FROM json_each(?))"
        cursor = db.cursor()
        cursor.row_factory = None  # plain tuples: there are very many
        return cursor.execute(f"SELECT {columns} FROM {table} WHERE {among} ORDER BY {order}", (numbers,))  # noqa: S608

    params: defaultdict[int, dict[str, ParamValue]] = defaultdict(dict)
    tags: defaultdict[int, dict[str, str]] = defaultdict(dict)
    metrics: defaultdict[int, dict[str, MetricSummary]] = defaultdict(dict)
    for row in rows:
        if row["packed"] is not None:
            params[row["number"]], metrics[row["number"]] = wire.unpacked(row["packed"])
    inputs: defaultdict[int, tuple[Dataset, ...]] = defaultdict(tuple)
    for run, key, kind, value in of("run, key, kind, value", "params", "run, key", loose):
        params[run][key] = wire.param(kind, value)
    for run, key, value in of("run, key, value", "tags", "run, key"):
        tags[run][key] = value
    summed = "run, key, last, last_step, last_time, lowest, highest, count"
    for run, key, last, step, time, low, high, count in of(summed, "series", "number", loose):
        metrics[run][key] = MetricSummary(nan if last is None else last, step, time, low, high, count)
    read = of("run, dataset", "inputs", "number").fetchall()
    datasets = {cell: wire.dataset(cell) for cell in {cell for _, cell in read}}  # most runs of a page have the same
    for run, cell in read:
        inputs[run] += (datasets[cell],)
    homes = {number: wire.home(number) for number in {row["experiment"] for row in rows}}
    sources = {cell: wire.source(cell) for cell in {row["source"] for row in rows}}
    return [
        wire.run(
            row,
            experiment=homes[row["experiment"]],
            source=sources[row["source"]],
            params=params[row["number"]],
            tags=tags[row["number"]],
            metrics=metrics[row["number"]],
            inputs=inputs[row["number"]],
        )
        for row in rows
    ]
