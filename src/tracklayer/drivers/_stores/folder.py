"""Files in a folder of this machine: a server that leaves its artifacts to its clients, beside it or on a shared disk.

* A path never leads out of the run's folder, through a symbolic link neither.
* A file appears whole or not at all: it is written beside its place and moved there.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit
from urllib.request import url2pathname

from tracklayer.drivers._stores.files import Entry
from tracklayer.errors import (
    Conflict,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    Rejected,
    Unavailable,
)
from tracklayer.spi import Rule, translating

#: How the name of a file ends that is still being written.
UNFINISHED = ".tracklayer-part"

WRITING = (
    Rule(IsADirectoryError, Conflict),
    Rule(NotADirectoryError, Conflict),
    Rule(FileExistsError, Conflict),
    Rule(PermissionError, PermissionDenied),
    Rule(OSError, QuotaExceeded, lambda error: error.errno in {errno.ENOSPC, errno.EDQUOT}),
    Rule(OSError, Rejected, lambda error: error.errno in {errno.ENAMETOOLONG, errno.EINVAL}),
    Rule(OSError, Unavailable, retryable=False),
)
READING = (
    Rule(FileNotFoundError, NotFound),
    Rule(IsADirectoryError, NotFound),
    Rule(NotADirectoryError, NotFound),
    *WRITING,
)


class FolderFiles:
    """Roots of the scheme `file`, and plain paths."""

    def __init__(self, provider: str = "mlflow") -> None:
        self._provider = provider

    def why_not(self, root: str) -> str | None:
        """Only a folder that is on this machine: elsewhere MLflow's client makes one that nobody will look into."""
        folder = _folder(root)
        if folder is None:
            return ""
        # The store's folder is made when its server starts, an experiment's and a run's with their first file.
        above = 3 if folder.name == "artifacts" else 1
        near = (folder, *list(folder.parents)[:above])
        if any(place.is_dir() for place in near if place != Path(folder.anchor)):
            return None
        return (
            f"its files lie in {folder}, a folder of the server's own machine; start the server with --serve-artifacts"
        )

    def put(self, root: str, path: str, data: BinaryIO) -> None:
        """Store a file. `Conflict` where a folder has its name, or a file the name of its folder."""
        with self._translating("artifacts/put", writing=True):
            target = self._inside(root, path, "artifacts/put")
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_name(f"{secrets.token_hex(8)}{UNFINISHED}")
            try:
                with unfinished.open("xb") as file:
                    shutil.copyfileobj(data, file, 2**20)
                unfinished.replace(target)
            finally:
                unfinished.unlink(missing_ok=True)

    def open(self, root: str, path: str) -> BinaryIO:
        """A file as a stream."""
        with self._translating("artifacts/open", writing=False):
            return self._inside(root, path, "artifacts/open").open("rb")

    def entries(self, root: str, folder: str) -> Sequence[Entry]:
        """What a folder holds. A link to a folder, or out of the root, is left out."""
        with self._translating("artifacts/list", writing=False):
            top = _here(root).resolve()
            place = top / folder
            if not place.is_dir() or not _within(place, top):
                return []
            with os.scandir(place) as found:
                return [one for entry in found if (one := _entry(entry, top)) is not None]

    def close(self) -> None:
        """It holds none."""

    def _inside(self, root: str, path: str, operation: str) -> Path:
        top = _here(root).resolve()
        target = top / path
        if not _within(target, top):
            message = f"{path!r} leads out of the run's folder, through a symbolic link"
            raise PermissionDenied(message, provider=self._provider, operation=operation)
        return target

    @contextmanager
    def _translating(self, operation: str, *, writing: bool) -> Iterator[None]:
        with translating(WRITING if writing else READING, provider=self._provider, operation=operation):
            yield


def _entry(entry: os.DirEntry[str], top: Path) -> Entry | None:
    if entry.name.endswith(UNFINISHED):
        return None
    if entry.is_dir(follow_symlinks=False):
        return Entry(entry.name, is_folder=True)
    with suppress(OSError):  # a link to nowhere, or in a circle
        if _within(Path(entry.path), top) and entry.is_file():
            return Entry(entry.name, is_folder=False, size=entry.stat().st_size)
    return None


def _within(path: Path, top: Path) -> bool:
    try:
        return path.resolve().is_relative_to(top)
    except RuntimeError:  # links in a circle, before Python 3.13
        return False


def _here(root: str) -> Path:
    folder = _folder(root)
    assert folder is not None, root  # noqa: S101 -- `why_not` was asked before
    return folder


def _folder(root: str) -> Path | None:
    """The folder that a root names; None for a root of another kind, or a relative one."""
    parts = urlsplit(root)
    if parts.scheme == "file":
        if parts.netloc not in {"", "localhost"}:
            return None
        path = url2pathname(parts.path)
    elif parts.scheme == "" or len(parts.scheme) == 1:  # a letter is a drive of Windows
        path = root
    else:
        return None
    folder = Path(path)
    return folder if folder.is_absolute() else None
