"""Ledger: how far a migration has come, a row for each run and file, in a SQLite file at the coordinator.

It only saves work: what it has lost is found again in the tokens of the target, and by proofs. docs/decisions/0009.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tracklayer.errors import MigrationError
from tracklayer.layers.journal.folder import PRIVATE, home
from tracklayer.migrate.jobs import FileCopied, FileJob, RunCopied
from tracklayer.migrate.news import Seen

#: The folder of ledgers, below that of the journals.
FOLDER = "migrations"
VERSION = 1
#: By what SQLite's file says that it is one, so that nobody else's is written to: "tlmg" in ASCII.
APPLICATION = 0x746C6D67
SCHEMA = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS experiments (id TEXT PRIMARY KEY, copy TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, copy TEXT NOT NULL, mark TEXT NOT NULL, whole INTEGER NOT NULL, digest TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (
    run TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT, PRIMARY KEY (run, path)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS series (
    run TEXT NOT NULL, key TEXT NOT NULL, count INTEGER NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (run, key)
) WITHOUT ROWID;
"""


def ledger_path(source: str, target: str) -> Path:
    """Where the ledger of a migration lies if nothing else is said: `$TRACKLAYER_HOME/migrations/DIGEST.db`."""
    digest = hashlib.sha256(f"{source}\n{target}".encode()).hexdigest()
    return home() / FOLDER / f"{digest[:16]}.db"


class Ledger:
    """One migration's, for one process at a time. Every call is kept at once: `kill -9` loses none."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    # -- experiments

    def making(self, experiment: str) -> None:
        """An experiment is about to be made at the target: if one of its name is there later, it is this."""
        self._db.execute("INSERT OR IGNORE INTO experiments VALUES (?, NULL)", (experiment,))

    def began(self, experiment: str) -> bool:
        """Was it?"""
        return self._one("SELECT 1 FROM experiments WHERE id = ?", experiment) is not None

    # -- runs

    def knows(self, run: str, copy: str) -> bool:
        """Is it known that the run's record was copied to `copy`, be it changed since?"""
        return self._one("SELECT 1 FROM runs WHERE id = ? AND copy = ?", run, copy) is not None

    def mark(self, run: str, copy: str) -> str | None:
        """The fingerprint of the run as it was copied to `copy`; None when it was not, or not whole."""
        return self._one("SELECT mark FROM runs WHERE id = ? AND copy = ? AND whole", run, copy)

    def stands(self, run: str, mark: str) -> bool:
        """Was the run copied whole as this fingerprint says it is?"""
        return self._one("SELECT 1 FROM runs WHERE id = ? AND mark = ? AND whole", run, mark) is not None

    def seen(self, run: str, copy: str) -> Mapping[str, Seen]:
        """What was copied of its series to `copy`, whole or not."""
        known = (
            "SELECT key, count, series.digest FROM series JOIN runs ON runs.id = series.run WHERE run = ? AND copy = ?"
        )
        return {key: Seen(count, digest) for key, count, digest in self._db.execute(known, (run, copy))}

    def has(self, file: FileJob, mark: str) -> bool:
        """Was the file copied, as it is now? `mark`: the fingerprint of its run as it is now."""
        row = self._db.execute(
            "SELECT size, sha256, mark FROM files JOIN runs ON runs.id = files.run"
            " WHERE run = ? AND copy = ? AND path = ?",
            (file.run, file.copy, file.path),
        ).fetchone()
        if row is None:
            return False
        size, sha256, noted = row
        return file.digest == f"sha256:{sha256}" or (mark == noted and file.size in {None, size})

    def record(self, done: RunCopied, coming: Iterable[FileJob] = ()) -> None:
        """A run is there but for its end and the files that are `coming`, which may have been there otherwise.

        Of one that is another's copy than before, all is forgotten.
        """
        with self._whole():
            if self._one("SELECT copy FROM runs WHERE id = ?", done.run) not in {None, done.copy}:
                self._forget(done.run)
            self._db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, 0, NULL)", (done.run, done.copy, done.mark))
            rows = ((done.run, key, one.count, one.digest) for key, one in done.seen.items())
            self._db.executemany("INSERT OR REPLACE INTO series VALUES (?, ?, ?, ?)", rows)
            old = ((file.run, file.path) for file in coming)
            self._db.executemany("DELETE FROM files WHERE run = ? AND path = ?", old)

    def filed(self, done: FileCopied) -> None:
        """A file is there."""
        row = (done.run, done.path, done.size, done.sha256)
        self._db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", row)

    def whole(self, run: str) -> None:
        """All of a run is there."""
        self._db.execute("UPDATE runs SET whole = 1 WHERE id = ?", (run,))

    def proven(self, run: str, digest: str) -> None:
        """It was read anew, and is the same."""
        self._db.execute("UPDATE runs SET digest = ? WHERE id = ?", (digest, run))

    def forget(self, run: str) -> None:
        """A run's copy is not what it was thought to be."""
        with self._whole():
            self._forget(run)

    # -- inside

    def _forget(self, run: str) -> None:
        for table, column in (("runs", "id"), ("files", "run"), ("series", "run")):
            self._db.execute(f"DELETE FROM {table} WHERE {column} = ?", (run,))  # noqa: S608 -- our own names

    def _one(self, query: str, *values: str | int) -> str | None:
        row = self._db.execute(query, values).fetchone()
        return None if row is None else row[0]

    @contextmanager
    def _whole(self) -> Iterator[None]:
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


@contextmanager
def opened(path: Path, source: str, target: str) -> Iterator[Ledger]:
    """The ledger at `path`, made if there is none; closed at the end. It holds no value of a run, only digests.

    * `MigrationError` for another migration's, for one that another process has open, and for what is no ledger.
    """
    db = _connected(path, {"version": str(VERSION), "source": source, "target": target})
    try:
        yield Ledger(db)
    finally:
        db.close()


def _connected(path: Path, about: Mapping[str, str]) -> sqlite3.Connection:
    db: sqlite3.Connection | None = None
    try:
        path.parent.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        db = sqlite3.connect(path, isolation_level=None, timeout=0.0, check_same_thread=False)
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        _check(db)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.executescript(f"BEGIN IMMEDIATE;PRAGMA application_id = {APPLICATION};{SCHEMA}COMMIT;")
        db.executemany("INSERT OR IGNORE INTO about VALUES (?, ?)", about.items())
        held = dict(db.execute("SELECT key, value FROM about"))
    except (OSError, sqlite3.Error) as error:
        if db is not None:
            db.close()
        raise MigrationError(_why(path, error)) from None
    if held != about:
        db.close()
        message = f"{path} is the ledger of another migration: from {held.get('source')} to {held.get('target')}"
        raise MigrationError(message)
    return db


def _check(db: sqlite3.Connection) -> None:
    """Is it empty, or a ledger? `sqlite3.Error`."""
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != APPLICATION:
        raise sqlite3.DatabaseError("it holds something else")


def _why(path: Path, error: Exception) -> str:
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return f"another process is at work on this migration: its ledger {path} is locked"
    return f"cannot use the ledger {path}: {error}"
