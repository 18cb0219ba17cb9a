"""A lock between processes, and between the threads of one: who seals an archive, holds it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _take(fd: int, *, wait: bool) -> bool:
        """Windows itself waits ten seconds, then refuses."""
        while True:
            try:
                msvcrt.locking(fd, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:  # noqa: PERF203 -- it is tried again and again
                if not wait:
                    return False
            else:
                return True

    def _give(fd: int) -> None:
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(fd: int, *, wait: bool) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def _give(fd: int) -> None:
        """Said, not left to `close`: a forked child may hold the same description of the file."""
        fcntl.flock(fd, fcntl.LOCK_UN)


_mine = threading.local()


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock in the block. `wait=False`: do not wait for whoever has it; False says that somebody has.

    A thread that holds it already holds it still.
    """
    held: set[Path] = _mine.__dict__.setdefault("held", set())
    if path in held:
        yield True
        return
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _take(fd, wait=wait):
            yield False
            return
        held.add(path)
        try:
            yield True
        finally:
            held.discard(path)
            _give(fd)
    finally:
        os.close(fd)
