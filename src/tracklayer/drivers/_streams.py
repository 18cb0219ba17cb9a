"""What every store does with a stream that it sends: look how long it is, and take its beginning before the rest."""

from __future__ import annotations

from io import SEEK_END
from typing import BinaryIO


def left(stream: BinaryIO) -> int | None:
    """The bytes that are left of a stream; None where that cannot be known."""
    if not stream.seekable():
        return None
    start = stream.tell()
    end = stream.seek(0, SEEK_END)
    stream.seek(start)
    return end - start


def filled(stream: BinaryIO, size: int) -> bytes:
    """So many bytes, or as many as there are: one read may give fewer."""
    blocks: list[bytes] = []
    while size > 0 and (block := stream.read(size)):
        blocks.append(block)
        size -= len(block)
    return b"".join(blocks)


class Whole:
    """A stream whose first bytes were read already. Read once, from one thread at a time, never turned back."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = head
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """So many bytes; fewer at the end only. All that is left, for a size below 0."""
        if size < 0:
            head, self._head = self._head, b""
            return head + self._stream.read()
        head, self._head = self._head[:size], self._head[size:]
        return head + filled(self._stream, size - len(head))
