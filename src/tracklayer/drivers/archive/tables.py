"""The tables of the format but for points: their columns, and how they are had from the index and go back into it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from tracklayer.drivers.archive import rows
from tracklayer.drivers.archive.rows import Row
from tracklayer.spi import Naming

if TYPE_CHECKING:
    import pyarrow as pa

#: Whose rows a table holds: those of experiments, or those of runs.
Kind: TypeAlias = Literal["experiment", "run"]
#: What a column holds. moment: microseconds since 1970 UTC.
Word: TypeAlias = Literal["text", "int", "float", "bool", "bytes", "moment", "source", "origin"]

#: The members of a run's `source`, and of its `origin`.
SOURCE: Mapping[str, Word] = {
    "commit": "text",
    "branch": "text",
    "dirty": "bool",
    "remote": "text",
    "command": "text",
}
ORIGIN: Mapping[str, Word] = {"url": "text", "experiment": "text", "run": "text"}


#: The tag in which tracklayer keeps how a run was made.
MADE = Naming().own("made")


@dataclass(frozen=True)
class Table:
    """One table.

    * `select`: the rows of the owners whose numbers are a JSON list, sorted; `insert`: a row back into the index. In
      both, `{runs}` and `{owners}` stand for whose rows they are, `{number}` for that of a run's id, `{made}` for the
      key of a tag.
    * `out`: such a row as the format has it; `back`: the other way.
    """

    name: str
    kind: Kind
    columns: Mapping[str, Word]
    select: str
    insert: str
    out: Callable[[Row], Row] = field(default=tuple)
    back: Callable[[Row], Row] = field(default=tuple)

    def schema(self) -> pa.Schema:
        """As Parquet has it."""
        import pyarrow as pa  # noqa: PLC0415 -- of the extra `archive`

        types: dict[Word, pa.DataType] = {
            "text": pa.string(),
            "int": pa.int64(),
            "float": pa.float64(),
            "bool": pa.bool_(),
            "bytes": pa.binary(),
            "moment": pa.timestamp("us", tz="UTC"),
        }
        parts: dict[Word, Mapping[str, Word]] = {"source": SOURCE, "origin": ORIGIN}
        for name, members in parts.items():
            types[name] = pa.struct([(member, types[word]) for member, word in members.items()])
        return pa.schema([(name, types[word]) for name, word in self.columns.items()])

    def rows(self, db: sqlite3.Connection, owners: Sequence[int]) -> sqlite3.Cursor:
        """The rows of some owners, as the index has them."""
        return db.execute(_sql(self.select), (json.dumps(owners),))

    def put(self, db: sqlite3.Connection, rows: Iterable[Row]) -> None:
        """Put rows, as the format has them, into the index."""
        db.executemany(_sql(self.insert), map(self.back, rows))


def _sql(text: str) -> str:
    of_runs = "JOIN runs r ON r.number = t.{} WHERE t.{} IN (SELECT value FROM json_each(?))"
    return text.format(
        runs=of_runs.format("run", "run"),
        owners=of_runs.format("owner", "owner"),
        number="(SELECT number FROM runs WHERE id = ?)",
        made=f"'{MADE}'",
    )


TABLES: Sequence[Table] = (
    Table(
        "experiments",
        "experiment",
        {"experiment_id": "text", "name": "text", "description": "text", "created": "moment", "deleted": "bool"},
        "SELECT CAST(number AS TEXT), name, description, created, deleted FROM experiments"
        " WHERE number IN (SELECT value FROM json_each(?)) ORDER BY number",
        "INSERT INTO experiments (number, name, description, created, deleted) VALUES (CAST(? AS INTEGER), ?, ?, ?, ?)",
        lambda row: (*row[:4], bool(row[4])),
    ),
    Table(
        "experiment_tags",
        "experiment",
        {"experiment_id": "text", "key": "text", "value": "text"},
        "SELECT CAST(experiment AS TEXT), key, value FROM experiment_tags"
        " WHERE experiment IN (SELECT value FROM json_each(?)) ORDER BY experiment, key",
        "INSERT INTO experiment_tags (experiment, key, value) VALUES (CAST(? AS INTEGER), ?, ?)",
    ),
    Table(
        "experiment_sidecars",
        "experiment",
        {"experiment_id": "text", "key": "text", "data": "bytes"},
        "SELECT CAST(owner AS TEXT), key, data FROM sidecars WHERE kind = 'experiment'"
        " AND owner IN (SELECT value FROM json_each(?)) ORDER BY owner, key",
        "INSERT INTO sidecars (kind, owner, key, data) VALUES ('experiment', CAST(? AS INTEGER), ?, ?)",
    ),
    Table(
        "runs",
        "run",
        {
            "run_id": "text",
            "experiment_id": "text",
            "name": "text",
            "status": "text",
            "started": "moment",
            "ended": "moment",
            "parent_run_id": "text",
            "description": "text",
            "user": "text",
            "source": "source",
            "token": "text",
            "deleted": "bool",
            "origin": "origin",
        },
        "SELECT id, CAST(experiment AS TEXT), name, status, started, ended, parent, description, user, source, token,"
        " deleted, (SELECT value FROM tags WHERE run = number AND key = {made}) FROM runs"
        " WHERE number IN (SELECT value FROM json_each(?)) ORDER BY id",
        "INSERT INTO runs (id, experiment, name, status, started, ended, parent, description, user, source, token,"
        " deleted) VALUES (?, CAST(? AS INTEGER), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows.run_out,
        rows.run_back,
    ),
    Table(
        "params",
        "run",
        {
            "run_id": "text",
            "key": "text",
            "type": "text",
            "text": "text",
            "int_value": "int",
            "float_value": "float",
            "bool_value": "bool",
        },
        "SELECT r.id, t.key, t.kind, t.value FROM params t {runs} ORDER BY r.id, t.key",
        "INSERT INTO params (run, key, kind, value) VALUES ({number}, ?, ?, ?)",
        rows.param_out,
        rows.param_back,
    ),
    Table(
        "tags",
        "run",
        {"run_id": "text", "key": "text", "value": "text"},
        "SELECT r.id, t.key, t.value FROM tags t {runs} ORDER BY r.id, t.key",
        "INSERT INTO tags (run, key, value) VALUES ({number}, ?, ?)",
    ),
    Table(
        "metrics",
        "run",
        {
            "run_id": "text",
            "key": "text",
            "count": "int",
            "last": "float",
            "last_step": "int",
            "last_time": "moment",
            "last_time_ns": "int",
            "min": "float",
            "max": "float",
        },
        "SELECT r.id, t.key, t.count, t.last, t.last_step, t.last_time, t.lowest, t.highest FROM series t"
        " {runs} ORDER BY r.id, t.key",
        "INSERT INTO series (run, key, count, last, last_step, last_time, lowest, highest) VALUES ({number},"
        " ?, ?, ?, ?, ?, ?, ?)",
        rows.metric_out,
        rows.metric_back,
    ),
    Table(
        "inputs",
        "run",
        {
            "run_id": "text",
            "position": "int",
            "name": "text",
            "digest": "text",
            "kind": "text",
            "source": "text",
            "columns": "text",
            "profile": "text",
            "context": "text",
        },
        "SELECT r.id, row_number() OVER (PARTITION BY t.run ORDER BY t.number), t.dataset FROM inputs t"
        " {runs} ORDER BY r.id, t.number",
        "INSERT INTO inputs (run, dataset) VALUES ({number}, ?)",
        rows.input_out,
        rows.input_back,
    ),
    Table(
        "artifacts",
        "run",
        {
            "run_id": "text",
            "path": "text",
            "sha256": "text",
            "size": "int",
            "media_type": "text",
            "file": "text",
        },
        "SELECT r.id, t.path, t.digest, t.size, t.media_type FROM files t {runs} ORDER BY r.id, t.path",
        "INSERT INTO files (run, path, digest, size, media_type) VALUES ({number}, ?, ?, ?, ?)",
        rows.artifact_out,
        lambda row: row[:5],
    ),
    Table(
        "sidecars",
        "run",
        {"run_id": "text", "key": "text", "data": "bytes"},
        "SELECT r.id, t.key, t.data FROM sidecars t {owners} AND t.kind = 'run' ORDER BY r.id, t.key",
        "INSERT INTO sidecars (kind, owner, key, data) VALUES ('run', {number}, ?, ?)",
    ),
)
