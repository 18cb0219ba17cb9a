"""A file on its way from S3."""

from __future__ import annotations

from collections.abc import Mapping
from io import RawIOBase
from typing import Any

from tracklayer.drivers.aws.errors import native
from tracklayer.drivers.aws.session import Aws
from tracklayer.errors import Conflict, Unavailable

#: How often a broken read begins anew without a byte in between.
ATTEMPTS = 5


class Download(RawIOBase):
    """The body of a GetObject, read as a stream.

    * A read that breaks goes on at the byte where it was, of the same version of the file. `Conflict` when that has
      been replaced meanwhile.
    * It ends with an error where bytes are missing, never too early.
    """

    def __init__(self, aws: Aws, bucket: str, key: str, answer: Mapping[str, Any]) -> None:
        self._aws = aws
        self._what = {"Bucket": bucket, "Key": key}
        self._etag = answer.get("ETag")
        self._body: Any = answer["Body"]
        self._at = 0
        self._size = int(answer["ContentLength"])

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
        message = f"{self._what['Key']!r}: the connection broke off {self._size - self._at} bytes before the file's end"
        raise Unavailable(message, provider=self._aws.provider, operation="GetObject")

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
        same = {} if self._etag is None else {"IfMatch": self._etag}
        try:
            with self._aws.translating("GetObject"):
                answer = self._aws.client("s3").get_object(**self._what, **same, Range=f"bytes={self._at}-")
        except Conflict as error:
            message = f"{self._what['Key']!r} was replaced while it was read: read it anew"
            raise Conflict(message, provider=error.provider, operation="GetObject") from error
        self._body = answer["Body"]

    def close(self) -> None:
        """Let go of the connection."""
        if not self.closed:
            self._body.close()
        super().close()
