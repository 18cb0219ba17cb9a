"""A file on its way from Object Storage."""

from __future__ import annotations

from io import RawIOBase
from typing import Any

from tracklayer.drivers.oracle.errors import native
from tracklayer.drivers.oracle.session import Oracle
from tracklayer.drivers.oracle.uris import OciUri
from tracklayer.errors import Conflict, Unavailable

#: How often a broken read begins anew without a byte in between.
ATTEMPTS = 5


class Download(RawIOBase):
    """The body of a GetObject, read as a stream.

    * A read that breaks goes on at the byte where it was, of the same version of the file. `Conflict` when that has
      been replaced meanwhile.
    * It ends with an error where bytes are missing, never too early.
    """

    def __init__(self, oracle: Oracle, at: OciUri) -> None:
        """Asks for the file. `NotFound`."""
        self._oracle = oracle
        self._at_uri = at
        self._at = 0
        self._etag: str | None = None
        answer = self._asked()
        self._etag = answer.headers.get("etag")
        self._size = int(answer.headers["content-length"])
        self._body: Any = answer.data.raw

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

    def _block(self, size: int) -> bytes:
        """The next bytes, after as many new beginnings as it takes."""
        for _ in range(ATTEMPTS):
            block = self._some(size)
            if block:
                return block
            self._go_on()
        message = f"{self._at_uri}: the connection broke off {self._size - self._at} bytes before the file's end"
        raise Unavailable(message, provider=self._oracle.provider, operation="GetObject")

    def _some(self, size: int) -> bytes:
        """What one read gives; nothing where the body ended too early or broke."""
        try:
            block: bytes = self._body.read(size)
        except Exception as error:
            if native(error) is None:
                raise
            return b""
        return block

    def _go_on(self) -> None:
        """Ask for what is left, of the same file."""
        self._body.close()
        try:
            self._body = self._asked().data.raw
        except Conflict as error:
            message = f"{self._at_uri} was replaced while it was read: read it anew"
            raise Conflict(message, provider=error.provider, operation="GetObject") from error

    def _asked(self) -> Any:
        more = {"range": f"bytes={self._at}-"} if self._at else {}
        more |= {} if self._etag is None else {"if_match": self._etag}
        uri = self._at_uri
        with self._oracle.translating("GetObject"):
            return self._oracle.storage().get_object(uri.namespace, uri.bucket, uri.name, **more)

    def close(self) -> None:
        """Let go of the connection."""
        if not self.closed:
            self._body.close()
        super().close()
