"""What SQLite and the file system say, as errors of ours that tell where and what to do."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tracklayer.drivers.local.chunks import DamagedChunk
from tracklayer.drivers.local.schema import NewerStore
from tracklayer.errors import NotFound, PermissionDenied, ProviderError, QuotaExceeded, Unavailable
from tracklayer.spi import Rule, translated


@dataclass(frozen=True)
class Advised(Rule):
    """A row of the table, and what its reader can do about it."""

    advice: str = ""


def _saying(*texts: str) -> Callable[[Exception], bool]:
    """SQLite's result codes reach Python 3.10 as these texts only: https://www.sqlite.org/rescode.html."""
    return lambda native: any(text in str(native) for text in texts)


def _numbered(*codes: int) -> Callable[[OSError], bool]:
    return lambda native: native.errno in codes


FULL = "make room on the disk, then try again"
CLOSED = "check who owns the file and its folder, and that they can be written to"
DAMAGED = "copy it away with its -wal file, then try `sqlite3 FILE .recover`, or go back to a backup"

#: The first row that matches counts.
TABLE: Sequence[Advised] = (
    Advised(NewerStore, Unavailable, retryable=False, advice="upgrade tracklayer"),
    Advised(DamagedChunk, Unavailable, retryable=False, advice=DAMAGED),
    Advised(
        sqlite3.OperationalError,
        Unavailable,
        when=_saying("locked", "locking protocol"),
        advice="another process is writing to it; try again",
    ),
    Advised(sqlite3.OperationalError, QuotaExceeded, when=_saying("is full"), advice=FULL),
    Advised(sqlite3.OperationalError, PermissionDenied, when=_saying("readonly", "unable to open"), advice=CLOSED),
    Advised(sqlite3.OperationalError, Unavailable, when=_saying("disk I/O"), advice="check the disk, then try again"),
    Advised(
        sqlite3.DatabaseError, Unavailable, retryable=False, when=_saying("malformed", "not a database"), advice=DAMAGED
    ),
    Advised(FileNotFoundError, NotFound, advice="log a run to it first, or check the path"),
    Advised(OSError, QuotaExceeded, when=_numbered(errno.ENOSPC, errno.EDQUOT, errno.EFBIG), advice=FULL),
    Advised(OSError, PermissionDenied, when=_numbered(errno.EACCES, errno.EPERM, errno.EROFS), advice=CLOSED),
    Advised(sqlite3.Error, Unavailable, retryable=False, advice="please report it"),
    Advised(OSError, Unavailable, advice="check the disk, then try again"),
)


@contextmanager
def calling(path: Path, operation: str, provider: str = "local") -> Iterator[None]:
    """Within the block, native errors become ours: with the path, an advice, and the native one as cause."""
    try:
        yield
    except (sqlite3.Error, OSError, NewerStore, DamagedChunk) as native:
        raise _ours(native, path, operation, provider) from native


def _ours(native: Exception, path: Path, operation: str, provider: str) -> ProviderError:
    for row in TABLE:
        ours = translated([row], native, provider=provider, operation=operation)
        if ours is not None:
            said = native.strerror if isinstance(native, OSError) and native.strerror else ours.message
            message = f"{path}: {said}: {row.advice}"
            return type(ours)(message, provider=provider, operation=operation, retryable=ours.retryable)
    raise AssertionError(native)  # the last two rows take everything that `calling` catches
