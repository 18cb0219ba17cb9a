"""The points of metrics in the store: exact sets, in chunks, with their summaries.

For each series the chunks are sorted and disjoint. Points behind the last chunk are appended; others are merged with
the chunks they fall into, and with no other.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from tracklayer.drivers.local.chunks import (
    SMALL,
    below,
    evenly,
    joined,
    ordered,
    pack,
    rank,
    rank_at,
    union,
    unpack,
    up_to,
)
from tracklayer.model import Points

#: Points of one page, about: 1.5 MiB in three columns.
PAGE = 65_536

#: What makes points of a chunk's row: its key, count, steps, times and values. A store may keep its columns elsewhere.
Load: TypeAlias = Callable[..., Points]


class _Head(NamedTuple):
    """A chunk without its columns."""

    number: int
    first: bytes
    last: bytes
    size: int


def add(db: sqlite3.Connection, run: int, points: Points, load: Load = unpack) -> None:
    """Add points to a run's metric, and bring its summary up to date."""
    if not len(points):
        return
    new = ordered(points)
    db.execute("INSERT OR IGNORE INTO series (run, key) VALUES (?, ?)", (run, new.key))
    (series,) = db.execute("SELECT number FROM series WHERE run = ? AND key = ?", (run, new.key)).fetchone()
    grown = sum(_store(db, series, head, part, load) for head, part in _routed(db, series, new))
    if grown:
        _summarise(db, series, new, grown)


def page(db: sqlite3.Connection, run: int, key: str, after: bytes, load: Load = unpack) -> tuple[Points, bytes | None]:
    """About a page of points behind a rank, in order; and the rank the next page begins behind, None at the end."""
    found = db.execute(
        "SELECT c.first, c.count, c.steps, c.times, c.vals FROM chunks c JOIN series s ON s.number = c.series"
        " WHERE s.run = ? AND s.key = ? AND c.last > ? ORDER BY c.last",
        (run, key, after),
    )
    parts = [Points.of(key)]
    size = 0
    for first, *columns in found:
        if size >= PAGE:
            found.close()
            return joined(*parts), rank_at(parts[-1], -1)
        chunk = load(key, *columns)
        # A chunk that was written anew since the page before may begin before this page.
        parts.append(chunk if first > after else chunk.cut(up_to(chunk, after), len(chunk)))
        size += len(parts[-1])
    return joined(*parts), None


def _routed(db: sqlite3.Connection, series: int, new: Points) -> Iterator[tuple[_Head | None, Points]]:
    """Each part of sorted points with the chunk that takes it; None for a chunk of its own."""
    heads = _overlapped(db, series, rank_at(new, 0), rank_at(new, -1))
    if not heads:
        yield _neighbour(db, series, rank_at(new, 0)), new
        return
    start = 0
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        stop = len(new) if following is None else below(new, following.first)
        if stop > start:
            yield head, new.cut(start, stop)
        start = stop


def _overlapped(db: sqlite3.Connection, series: int, first: bytes, last: bytes) -> list[_Head]:
    heads = []
    found = db.execute(
        "SELECT number, first, last, count FROM chunks WHERE series = ? AND last >= ? ORDER BY last", (series, first)
    )
    for row in found:
        head = _Head(*row)
        if head.first > last:
            break
        heads.append(head)
    found.close()
    return heads


def _neighbour(db: sqlite3.Connection, series: int, place: bytes) -> _Head | None:
    """The chunk before a place where there is none, or the one behind it, if it is small enough to take more."""
    for query in (
        "SELECT number, first, last, count FROM chunks WHERE series = ? AND last < ? ORDER BY last DESC LIMIT 1",
        "SELECT number, first, last, count FROM chunks WHERE series = ? AND last > ? ORDER BY last LIMIT 1",
    ):
        row = db.execute(query, (series, place)).fetchone()
        if row is not None and _Head(*row).size < SMALL:
            return _Head(*row)
    return None


def _store(db: sqlite3.Connection, series: int, head: _Head | None, part: Points, load: Load) -> int:
    """Put points into a chunk, or into new ones; how many points are there more than before."""
    if head is None:
        _insert(db, series, part)
        return len(part)
    columns = db.execute("SELECT count, steps, times, vals FROM chunks WHERE number = ?", (head.number,)).fetchone()
    whole = union(load(part.key, *columns), part)
    if len(whole) > head.size:
        db.execute("DELETE FROM chunks WHERE number = ?", (head.number,))
        _insert(db, series, whole)
    return len(whole) - head.size


def _insert(db: sqlite3.Connection, series: int, points: Points) -> None:
    db.executemany(
        "INSERT INTO chunks (series, first, last, count, steps, times, vals) VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((series, rank_at(piece, 0), rank_at(piece, -1), len(piece), *pack(piece)) for piece in evenly(points)),
    )


def _summarise(db: sqlite3.Connection, series: int, new: Points, grown: int) -> None:
    """Bring a summary up to date. A set only grows, so the old summary and the new points are enough."""
    row = db.execute(
        "SELECT last_step, last_time, last, lowest, highest FROM series WHERE number = ?", (series,)
    ).fetchone()
    last = (new.steps[-1], new.times[-1], new.values[-1])
    if row[0] is not None:
        held = (row[0], row[1], math.nan if row[2] is None else row[2])
        last = max(last, held, key=lambda point: rank(*point))
    values = new.values
    numbers = [value for value in values if not math.isnan(value)] if any(map(math.isnan, values)) else values
    bounds = [value for value in row[3:] if value is not None]
    lowest = min([min(numbers), *bounds] if numbers else bounds, default=None)
    highest = max([max(numbers), *bounds] if numbers else bounds, default=None)
    db.execute(
        "UPDATE series SET count = count + ?, last_step = ?, last_time = ?, last = ?, lowest = ?, highest = ?"
        " WHERE number = ?",
        (grown, *last, lowest, highest, series),
    )
