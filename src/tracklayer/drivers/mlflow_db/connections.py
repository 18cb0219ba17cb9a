"""Read-only connections to one SQLite file: one a thread and process, and what goes wrong with them, in our words."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tracklayer.errors import NotFound, PermissionDenied, ProviderError, Unavailable

#: Bytes 18 and 19 of a file in WAL mode: https://www.sqlite.org/fileformat2.html#file_format_version_numbers.
WAL = b"\2\2"


class Connections:
    """The connections of one driver. `provider`: what errors say.

    * Where a file is in WAL mode, SQLite would make two files beside it to read it. While there is no log, nobody
      writes to it, and it is opened as one that does not change; when that is over, it is opened anew.
    """

    def __init__(self, path: Path, provider: str) -> None:
        self._path = path
        self._provider = provider
        self._own = threading.local()
        self._lock = threading.Lock()
        self._all: list[sqlite3.Connection] = []

    @contextmanager
    def reading(self, operation: str) -> Iterator[sqlite3.Connection]:
        """A connection within one transaction, so that all that is read is of one moment. `ProviderError`."""
        try:
            db = self._mine()
            db.execute("BEGIN")
            try:
                yield db
            finally:
                db.rollback()
        except sqlite3.Error as error:
            raise self._ours(error, operation) from error

    def _mine(self) -> sqlite3.Connection:
        own, state = self._own, (os.getpid(), self._still())  # a connection is not carried across a fork
        if getattr(own, "state", None) != state:
            how = "mode=ro" if state[1] is None else "mode=ro&immutable=1"
            db = sqlite3.connect(
                f"{self._path.as_uri()}?{how}", uri=True, isolation_level=None, check_same_thread=False
            )
            db.text_factory = lambda data: data.decode(errors="replace")
            db.execute("PRAGMA trusted_schema = OFF")  # the file may be anybody's
            with self._lock:
                self._all.append(db)
            own.state, own.db = state, db
        found: sqlite3.Connection = own.db
        return found

    def _still(self) -> int | None:
        """When the file was last written to, if it is in WAL mode and nobody writes to it now; None otherwise."""
        try:
            with self._path.open("rb") as file:
                quiet = file.read(20)[18:] == WAL and not Path(f"{self._path}-wal").exists()
            return self._path.stat().st_mtime_ns if quiet else None
        except OSError:  # told when it is opened
            return None

    def _ours(self, error: sqlite3.Error, operation: str) -> ProviderError:
        said = str(error)
        kind: type[ProviderError] = Unavailable
        advice, retryable = "copy it away with its -wal or -journal file, and try `sqlite3 FILE .recover`", False
        if not self._path.is_file():
            kind, said, advice = NotFound, "there is no such file", "check the path"
        elif "locked" in said:
            advice, retryable = "another process is writing to it; try again", True
        elif "no such" in said:
            said, advice = f"is no database of MLflow's ({said})", "give the file behind sqlite:/// of MLflow's URI"
        elif "unable to open" in said or "readonly" in said:
            kind = PermissionDenied
            advice = "check who owns it; if a writer died, let MLflow open it once, so that SQLite recovers it"
        message = f"{self._path}: {said}: {advice}"
        return kind(message, provider=self._provider, operation=operation, retryable=retryable)

    def close(self) -> None:
        """Close all connections. A later call opens new ones."""
        with self._lock:
            connections, self._all = self._all, []
            self._own = threading.local()
        for db in connections:
            with closing(db):
                pass
