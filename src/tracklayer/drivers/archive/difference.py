"""Difference: do two indexes of one archive, the one there is and one made anew, say the same?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from itertools import zip_longest

from tracklayer.drivers.archive.points import TABLE
from tracklayer.drivers.archive.rows import Row
from tracklayer.drivers.archive.tables import TABLES, Table

_CHUNKS = "FROM chunks c JOIN series s ON s.number = c.series JOIN runs r ON r.number = s.run"
_SERIES = f"SELECT r.id, s.key, min(c.first), max(c.last), sum(c.count) {_CHUNKS} GROUP BY 1, 2 ORDER BY 1, 2"
_PLACES = (
    f"SELECT r.id, s.key, c.steps, min(c.times), max(c.times + c.count), sum(c.count) {_CHUNKS}"
    " WHERE typeof(c.steps) = 'integer' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
)
_MERGED = f"SELECT DISTINCT r.id, s.key {_CHUNKS} WHERE typeof(c.steps) = 'blob'"


def differing(db: sqlite3.Connection, anew: sqlite3.Connection) -> str | None:
    """The first table of which an index, in which all is sealed, says otherwise than one that was made anew."""
    for table in TABLES:
        if not _same(_all(db, table), _all(anew, table)):
            return table.name
    merged = set(anew.execute(_MERGED))  # where these lie, cannot be told of both in the same words
    places = ([row for row in one.execute(_PLACES) if row[:2] not in merged] for one in (db, anew))
    return None if _same(db.execute(_SERIES), anew.execute(_SERIES)) and _same(*places) else TABLE


def _same(left: Iterable[Row], right: Iterable[Row]) -> bool:
    return all(one == other for one, other in zip_longest(left, right))


def _all(db: sqlite3.Connection, table: Table) -> sqlite3.Cursor:
    numbers = db.execute(f"SELECT number FROM {table.kind}s")  # noqa: S608 -- our words
    return table.rows(db, [number for (number,) in numbers])
