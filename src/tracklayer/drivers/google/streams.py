"""A file on its way to Cloud Storage, and one on its way from there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import RawIOBase
from typing import BinaryIO

from tracklayer.drivers._streams import Whole

#: Bytes of a part: a multiple of 256 KiB (https://cloud.google.com/storage/docs/performing-resumable-uploads).
PART = 8 * 2**20


class Digested(Whole):
    """A stream that is digested as it goes."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        super().__init__(head, stream)
        self.sha256 = hashlib.sha256()
        self._at = 0

    def tell(self) -> int:
        """The bytes that were read."""
        return self._at

    def read(self, size: int = PART) -> bytes:
        """So many bytes; fewer at the end only."""
        block = super().read(size)
        self.sha256.update(block)
        self._at += len(block)
        return block


class Download(RawIOBase):
    """A file read range by range: `part(start, size)` gives some bytes of it."""

    def __init__(self, part: Callable[[int, int], bytes], size: int) -> None:
        self._part = part
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # typeshed: any buffer
        """Fill the buffer as far as one range does; 0 at the end."""
        size = min(len(buffer), self._size - self._at)
        if size <= 0:
            return 0
        block = self._part(self._at, size)
        buffer[: len(block)] = block
        self._at += len(block)
        return len(block)
