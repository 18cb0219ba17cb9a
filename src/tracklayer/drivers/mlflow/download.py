"""A file on its way from the server."""

from __future__ import annotations

from io import RawIOBase

import requests

from tracklayer.drivers.mlflow.errors import Unanswered
from tracklayer.drivers.mlflow.rest import SILENT, Rest


class Download(RawIOBase):
    """The body of an answer, read as a stream. It ends with an error where the connection breaks, never too early."""

    def __init__(self, rest: Rest, answer: requests.Response) -> None:
        self._rest = rest
        self._answer = answer
        length = answer.headers.get("Content-Length")
        self._left = None if length is None else int(length)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # typeshed: any buffer
        """Fill the buffer as far as one read does; 0 at the end."""
        if self.closed:
            message = "the file is closed"
            raise ValueError(message)
        with self._rest.translating("artifacts/read"):
            try:
                block: bytes = self._answer.raw.read(len(buffer))
            except SILENT as error:
                raise self._rest.unanswered(error, self._rest.base) from error
            if self._left is not None:
                self._left -= len(block)
                if not block and buffer and self._left > 0:
                    raise Unanswered("broken", f"the connection broke off {self._left} bytes before the file's end")
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        """Let go of the connection."""
        if not self.closed:
            self._answer.close()
        super().close()
