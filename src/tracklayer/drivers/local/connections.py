"""Connections to one store: each in the hands of one thread at a time, and never of another process.

* A connection is lent for one transaction. Those that are free wait for the next thread that asks.
* SQLite forbids to carry a connection over a fork, and even to close it there: what it knows of the locks of a file
  would be wrong in the child (https://www.sqlite.org/howtocorrupt.html, 2.6). So before a fork all transactions end,
  and all connections are closed.
* A store that was deleted or replaced meanwhile is opened anew.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Lock, RLock, get_ident
from typing import NamedTuple
from weakref import WeakSet

from tracklayer.drivers.local.schema import transaction
from tracklayer.errors import InvalidInput

#: Seconds to wait for another process's write: a write of a million points takes a few.
PATIENCE = 10.0

_forking = RLock()
_opening = Lock()
_all: WeakSet[Connections] = WeakSet()


class _Opened(NamedTuple):
    db: sqlite3.Connection
    file: tuple[int, int] | None


class Connections:
    """Lends connections to the store at `path`. `prepare` is called with each new one.

    * `mode`: how the file is opened, as SQLite's URIs say it.
    """

    mode = "mode=rw"

    def __init__(
        self, path: Path, prepare: Callable[[sqlite3.Connection, Path], None], patience: float = PATIENCE
    ) -> None:
        self.path = path
        self._prepare = prepare
        self._patience = patience
        self._changed = Condition()
        self._hushed = False
        self._closings = 0
        self._busy: set[int] = set()
        self._free: list[_Opened] = []
        with _forking:
            _all.add(self)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A transaction that sees one state of the store throughout. `FileNotFoundError` without a store."""
        with self._lent("BEGIN", create=False) as db:
            yield db

    @contextmanager
    def writing(self, *, create: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction that writes; all or nothing. `create`: make the store if there is none."""
        with self._lent("BEGIN IMMEDIATE", create=create) as db:
            yield db

    def close(self) -> None:
        """Close all connections: those that are lent, when they come back. The next transaction opens a new one."""
        with self._changed:
            self._closings += 1
            while self._free:
                self._free.pop().db.close()

    def __del__(self) -> None:
        """Nobody is left to lend to: close, before SQLite's own finalizer warns that nobody did."""
        self.close()

    def locate(self, *, create: bool) -> None:
        """See to it that there is a file at `path`. `FileNotFoundError`, unless it may be made."""
        # POSIX drops all locks of a process on a file when it closes any descriptor of it. So nobody may use a store
        # while `_make` still holds its own descriptor. https://www.sqlite.org/howtocorrupt.html, 2.2
        with _opening:
            if self.path.is_dir():
                message = (
                    f"local: {self.path} is a folder: give the path of a file in it, such as {self.path / 'store.db'}"
                )
                raise InvalidInput(message)
            if create:
                _make(self.path)
            if not self.path.exists():
                raise FileNotFoundError(errno.ENOENT, "there is no store", str(self.path))

    # -- lending

    @contextmanager
    def _lent(self, begin: str, *, create: bool) -> Iterator[sqlite3.Connection]:
        with self._changed:
            self._changed.wait_for(lambda: not self._hushed)
            self._busy.add(get_ident())
            closings = self._closings
        opened: _Opened | None = None
        whole = True
        try:
            opened = self._take() or self._open(create=create)
            with transaction(opened.db, begin):
                yield opened.db
        except sqlite3.Error:
            whole = False
            raise
        finally:
            with self._changed:
                if opened is not None:
                    keep = whole and closings == self._closings
                    self._free.append(opened) if keep else opened.db.close()
                self._busy.discard(get_ident())
                self._changed.notify_all()

    def _take(self) -> _Opened | None:
        """A free connection to the file that is there now."""
        file = _identity(self.path)
        with self._changed:
            while self._free:
                opened = self._free.pop()
                if opened.file == file:
                    return opened
                opened.db.close()
        return None

    def _open(self, *, create: bool) -> _Opened:
        self.locate(create=create)
        db = sqlite3.connect(
            f"{self.path.as_uri()}?{self.mode}",
            uri=True,
            timeout=self._patience,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            db.row_factory = sqlite3.Row
            # A power cut may take the last transactions, never the store: https://www.sqlite.org/pragma.html#pragma_synchronous
            db.execute("PRAGMA synchronous=NORMAL")
            db.execute("PRAGMA foreign_keys=ON")
            self._prepare(db, self.path)
        except BaseException:
            db.close()
            raise
        return _Opened(db, _identity(self.path))

    # -- forks

    def _hush(self) -> None:
        """Let no transaction begin, wait for those of other threads, close all connections."""
        with self._changed:
            self._hushed = True
            self._changed.wait_for(lambda: not self._busy - {get_ident()})
            self.close()

    def _speak(self) -> None:
        """Let transactions begin again."""
        with self._changed:
            self._hushed = False
            self._changed.notify_all()

    def _reborn(self) -> None:
        """In the child of a fork: no other thread is there, whatever locks they held."""
        self._changed = Condition()
        self._hushed = False
        self._busy = set()


def _make(path: Path) -> None:
    """An empty file that only its owner can read, in a folder likewise, unless they are there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _before_fork() -> None:
    _forking.acquire()
    for connections in _all:
        connections._hush()  # noqa: SLF001 -- this module's own


def _after_fork() -> None:
    for connections in _all:
        connections._speak()  # noqa: SLF001 -- likewise
    _forking.release()


def _after_fork_in_child() -> None:
    global _forking, _opening  # another thread may have held them
    _forking, _opening = RLock(), Lock()
    for connections in _all:
        connections._reborn()  # noqa: SLF001 -- likewise


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child)
