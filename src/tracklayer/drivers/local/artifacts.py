"""The files of runs: beside the store in `STORE.artifacts/`, each content once, under its SHA-256.

* A file is written under a name of its own, and gets its true name within the transaction that notes it: whoever sees
  the note finds the file.
* A content that no run has any more is deleted in a transaction that sees this, so no writer can take it up meanwhile.
* What a process left half-written when it was killed is deleted after a day.
"""

from __future__ import annotations

import hashlib
import mimetypes
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from tracklayer.errors import InvalidInput
from tracklayer.model import Artifact

#: Bytes that are held of a file at once.
BUFFER = 1 << 20
#: Seconds after which a half-written file is nobody's any more: longer than any upload.
FORGOTTEN = 86_400
PAGE = 1_000


@dataclass(frozen=True)
class Received:
    """A file on the disk that no run has yet."""

    path: Path
    digest: str
    size: int


class Folder:
    """The contents beside one store."""

    def __init__(self, store: Path) -> None:
        self.root = store.with_name(f"{store.name}.artifacts")

    def place(self, digest: str) -> Path:
        """Where a content is: 256 folders keep each of them short."""
        return self.root / digest[:2] / digest

    @contextmanager
    def receive(self, data: BinaryIO) -> Iterator[Received]:
        """Stream a file to the disk; it is deleted at the end unless it was taken away."""
        coming = self.root / "incoming"
        self.root.mkdir(mode=0o700, exist_ok=True)
        coming.mkdir(mode=0o700, exist_ok=True)
        self._tidy(coming)
        path = coming / uuid4().hex
        digest, size = hashlib.sha256(), 0
        try:
            with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                for piece in _pieces(data):
                    digest.update(piece)
                    size += file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            yield Received(path, digest.hexdigest(), size)
        finally:
            path.unlink(missing_ok=True)

    def keep(self, received: Received) -> None:
        """Give a file its true name, unless its content is there. Within a writing transaction."""
        place = self.place(received.digest)
        if not place.exists():
            place.parent.mkdir(mode=0o700, exist_ok=True)
            received.path.replace(place)

    def open(self, digest: str) -> BinaryIO | None:
        """A content to be read; None if it is not there."""
        try:
            return self.place(digest).open("rb")
        except FileNotFoundError:
            return None

    def drop(self, db: sqlite3.Connection, digest: str) -> None:
        """Delete a content if no run has it. Within a writing transaction."""
        if db.execute("SELECT 1 FROM files WHERE digest = ?", (digest,)).fetchone() is None:
            with suppress(PermissionError):  # Windows keeps a file that somebody reads; it stays, unseen
                self.place(digest).unlink(missing_ok=True)

    @staticmethod
    def _tidy(coming: Path) -> None:
        for left in coming.iterdir():
            with suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > FORGOTTEN:
                    left.unlink()


def _pieces(data: BinaryIO) -> Iterator[bytes]:
    """What is given, a buffer at a time. `InvalidInput` when it cannot be read: that is no fault of the store."""
    while True:
        try:
            piece = data.read(BUFFER)
        except OSError as error:
            message = f"the file to be stored cannot be read: {error}"
            raise InvalidInput(message) from error
        if not piece:
            return
        yield piece


def note(db: sqlite3.Connection, run: int, path: str, received: Received) -> str | None:
    """Note a file of a run; the digest that it had before, if it was another."""
    before = db.execute("SELECT digest FROM files WHERE run = ? AND path = ?", (run, path)).fetchone()
    db.execute(
        "INSERT OR REPLACE INTO files (run, path, digest, size, media_type) VALUES (?, ?, ?, ?, ?)",
        (run, path, received.digest, received.size, mimetypes.guess_type(path)[0]),
    )
    return None if before is None or before[0] == received.digest else str(before[0])


def digest_of(db: sqlite3.Connection, run: int, path: str) -> str | None:
    """The digest of a file of a run."""
    row = db.execute("SELECT digest FROM files WHERE run = ? AND path = ?", (run, path)).fetchone()
    return None if row is None else str(row[0])


def in_the_way(db: sqlite3.Connection, run: int, path: str) -> str | None:
    """The file that keeps `path` from being one too: `a` is in the way of `a/b`, and the other way round."""
    parts = path.split("/")
    for folder in ("/".join(parts[:depth]) for depth in range(1, len(parts))):
        if digest_of(db, run, folder) is not None:
            return folder
    row = db.execute(
        "SELECT path FROM files WHERE run = ? AND path > ? AND path < ? LIMIT 1",
        (run, f"{path}/", f"{path}0"),  # "0" follows "/"
    ).fetchone()
    return None if row is None else str(row[0])


def page(db: sqlite3.Connection, run: int, after: str) -> tuple[list[Artifact], bool]:
    """Files of a run, by path; and are there more?"""
    rows = db.execute(
        "SELECT path, size, digest, media_type FROM files WHERE run = ? AND path > ? ORDER BY path LIMIT ?",
        (run, after, PAGE + 1),
    ).fetchall()
    found = [
        Artifact(path=path, size=size, digest=f"sha256:{digest}", media_type=media_type)
        for path, size, digest, media_type in rows[:PAGE]
    ]
    return found, len(rows) > PAGE
