"""Watched: a file on its way, whose bytes are counted and summed up while they pass."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from typing import BinaryIO


class Watched(io.RawIOBase):
    """Reads from `data`. It can be wound back if that can, and then counts from there anew.

    * `size`: bytes since the beginning. `sha256`: their digest; None when it was not read from its beginning.
    * `passing` is called with the bytes of each block: what it raises ends the reading.
    """

    def __init__(self, data: BinaryIO, passing: Callable[[int], None]) -> None:
        self._data = data
        self._passing = passing
        self._hash: hashlib._Hash | None = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str | None:
        """The digest of what was read, in hex."""
        return None if self._hash is None else self._hash.hexdigest()

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """As the file is."""
        return self._data.seekable()

    def tell(self) -> int:
        """Where the file stands."""
        return self._data.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go there; from the beginning, all is counted anew."""
        place = self._data.seek(offset, whence)
        self._hash = hashlib.sha256() if place == 0 else None
        self.size = 0
        return place

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes, as the file gives them."""
        block = self._data.read(-1 if size is None else size)
        if self._hash is not None:
            self._hash.update(block)
        self.size += len(block)
        self._passing(len(block))
        return block

    def readinto(self, into: object) -> int:
        """Likewise, into a buffer."""
        view = memoryview(into).cast("B")  # type: ignore[arg-type] # a buffer, which has no type before Python 3.12
        block = self.read(len(view))
        view[: len(block)] = block
        return len(block)
