"""Rebuild: the index out of the sealed tables, for an archive that came without one, or with one of another state."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tracklayer.drivers.archive import manifest
from tracklayer.drivers.archive.errors import Damaged
from tracklayer.drivers.archive.layout import Layout
from tracklayer.drivers.archive.points import TABLE, Columns, SealedPoints, load, unpacked
from tracklayer.drivers.archive.rows import Row
from tracklayer.drivers.archive.schema import prepare
from tracklayer.drivers.archive.tables import TABLES, Table
from tracklayer.drivers.local import runs, series
from tracklayer.drivers.local.chunks import MOST, rank_at

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows of a table that are held at once.
ROWS = 20_000


def rebuild(layout: Layout, store: Path) -> None:
    """Make an index in a new file. `Damaged`, `NewerStore`, and what the file system says."""
    chain = list(manifest.entries(layout.manifest))
    if not chain:
        raise manifest.DamagedManifest(0, "it has no line")
    live = manifest.live(chain)
    used = (_part(path) for entry in chain for path in (*(added.path for added in entry.add), *entry.remove))
    with closing(sqlite3.connect(store, isolation_level=None)) as db:
        prepare(db, store)
        db.execute("PRAGMA synchronous=OFF")  # a file that is not whole is not used
        db.execute("BEGIN")
        for table in TABLES:
            for path in sorted(path for path in live if path.startswith(f"{table.name}/")):
                _take_table(db, layout, table, path)
        db.execute("DELETE FROM dirty")
        _take_points(db, layout, {path: added.rows for path, added in live.items() if path.startswith(f"{TABLE}/")})
        runs.pack(db, [number for (number,) in db.execute("SELECT number FROM runs")])
        db.execute("INSERT INTO contents SELECT DISTINCT digest, 1 FROM files")
        db.execute(
            "UPDATE state SET head = ?, sequence = ?, part = ?", (chain[-1].sha256, chain[-1].sequence, max(used))
        )
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _part(path: str) -> int:
    number = path.rpartition("/")[2].partition(".")[0]
    return int(number) if number.isdecimal() else 0


def _take_table(db: sqlite3.Connection, layout: Layout, table: Table, path: str) -> None:
    part, owners = _part(path), set[str]()
    for rows in rows_of(layout, path, list(table.columns)):
        table.put(db, rows)
        owners.update(str(row[0]) for row in rows)
    db.execute("INSERT INTO sealed VALUES (?, ?, ?)", (path, table.kind, part))
    if table.name in {"runs", "experiments"}:
        number = "(SELECT number FROM runs WHERE id = ?)" if table.kind == "run" else "CAST(? AS INTEGER)"
        db.executemany(
            f"INSERT INTO parts VALUES ('{table.kind}', {number}, ?)",  # noqa: S608 -- our words
            ((owner, part) for owner in owners),
        )


def rows_of(layout: Layout, path: str, columns: list[str]) -> Iterator[list[Row]]:
    """The rows of a file, some at a time; moments as microseconds since 1970 UTC."""
    import pyarrow as pa  # noqa: PLC0415 -- of the extra `archive`

    for batch in _batches(layout, path, columns):
        numbers = (
            column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column for column in batch.columns
        )
        yield list(zip(*(column.to_pylist() for column in numbers), strict=True))


def _batches(layout: Layout, path: str, columns: list[str]) -> Iterator[pa.RecordBatch]:
    import pyarrow.parquet as pq  # noqa: PLC0415 -- of the extra `archive`

    with _reading(layout, path) as file:
        yield from pq.ParquetFile(file).iter_batches(ROWS, columns=columns, use_threads=False)


@contextmanager
def _reading(layout: Layout, path: str) -> Iterator[BinaryIO]:
    """A sealed file, to be read in the block. `Damaged` for what cannot be read in it."""
    import pyarrow as pa  # noqa: PLC0415 -- of the extra `archive`

    try:
        with layout.found(path).open("rb") as file:
            yield file
    except (pa.ArrowException, KeyError, OSError) as error:
        raise Damaged(f"{path} cannot be read: {' '.join(str(error).split())[:200]}") from error


# -- points: only where each chunk lies


def _take_points(db: sqlite3.Connection, layout: Layout, files: dict[str, int]) -> None:
    db.executemany("INSERT INTO sealed VALUES (?, 'points', ?)", ((path, _part(path)) for path in files))
    db.executemany("INSERT INTO point_parts (part, rows) VALUES (?, ?)", ((_part(path), files[path]) for path in files))
    sealed = SealedPoints(layout)
    for path in sorted(files):
        for span in _spans(layout, path):
            _take_span(db, sealed, span)


@dataclass(frozen=True)
class _Span:
    """Points of one series behind each other in one row group."""

    part: int
    row: int
    count: int
    run: str
    key: str


def _spans(layout: Layout, path: str) -> Iterator[_Span]:
    """A file's points, in spans of at most a chunk's worth."""
    at = 0
    for table in _groups(layout, path):
        for run, key, start, count in _stretches(table):
            for cut in range(0, count, MOST):
                yield _Span(_part(path), at + start + cut, min(MOST, count - cut), run, key)
        at += table.num_rows


def _groups(layout: Layout, path: str) -> Iterator[pa.Table]:
    """Whose the points of a file are, row group by row group."""
    import pyarrow.parquet as pq  # noqa: PLC0415 -- of the extra `archive`

    with _reading(layout, path) as file:
        opened = pq.ParquetFile(file)
        for group in range(opened.metadata.num_row_groups):
            yield opened.read_row_group(group, columns=["run_id", "key"], use_threads=False).combine_chunks()


def _stretches(table: pa.Table) -> Iterator[tuple[str, str, int, int]]:
    """Where (run, key) stays the same: both, the first row, how many."""
    import pyarrow.compute as pc  # noqa: PLC0415 -- of the extra `archive`

    runs, keys = (table.column(name).combine_chunks() for name in ("run_id", "key"))
    changes = pc.or_(pc.not_equal(runs[1:], runs[:-1]), pc.not_equal(keys[1:], keys[:-1]))
    starts = [0, *(index + 1 for index in pc.indices_nonzero(changes).to_pylist())]
    for start, end in zip(starts, [*starts[1:], table.num_rows], strict=True):
        yield runs[start].as_py(), keys[start].as_py(), start, end - start


def _take_span(db: sqlite3.Connection, sealed: SealedPoints, span: _Span) -> None:
    """Note a chunk. One that overlaps with others (they came out of order) is merged with them, as new ones are."""
    summary = db.execute(
        "SELECT s.number, s.run, s.count, s.last_step, s.last_time, s.last, s.lowest, s.highest"
        " FROM series s JOIN runs r ON r.number = s.run WHERE r.id = ? AND s.key = ?",
        (span.run, span.key),
    ).fetchone()
    if summary is None:
        raise Damaged(f"{TABLE}: there are points of {span.key!r} of run {span.run}, and no such metric")
    number, run, *values = summary
    columns = sealed.chunk(span.part, span.row, span.count)
    first, last = (_rank(columns, index) for index in (0, span.count - 1))
    if db.execute(
        "SELECT 1 FROM chunks WHERE series = ? AND last >= ? AND first <= ? LIMIT 1", (number, first, last)
    ).fetchone():
        series.add(db, run, unpacked(span.key, span.count, columns), partial(load, sealed))
        db.execute("UPDATE point_parts SET dead = 1 WHERE part = ?", (span.part,))
        db.execute(
            "UPDATE series SET count = ?, last_step = ?, last_time = ?, last = ?, lowest = ?, highest = ?"
            " WHERE number = ?",
            (*values, number),
        )
        return
    db.execute(
        "INSERT INTO chunks (series, first, last, count, steps, times, vals) VALUES (?, ?, ?, ?, ?, ?, x'')",
        (number, first, last, span.count, span.part, span.row),
    )


def _rank(columns: Columns, index: int) -> bytes:
    """The rank of one point of a chunk."""
    return rank_at(unpacked("-", 1, Columns(*(column[8 * index : 8 * index + 8] for column in columns))), 0)
