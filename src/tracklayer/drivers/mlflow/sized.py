"""A stream whose length is known, on its way into a request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from tracklayer.errors import InvalidInput

#: Bytes a read takes at once.
BLOCK = 2**20


class Sized:
    """A stream and its length, which `requests` would else take from the file descriptor, wrongly for a `GzipFile`.

    `InvalidInput` when the stream turns out to be shorter. One read gives all that it is asked for.
    """

    def __init__(self, data: BinaryIO, size: int) -> None:
        self._data = data
        self._start = data.tell()
        self._size = self._left = size

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(BLOCK):
            yield block

    def read(self, size: int = BLOCK) -> bytes:
        """So many bytes; fewer at the end only."""
        wanted = min(size, self._left)
        blocks: list[bytes] = []
        while wanted > 0:
            block = self._data.read(wanted)
            if not block:
                message = f"the file ended {self._left} bytes early: it was shortened while it was sent"
                raise InvalidInput(message)
            blocks.append(block)
            wanted -= len(block)
            self._left -= len(block)
        return b"".join(blocks)

    def tell(self) -> int:
        """The bytes that were read."""
        return self._size - self._left

    def seek(self, place: int, _whence: int = 0) -> int:
        """Back to a place from the start: a signature over the body reads it before it is sent."""
        self._data.seek(self._start + place)
        self._left = self._size - place
        return place
