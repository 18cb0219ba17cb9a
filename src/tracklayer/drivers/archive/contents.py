"""The contents of files: those that are not sealed yet in `.working/files`, the others where the format has them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import BinaryIO

from tracklayer.drivers.archive.layout import FILES, Layout
from tracklayer.drivers.local.artifacts import Folder


class Contents(Folder):
    """The contents of one archive. New ones come below `.working`; a seal moves them."""

    def __init__(self, layout: Layout) -> None:
        self.root = layout.working / FILES
        self._layout = layout

    def place(self, digest: str) -> Path:
        """Where a content is, or is to be put."""
        sealed = self._layout.content(digest)  # refuses what is no digest
        return sealed if sealed.exists() else super().place(digest)

    def open(self, digest: str) -> BinaryIO | None:
        """A content to be read; None if it is not there. It may be sealed in between."""
        return super().open(digest) or super().open(digest)

    def drop(self, db: sqlite3.Connection, digest: str) -> None:
        """Delete a content if no run has it and no sealed table names it. Within a writing transaction."""
        if db.execute("SELECT 1 FROM contents WHERE digest = ?", (digest,)).fetchone() is None:
            super().drop(db, digest)

    def settle(self, digest: str) -> Path:
        """Put a content where the format has it, unless it is there; its place. Within a writing transaction."""
        coming, sealed = super().place(digest), self._layout.content(digest)
        if coming.exists():
            sealed.parent.mkdir(parents=True, exist_ok=True)
            coming.replace(sealed)
        return sealed
