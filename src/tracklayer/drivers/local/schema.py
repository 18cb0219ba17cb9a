"""The tables of a store, by version, and how an older store is brought forward."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from tracklayer.errors import InvalidInput

#: SQL statements that bring a store from one version to the next.
Migration: TypeAlias = Sequence[str]

#: "tlay": how SQLite's header says whose file it is (https://www.sqlite.org/pragma.html#pragma_application_id).
APPLICATION = 0x746C6179

# Moments are microseconds since 1970 UTC, times of points nanoseconds. Columns without a type keep what they are given:
# SQLite turns -0.0 into 0 in a REAL column, and NaN into NULL in any. https://www.sqlite.org/datatype3.html
FIRST: Migration = (
    """CREATE TABLE experiments (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        description TEXT,
        created INTEGER NOT NULL,
        deleted INTEGER NOT NULL DEFAULT 0
    )""",
    """CREATE TABLE experiment_tags (
        experiment INTEGER NOT NULL REFERENCES experiments,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (experiment, key)
    ) WITHOUT ROWID""",
    """CREATE TABLE runs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        experiment INTEGER NOT NULL REFERENCES experiments,
        token TEXT NOT NULL UNIQUE,
        name TEXT,
        status TEXT NOT NULL,
        started INTEGER NOT NULL,
        ended INTEGER,
        parent TEXT,
        description TEXT,
        user TEXT,
        source TEXT,
        deleted INTEGER NOT NULL DEFAULT 0
    )""",
    "CREATE INDEX runs_by_start ON runs (started, id)",
    "CREATE INDEX runs_of_experiment ON runs (experiment, started, id)",
    """CREATE TABLE tags (
        run INTEGER NOT NULL REFERENCES runs,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (run, key)
    ) WITHOUT ROWID""",
    # kind: str, int, float or bool. An int beyond 64 bits is kept as its decimal text, NaN as NULL.
    """CREATE TABLE params (
        run INTEGER NOT NULL REFERENCES runs,
        key TEXT NOT NULL,
        kind TEXT NOT NULL,
        value,
        PRIMARY KEY (run, key)
    ) WITHOUT ROWID""",
    # dataset: JSON.
    """CREATE TABLE inputs (
        number INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs,
        dataset TEXT NOT NULL,
        UNIQUE (run, dataset)
    )""",
    # A metric of a run in short. last: NULL is NaN; lowest, highest: NULL is none.
    """CREATE TABLE series (
        number INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs,
        key TEXT NOT NULL,
        count INTEGER NOT NULL DEFAULT 0,
        last_step INTEGER,
        last_time INTEGER,
        last,
        lowest,
        highest,
        UNIQUE (run, key)
    )""",
    # The points of a series: see chunks.py. first, last: ranks. The columns are little-endian.
    """CREATE TABLE chunks (
        number INTEGER PRIMARY KEY,
        series INTEGER NOT NULL REFERENCES series,
        first BLOB NOT NULL,
        last BLOB NOT NULL,
        count INTEGER NOT NULL,
        steps BLOB NOT NULL,
        times BLOB NOT NULL,
        vals BLOB NOT NULL,
        UNIQUE (series, last)
    )""",
    # kind: run or experiment; owner: its number.
    """CREATE TABLE sidecars (
        kind TEXT NOT NULL,
        owner INTEGER NOT NULL,
        key TEXT NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (kind, owner, key)
    )""",
    # digest: SHA-256 in hex, the name of the file beside the store.
    """CREATE TABLE files (
        run INTEGER NOT NULL REFERENCES runs,
        path TEXT NOT NULL,
        digest TEXT NOT NULL,
        size INTEGER NOT NULL,
        media_type TEXT,
        PRIMARY KEY (run, path)
    ) WITHOUT ROWID""",
    "CREATE INDEX files_by_digest ON files (digest)",
)

_LOOSE = """CREATE TRIGGER {table}_{event} AFTER {event} ON {table}
    BEGIN UPDATE runs SET packed = NULL WHERE number = {row}.run AND packed IS NOT NULL; END"""

# packed: the params and the summaries of a run that is done with (it has ended, or came with an archive), so that lists
# of runs read one row instead of dozens; NULL: they are read from their tables. Whoever changes one of those, the
# triggers take it away.
SECOND: Migration = (
    "ALTER TABLE runs ADD COLUMN packed BLOB",
    *(
        _LOOSE.format(table=table, event=event, row=row)
        for table in ("params", "series")
        for event, row in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old"))
    ),
)

#: The first makes a store of version 1, the next brings it to version 2, and so on. Never change one that was released.
MIGRATIONS: Sequence[Migration] = (FIRST, SECOND)


#: Seconds to try to change the journal's mode, and between two tries: the change itself takes a few milliseconds.
WAL_PATIENCE, WAL_PAUSE = 10.0, 0.01


class NewerStore(Exception):
    """The store was made by a later tracklayer."""


def prepare(db: sqlite3.Connection, path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring a store to the version of this code; nothing happens when it is there.

    * An empty file becomes a store. All migrations that are missing happen in one transaction.
    * `NewerStore` for a later version, `InvalidInput` for an SQLite file of another program: neither is touched.
    """
    with transaction(db, "BEGIN"):
        version = _version(db, path, len(migrations))
    if version == len(migrations):
        return
    _into_wal(db)
    with transaction(db, "BEGIN IMMEDIATE"):
        for migration in migrations[_version(db, path, len(migrations)) :]:
            for statement in migration:
                db.execute(statement)
        db.execute(f"PRAGMA application_id={APPLICATION}")
        db.execute(f"PRAGMA user_version={len(migrations)}")


@contextmanager
def transaction(db: sqlite3.Connection, begin: str) -> Iterator[None]:
    """All of the block, or nothing. `begin`: BEGIN to read, BEGIN IMMEDIATE to write."""
    db.execute(begin)
    try:
        yield
        db.commit()
    except BaseException:
        db.rollback()
        raise


def _into_wal(db: sqlite3.Connection) -> None:
    """Let readers and a writer work at once. SQLite does not wait here itself when several processes try at once."""
    until = time.monotonic() + WAL_PATIENCE
    while (refusal := _refused_wal(db)) is not None:
        if time.monotonic() > until:
            raise refusal
        time.sleep(WAL_PAUSE)


def _refused_wal(db: sqlite3.Connection) -> sqlite3.OperationalError | None:
    try:
        db.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        return error
    return None


def _version(db: sqlite3.Connection, path: Path, known: int) -> int:
    application = int(db.execute("PRAGMA application_id").fetchone()[0])
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    tables = int(db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    if application != APPLICATION and (application or version or tables):
        message = (
            f"local: {path} is an SQLite file of another program: give the path of a tracklayer store, or a new one"
        )
        raise InvalidInput(message)
    if version > known:
        message = f"the store is of version {version}, and this tracklayer knows versions up to {known}"
        raise NewerStore(message)
    return version
