"""A file on its way to a signed URL, which wants to know its length; and one on its way from there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import RawIOBase
from typing import BinaryIO, cast

import requests

from tracklayer.drivers._streams import left
from tracklayer.drivers.mlflow.rest import SILENT
from tracklayer.errors import Conflict, ProviderError, Unavailable

#: Bytes a read takes at once, and from how many on a stream of unknown length waits on disk and not in memory.
BLOCK, IN_MEMORY = 2**20, 8 * 2**20
#: How often a broken read begins anew without a byte in between.
ATTEMPTS = 5

#: The answer that begins at a byte of the file.
Again = Callable[[int], requests.Response]


@contextmanager
def measured(data: BinaryIO) -> Iterator[tuple[BinaryIO, int]]:
    """A stream and how many bytes are left of it. One that cannot tell is put on disk before."""
    size = left(data)
    if size is not None:
        yield data, size
        return
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as spool:
        shutil.copyfileobj(data, spool, BLOCK)
        size = spool.tell()
        spool.seek(0)
        yield cast("BinaryIO", spool), size


class Download(RawIOBase):
    """A file that is read as a stream, and goes on where it was when the connection breaks.

    * `again`: asks for the file from a byte on, by a URL that is good now. * `provider`: whose name errors carry.
    * `Conflict` when the file was replaced meanwhile. It ends with an error where bytes are missing, never too early.
    """

    def __init__(self, again: Again, provider: str) -> None:
        self._again = again
        self._provider = provider
        self._answer = again(0)
        self._etag = self._answer.headers.get("ETag")
        length = self._answer.headers.get("Content-Length")
        self._size = None if length is None else int(length)
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # typeshed: any buffer
        """Fill the buffer as far as one read does; 0 at the end."""
        if self.closed:
            message = "the file is closed"
            raise ValueError(message)
        block = self._block(len(buffer))
        buffer[: len(block)] = block
        self._at += len(block)
        return len(block)

    def close(self) -> None:
        """Let go of the connection."""
        if not self.closed and hasattr(self, "_answer"):  # Python closes too what was never whole
            self._answer.close()
        super().close()

    def _block(self, size: int) -> bytes:
        most = size if self._size is None else min(size, self._size - self._at)
        if most <= 0:
            return b""
        for _ in range(ATTEMPTS):
            block = self._some(most)
            if block or (block is not None and self._size is None):
                return block
            self._go_on()
        message = "the connection broke off before the file's end"
        raise self._error(Unavailable, message)

    def _some(self, size: int) -> bytes | None:
        """What one read gives; None where the connection broke."""
        try:
            block: bytes = self._answer.raw.read(size)
        except SILENT:
            return None
        return block

    def _go_on(self) -> None:
        self._answer.close()
        self._answer = self._again(self._at)
        if self._answer.headers.get("ETag") != self._etag:
            message = "the file was replaced while it was read"
            raise self._error(Conflict, message)
        if self._at and self._answer.status_code != requests.codes.partial_content:
            message = "the store does not go on in the middle of a file"
            raise self._error(Unavailable, message)

    def _error(self, kind: type[ProviderError], message: str) -> ProviderError:
        return kind(message, provider=self._provider, operation="artifacts/read")
