"""Files in a cloud's store of objects: what is the same in all of them.

Names of objects are joined from the root and a checked path; what a store lists is checked by whoever asked, before it
is a path.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from mimetypes import guess_type
from typing import BinaryIO

from tracklayer.drivers._stores.files import Entry


@dataclass(frozen=True)
class Listed:
    """One page of a folder: names with their sizes in bytes, None for a folder's; `after` is None at the end."""

    names: Sequence[tuple[str, int | None]]
    after: str | None = None


class ObjectFiles(ABC):
    """One kind of store. `schemes`: of the roots in it. `lacking`: why none can be served, or None."""

    schemes: tuple[str, ...]
    lacking: str | None = None

    @abstractmethod
    def _put(self, root: str, path: str, data: BinaryIO, media_type: str | None) -> None: ...

    @abstractmethod
    def _page(self, root: str, folder: str, after: str | None) -> Listed:
        """Some of what lies in a folder, by names relative to it; folders with or without their `/`."""

    @abstractmethod
    def open(self, root: str, path: str) -> BinaryIO:
        """A file as a stream. `NotFound`."""

    @abstractmethod
    def close(self) -> None:
        """Let go of connections. A later call opens new ones."""

    def why_not(self, root: str) -> str | None:
        """Every root in the store, if its SDK is installed."""
        return self.lacking if root.partition("://")[0] in self.schemes else ""

    def put(self, root: str, path: str, data: BinaryIO) -> None:
        """Store a file, with the media type that its name says."""
        media_type, encoding = guess_type(path)
        self._put(root, path, data, None if encoding else media_type)

    def entries(self, root: str, folder: str) -> Sequence[Entry]:
        """What a folder holds. What a console makes to show an empty folder, a name that ends with `/`, is none."""
        found: list[Entry] = []
        after: str | None = None
        while True:
            page = self._page(root, folder, after)
            found += [Entry(name.removesuffix("/"), size is None, size) for name, size in page.names if name]
            after = page.after
            if after is None:
                return found
