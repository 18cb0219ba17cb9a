"""Staging: what is not sealed yet, written into new files beside the archive, out of one state of the index.

* What was changed is written anew, and with it all that stands in the same parts: a part is replaced as a whole, so
  that each row is there once.
* Small parts are taken along as far as together they are as large as what is written: so a row is written again only as
  often as the archive doubles, and parts stay few.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from msgspec import structs

from tracklayer.drivers.archive.layout import Layout
from tracklayer.drivers.archive.manifest import Added
from tracklayer.drivers.archive.moves import Moved, Moves
from tracklayer.drivers.archive.parquet import write_table
from tracklayer.drivers.archive.points import FILE, Columns, PointsFile, SealedPoints, columns_of
from tracklayer.drivers.archive.tables import TABLES, Kind

#: Runs, or experiments, of a part, at most: what is written anew when one of them changes, a second's work.
PART = 2_000
KINDS: Sequence[Kind] = ("experiment", "run")


@dataclass
class Staged:
    """Files that wait to be taken into the archive, and what the index is to say then.

    * `generation`: what was changed up to it is in the files. `part`: the last number that was given to one.
    * `moves`: chunks of points. `owners`: kind, the number of its row, its part. `points`: part -> rows.
    * `gone`: parts that are replaced, by kind.
    * `digests`: contents that the files name; `unnamed`: those that nothing names any more.
    """

    generation: int
    part: int
    moves: Moves
    added: list[tuple[str, int, Added]] = field(default_factory=list)
    owners: list[tuple[Kind, int, int]] = field(default_factory=list)
    points: dict[int, int] = field(default_factory=dict)
    gone: list[tuple[str, int]] = field(default_factory=list)
    digests: set[str] = field(default_factory=set)
    unnamed: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.gone)

    def next_part(self) -> int:
        """A number for one more part."""
        self.part += 1
        return self.part


def stage(db: sqlite3.Connection, layout: Layout, sealed: SealedPoints) -> Staged:
    """Write all that is not sealed. Within a reading transaction, by the holder of the lock."""
    shutil.rmtree(layout.staged, ignore_errors=True)
    generation, part = db.execute("SELECT generation, part FROM state").fetchone()
    staged = Staged(generation - 1, part, Moves(layout.staged / "moves"))
    for kind in KINDS:
        _stage_owners(db, layout, staged, kind)
    _stage_points(db, layout, staged, sealed)
    if staged:
        found = db.execute("SELECT digest FROM contents WHERE digest NOT IN (SELECT digest FROM files)")
        staged.unnamed = [digest for (digest,) in found]
    return staged


# -- the tables of experiments and runs


def _stage_owners(db: sqlite3.Connection, layout: Layout, staged: Staged, kind: Kind) -> None:
    changed = {number for (number,) in db.execute("SELECT owner FROM dirty WHERE kind = ?", (kind,))}
    touched = db.execute(
        "SELECT DISTINCT p.part FROM parts p JOIN dirty d ON d.kind = p.kind AND d.owner = p.owner WHERE p.kind = ?",
        (kind,),
    )
    gone = {part for (part,) in touched}
    sizes = db.execute("SELECT part, count(*) FROM parts WHERE kind = ? GROUP BY part", (kind,)).fetchall()
    total = len(changed) + sum(size for part, size in sizes if part in gone)
    gone |= _small([(part, size) for part, size in sizes if part not in gone], total, PART)
    kept = db.execute(
        "SELECT owner FROM parts WHERE kind = ? AND part IN (SELECT value FROM json_each(?))",
        (kind, json.dumps(sorted(gone))),
    )
    owners = sorted(changed.union(number for (number,) in kept))
    staged.gone += [(kind, part) for part in sorted(gone)]
    for start in range(0, len(owners), PART):
        _stage_part(db, layout, staged, kind, owners[start : start + PART])


def _stage_part(db: sqlite3.Connection, layout: Layout, staged: Staged, kind: Kind, owners: Sequence[int]) -> None:
    part = staged.next_part()
    staged.owners += [(kind, owner, part) for owner in owners]
    for table in TABLES:
        if table.kind == kind:
            added = write_table(layout.staged, table, part, table.rows(db, owners))
            if added is not None:
                staged.added.append((kind, part, added))
    if kind == "run":
        found = db.execute(
            "SELECT DISTINCT digest FROM files WHERE run IN (SELECT value FROM json_each(?))", (json.dumps(owners),)
        )
        staged.digests.update(digest for (digest,) in found)


def _small(sizes: Iterable[tuple[int, int]], total: int, most: int) -> set[int]:
    """The smallest parts that fit beside `total` rows that are written anyway, each no larger than all before it."""
    taken = set()
    for part, size in sorted(sizes, key=lambda pair: pair[1]):
        if size > total or total + size > most:
            break
        taken.add(part)
        total += size
    return taken


# -- points


def _stage_points(db: sqlite3.Connection, layout: Layout, staged: Staged, sealed: SealedPoints) -> None:
    (new,) = db.execute("SELECT coalesce(sum(count), 0) FROM chunks WHERE typeof(steps) = 'blob'").fetchone()
    files = db.execute("SELECT part, rows, dead FROM point_parts").fetchall()
    gone = {part for part, _, dead in files if dead}
    total = new + sum(rows for part, rows, _ in files if part in gone)
    gone |= _small([(part, rows) for part, rows, _ in files if part not in gone], total, FILE)
    staged.gone += [("points", part) for part in sorted(gone)]
    numbers = _numbers(db, sorted(gone))
    file: PointsFile | None = None
    with staged.moves.writing() as note:
        for chunk, run, key, columns in _chunks(db, numbers, sealed):
            file = file or PointsFile(layout.staged, staged.next_part())
            row = file.add(run, key, chunk.count, columns)
            note(structs.replace(chunk, part=file.part, row=row))
            if file.rows >= FILE:
                _end(staged, file)
                file = None
    if file is not None:
        _end(staged, file)


def _end(staged: Staged, file: PointsFile) -> None:
    staged.points[file.part] = file.rows
    staged.added.append(("points", file.part, file.done()))


def _numbers(db: sqlite3.Connection, gone: Sequence[int]) -> array[int]:
    """The chunks that are open or in files that go, sorted as the points are."""
    found = db.execute(
        "SELECT c.number FROM chunks c JOIN series s ON s.number = c.series JOIN runs r ON r.number = s.run"
        " WHERE c.number IN (SELECT number FROM chunks WHERE typeof(steps) = 'blob' UNION ALL"
        " SELECT number FROM chunks WHERE typeof(steps) = 'integer' AND steps IN (SELECT value FROM json_each(?)))"
        " ORDER BY r.id, s.key, c.first",
        (json.dumps(gone),),
    )
    return array("q", (number for (number,) in found))


def _chunks(
    db: sqlite3.Connection, numbers: Iterable[int], sealed: SealedPoints
) -> Iterator[tuple[Moved, str, str, Columns]]:
    """These chunks, with the run and the metric that they are of."""
    for number in numbers:
        run, key, first, last, count, *columns = db.execute(
            "SELECT r.id, s.key, c.first, c.last, c.count, c.steps, c.times, c.vals FROM chunks c"
            " JOIN series s ON s.number = c.series JOIN runs r ON r.number = s.run WHERE c.number = ?",
            (number,),
        ).fetchone()
        yield Moved(number, first, last, count), run, key, columns_of(sealed, count, *columns)
