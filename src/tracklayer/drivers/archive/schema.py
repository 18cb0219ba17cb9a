"""What the index of an archive has beyond the tables of a local store: what is sealed where, and what is not.

A chunk whose columns lie in a sealed file has two integers in their place: `steps` is the part, `times` the row where
it begins there.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tracklayer.drivers.local import schema

#: Table -> the column that names the run that a row is of.
_OF_A_RUN = {"tags": "run", "params": "run", "inputs": "run", "series": "run", "files": "run"}
# Written so that it does the same whatever the statement that fires it says of conflicts, which would count here too:
# https://www.sqlite.org/lang_createtrigger.html
_TRIGGER = """CREATE TRIGGER {table}_{kind}_{event} AFTER {event} ON {table} WHEN {when} AND NOT EXISTS (
        SELECT 1 FROM dirty, state WHERE kind = '{kind}' AND owner = {owner} AND dirty.generation = state.generation)
    BEGIN
        DELETE FROM dirty WHERE kind = '{kind}' AND owner = {owner};
        INSERT INTO dirty SELECT '{kind}', {owner}, generation FROM state;
    END"""


def _trigger(table: str, event: str, kind: str, owner: str, when: str = "1") -> str:
    return _TRIGGER.format(table=table, event=event, kind=kind, owner=owner, when=f"({when})")


_RUN_FIELDS = ("name", "description", "status", "ended", "deleted")

OWN: schema.Migration = (
    # Whose rows are not sealed as they are now. kind: run or experiment; generation: of the last change.
    "CREATE TABLE dirty (kind TEXT, owner INTEGER, generation INTEGER, PRIMARY KEY (kind, owner)) WITHOUT ROWID",
    # In which part the rows of a run or an experiment are sealed.
    "CREATE TABLE parts (kind TEXT, owner INTEGER, part INTEGER NOT NULL, PRIMARY KEY (kind, owner)) WITHOUT ROWID",
    "CREATE INDEX parts_by_number ON parts (kind, part)",
    # The files of the tables, as the manifest has them. kind: run, experiment or points.
    "CREATE TABLE sealed (path TEXT PRIMARY KEY, kind TEXT NOT NULL, part INTEGER NOT NULL) WITHOUT ROWID",
    # Files of points. dead: some of its rows stand elsewhere by now.
    "CREATE TABLE point_parts (part INTEGER PRIMARY KEY, rows INTEGER NOT NULL, dead INTEGER NOT NULL DEFAULT 0)",
    # The contents of files that a sealed table names. placed: in `files/`, where they belong.
    "CREATE TABLE contents (digest TEXT PRIMARY KEY, placed INTEGER NOT NULL) WITHOUT ROWID",
    # Files that the manifest has no more, to be deleted.
    "CREATE TABLE removals (path TEXT PRIMARY KEY) WITHOUT ROWID",
    # head: the digest of the manifest's last line, once `pending` (whole lines) stands in it. part: the last number.
    # generation: what was changed before it went up is in the next seal.
    """CREATE TABLE state (
        number INTEGER PRIMARY KEY CHECK (number = 1),
        head TEXT,
        sequence INTEGER NOT NULL DEFAULT -1,
        part INTEGER NOT NULL DEFAULT 0,
        generation INTEGER NOT NULL DEFAULT 1,
        pending TEXT
    )""",
    "INSERT INTO state (number) VALUES (1)",
    "CREATE INDEX open_chunks ON chunks (number) WHERE typeof(steps) = 'blob'",
    "CREATE INDEX sealed_chunks ON chunks (steps) WHERE typeof(steps) = 'integer'",
    *(
        _trigger(table, event, "run", f"NEW.{run}")
        for table, run in _OF_A_RUN.items()
        for event in ("INSERT", "UPDATE")
    ),
    _trigger("runs", "INSERT", "run", "NEW.number"),
    _trigger(
        "runs",
        "UPDATE",
        "run",
        "NEW.number",
        " OR ".join(f"OLD.{field} IS NOT NEW.{field}" for field in _RUN_FIELDS),
    ),
    _trigger("experiments", "INSERT", "experiment", "NEW.number"),
    _trigger("experiments", "UPDATE", "experiment", "NEW.number", "OLD.deleted IS NOT NEW.deleted"),
    _trigger("sidecars", "INSERT", "run", "NEW.owner", "NEW.kind = 'run'"),
    _trigger("sidecars", "INSERT", "experiment", "NEW.owner", "NEW.kind = 'experiment'"),
    """CREATE TRIGGER chunks_moved AFTER DELETE ON chunks WHEN typeof(OLD.steps) = 'integer'
        BEGIN UPDATE point_parts SET dead = 1 WHERE part = OLD.steps; END""",
)

#: Never change what was released: an index that is not of these is made anew from the sealed tables.
MIGRATIONS = (schema.FIRST, OWN, schema.SECOND)


def prepare(db: sqlite3.Connection, path: Path) -> None:
    """Bring an index to the version of this code, as `local.schema.prepare` does."""
    if not path.stat().st_size:  # a new file: what is sealed leaves its room
        db.execute("PRAGMA auto_vacuum=INCREMENTAL")
    schema.prepare(db, path, MIGRATIONS)


def unsealed(db: sqlite3.Connection) -> tuple[int, int, int]:
    """What is not sealed yet: how many experiments and runs were changed, how many points came."""
    runs, experiments = (
        db.execute("SELECT count(*) FROM dirty WHERE kind = ?", (kind,)).fetchone()[0] for kind in ("run", "experiment")
    )
    points = db.execute("SELECT coalesce(sum(count), 0) FROM chunks WHERE typeof(steps) = 'blob'").fetchone()[0]
    return experiments, runs, points
