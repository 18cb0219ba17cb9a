"""Resumed: a file on its way from a store, which goes on where it was when the connection breaks."""

from __future__ import annotations

from abc import abstractmethod
from io import RawIOBase
from typing import Any

from tracklayer.errors import Conflict, Unavailable

#: How often a broken read begins anew without a byte in between.
ATTEMPTS = 5
OPERATION = "GetObject"


class Resumed(RawIOBase):
    """The body of an answer, read as a stream.

    * A read that breaks goes on at the byte where it was, of the same version of the file. `Conflict` when that has
      been replaced meanwhile.
    * It ends with an error where bytes are missing, never too early.
    * `body`: something with `read` and `close`. `size`: in bytes. `file`, `provider`: what errors say.
    """

    def __init__(self, body: Any, size: int, *, file: str, provider: str) -> None:
        self._body = body
        self._size = size
        self._file = file
        self._provider = provider
        self._at = 0

    @abstractmethod
    def _again(self) -> Any:
        """The body of what is left, of the same version of the file. `Conflict` when there is another."""

    @abstractmethod
    def _breaks(self, error: Exception) -> bool:
        """Is it an error of a connection that broke?"""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # typeshed: any buffer
        """Fill the buffer as far as one read does; 0 at the end."""
        if self.closed:
            message = "the file is closed"
            raise ValueError(message)
        if not len(buffer) or self._at >= self._size:
            return 0
        block = self._block(len(buffer))
        buffer[: len(block)] = block
        self._at += len(block)
        return len(block)

    def close(self) -> None:
        """Let go of the connection."""
        if not self.closed and hasattr(self, "_body"):  # Python closes too what was never whole
            self._body.close()
        super().close()

    def _block(self, size: int) -> bytes:
        """The next bytes, after as many new beginnings as it takes."""
        for _ in range(ATTEMPTS):
            block = self._some(size)
            if block:
                return block
            self._body.close()
            try:
                self._body = self._again()
            except Conflict as error:
                message = f"{self._file} was replaced while it was read: read it anew"
                raise Conflict(message, provider=error.provider, operation=OPERATION) from error
        message = f"{self._file}: the connection broke off {self._size - self._at} bytes before the file's end"
        raise Unavailable(message, provider=self._provider, operation=OPERATION)

    def _some(self, size: int) -> bytes:
        """What one read gives; nothing where the body ended too early or broke."""
        try:
            block: bytes = self._body.read(size)
        except Exception as error:
            if not self._breaks(error):
                raise
            return b""
        return block
