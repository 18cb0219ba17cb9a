"""Where everything of an archive is.

::

    README.md                what this folder is, for who finds it
    manifest.jsonl           the chain: which tables there are, and the SHA-256 of each
    runs/00000002.parquet    a table, in parts; likewise params/, tags/, metrics/, points/ ...
    files/3f/3f79bb7b...     the contents of files, by SHA-256
    .working/                what is not sealed yet, and an index: not part of the archive
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from tracklayer.drivers.archive.errors import Damaged

#: A table's file as the manifest names it. Nothing else is ever read or written at the manifest's word.
PART = re.compile(r"[a-z_]{1,40}/[0-9]{8,18}\.parquet")
DIGEST = re.compile(r"[0-9a-f]{64}")
README = "README.md"
MANIFEST = "manifest.jsonl"
FILES = "files"
WORKING = ".working"


def part_path(table: str, part: int) -> str:
    """The file of one part of a table, relative to the archive."""
    return f"{table}/{part:08}.parquet"


def content_path(digest: str) -> str:
    """The file of a content, relative to the archive: 256 folders keep each of them short. `Damaged` for no digest."""
    if DIGEST.fullmatch(digest) is None:
        raise Damaged(f"a content is named {digest[:80]!r}, which is no SHA-256")
    return f"{FILES}/{digest[:2]}/{digest}"


def legal(path: str) -> bool:
    """Is it the path of a table's file, or of the note? What a manifest names is read, moved and deleted."""
    return path == README or PART.fullmatch(path) is not None


@dataclass(frozen=True)
class Layout:
    """The places of one archive. `root`: its folder, absolute."""

    root: Path

    @property
    def manifest(self) -> Path:
        """The chain."""
        return self.root / MANIFEST

    @property
    def working(self) -> Path:
        """The folder of what is not sealed yet."""
        return self.root / WORKING

    @property
    def store(self) -> Path:
        """The index, and what is not sealed yet: a local store with more tables."""
        return self.working / "store.db"

    @property
    def lock(self) -> Path:
        """Held by who seals."""
        return self.working / "lock"

    @property
    def staged(self) -> Path:
        """Files that are whole, but not in their place yet."""
        return self.working / "staged"

    def place(self, path: str) -> Path:
        """The place of a sealed file. `Damaged` for a path that is none of an archive: an index may say anything."""
        digest = path.rpartition("/")[2]
        if not legal(path) and path != content_path(digest):
            raise Damaged(f"a file is named {path[:80]!r}, which is none of an archive")
        return self.root / path

    def content(self, digest: str) -> Path:
        """The place of a sealed content."""
        return self.root / content_path(digest)

    def found(self, path: str) -> Path:
        """A sealed file, where it is now: in its place, or still on its way there."""
        for base in (self.root, self.staged, self.working, self.root):  # it may be put into its place in between
            place = base / path
            if place.exists():
                return place
        return self.root / path

    def writable(self) -> bool:
        """Can something be written here? Not on a read-only mount, nor in somebody else's folder."""
        folder = self.working if self.working.exists() else self.root
        return os.access(folder, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)
