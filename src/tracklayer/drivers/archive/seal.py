"""Sealing: what was written since the last time goes into the tables of the format, and the manifest says so.

1. `staging.py` writes new files beside the archive. Others go on writing to the index meanwhile.
2. One transaction of the index says what is sealed where, and which lines the manifest is to get.
3. `finish` appends the lines, puts the files into their places, deletes those that were replaced.

A process that dies before 2 has changed nothing; one that dies after it has left work that can be done twice, and that
the next holder of the lock does first.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

from tracklayer.drivers.archive import manifest, note
from tracklayer.drivers.archive.contents import Contents
from tracklayer.drivers.archive.layout import FILES, Layout, content_path
from tracklayer.drivers.archive.lock import locked
from tracklayer.drivers.archive.points import SealedPoints
from tracklayer.drivers.archive.staging import Staged, stage
from tracklayer.drivers.local.connections import Connections


def seal(layout: Layout, connections: Connections, sealed: SealedPoints, *, wait: bool = True) -> bool:
    """Seal all there is. `wait=False`: False, and nothing done, when another process or thread seals already."""
    with locked(layout.lock, wait=wait) as got:
        if not got:
            return False
        finish(layout, connections)
        while True:
            with connections.writing() as db:
                db.execute("UPDATE state SET generation = generation + 1")
            with connections.reading() as db:
                staged = stage(db, layout, sealed)
            if not staged or _commit(layout, connections, staged):
                break
        finish(layout, connections)
        shutil.rmtree(layout.staged, ignore_errors=True)
    return True


def finish(layout: Layout, connections: Connections) -> None:
    """Do what the index says is to be done. By the holder of the lock."""
    with connections.reading() as db:
        (pending,) = db.execute("SELECT pending FROM state").fetchone()
    if pending is None:
        return
    _synced(layout.store.with_name(f"{layout.store.name}-wal"))  # what the index says lasts longer than what follows
    lines = pending.splitlines()
    manifest.append(layout.manifest, lines)
    places = [_settle(layout, added["path"]) for line in lines for added in manifest.fields_of(line)["add"]]
    contents = Contents(layout)
    with connections.writing() as db:
        coming = db.execute("SELECT digest FROM contents WHERE NOT placed").fetchall()
        places += [contents.settle(digest) for (digest,) in coming]
        _listed({layout.root, *(place.parent for place in places)})
        for (path,) in db.execute("SELECT path FROM removals").fetchall():
            _remove(db, layout, path)
        db.execute("UPDATE contents SET placed = 1 WHERE NOT placed")
        db.execute("UPDATE state SET pending = NULL")
    with connections.reading() as db:
        db.executescript("PRAGMA incremental_vacuum")  # ends the transaction; `execute` would free one page and stop


def _commit(layout: Layout, connections: Connections, staged: Staged) -> bool:
    """Let the index say what was staged; False, and nothing said, when a content that was named is gone meanwhile."""
    contents = Contents(layout)
    with connections.writing() as db:
        if not all(contents.place(digest).exists() for digest in staged.digests):
            return False
        db.executemany("INSERT OR IGNORE INTO contents VALUES (?, 0)", ((digest,) for digest in staged.digests))
        db.executemany("INSERT INTO removals VALUES (?)", ((content_path(digest),) for digest in staged.unnamed))
        db.execute("DELETE FROM dirty WHERE generation <= ?", (staged.generation,))
        removed = _replace_parts(db, staged)
        _move_chunks(db, staged)
        _say(db, layout, staged, removed)
    return True


def _replace_parts(db: sqlite3.Connection, staged: Staged) -> list[str]:
    """Put the new parts in the place of those that go; the files of these."""
    removed: list[str] = []
    for kind, part in staged.gone:
        rows = db.execute("SELECT path FROM sealed WHERE kind = ? AND part = ?", (kind, part)).fetchall()
        removed += [path for (path,) in rows]
        db.execute("DELETE FROM sealed WHERE kind = ? AND part = ?", (kind, part))
        db.execute("DELETE FROM point_parts WHERE part = ?", (part,))
    db.executemany("INSERT INTO removals VALUES (?)", ((path,) for path in removed))
    db.executemany("INSERT OR REPLACE INTO parts VALUES (?, ?, ?)", staged.owners)
    db.executemany(
        "INSERT INTO sealed VALUES (?, ?, ?)", ((added.path, kind, part) for kind, part, added in staged.added)
    )
    db.executemany("INSERT INTO point_parts (part, rows) VALUES (?, ?)", staged.points.items())
    return removed


def _move_chunks(db: sqlite3.Connection, staged: Staged) -> None:
    """Say where chunks are now. One that was merged with others meanwhile leaves its rows behind: its file is dead."""
    for chunk in staged.moves:
        moved = db.execute(
            "UPDATE chunks SET steps = ?, times = ?, vals = x''"
            " WHERE number = ? AND first = ? AND last = ? AND count = ?",
            (chunk.part, chunk.row, chunk.number, chunk.first, chunk.last, chunk.count),
        )
        if not moved.rowcount:
            db.execute("UPDATE point_parts SET dead = 1 WHERE part = ?", (chunk.part,))


def _say(db: sqlite3.Connection, layout: Layout, staged: Staged, removed: list[str]) -> None:
    """Note the lines that the manifest is to get."""
    head, sequence = db.execute("SELECT head, sequence FROM state").fetchone()
    lines: list[str] = []
    if head is None:
        lines.append(note.first_line(layout.staged, _now()))
        head, sequence = manifest.digest_of(lines[0]), 0
    lines.append(
        manifest.line_of(
            {
                "sequence": sequence + 1,
                "time": _now(),
                "writer": note.WRITER,
                "add": [added.model_dump() for _, _, added in staged.added],
                "remove": removed,
                "previous": head,
            }
        )
    )
    db.execute(
        "UPDATE state SET head = ?, sequence = ?, part = ?, pending = ?",
        (manifest.digest_of(lines[-1]), sequence + 1, staged.part, "\n".join(lines)),
    )


def _settle(layout: Layout, path: str) -> Path:
    """Put a staged file into its place, if it is not there already; the place."""
    coming, place = layout.staged / path, layout.place(path)
    if coming.exists():
        place.parent.mkdir(exist_ok=True)
        coming.replace(place)
    return place


def _remove(db: sqlite3.Connection, layout: Layout, path: str) -> None:
    """Delete a file that was replaced, or a content that no run has any more."""
    digest = path.rpartition("/")[2]
    of_contents = path.startswith(f"{FILES}/")
    if of_contents and db.execute("SELECT 1 FROM files WHERE digest = ?", (digest,)).fetchone() is not None:
        db.execute("DELETE FROM removals WHERE path = ?", (path,))  # a run has it again
        return
    with suppress(PermissionError):  # Windows keeps a file that somebody reads: the next seal deletes it
        layout.place(path).unlink(missing_ok=True)
        db.execute("DELETE FROM removals WHERE path = ?", (path,))
        if of_contents:
            db.execute("DELETE FROM contents WHERE digest = ?", (digest,))


def _synced(path: Path) -> None:
    """See a file on the disk, if it is there."""
    with suppress(FileNotFoundError), path.open("r+b") as file:
        os.fsync(file.fileno())


def _listed(folders: Iterable[Path]) -> None:
    """See folders on the disk: before the index forgets that files were to come there, and old ones are deleted."""
    for folder in folders if os.name == "posix" else ():  # Windows opens no folder
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")
