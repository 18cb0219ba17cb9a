"""A blob on its way from Azure."""

from __future__ import annotations

from collections.abc import Callable
from io import RawIOBase
from typing import Any

from tracklayer.drivers.azure.errors import translating
from tracklayer.errors import Conflict, PermissionDenied, ProviderError, Unauthenticated

#: Bytes of a range.
PART = 8 * 2**20
#: How often one range is asked for.
ATTEMPTS = 3


class Download(RawIOBase):
    """A blob read range by range, all of one version of it. The first range is asked for at once: `NotFound`.

    * A range that breaks off is asked for again. * A client that is let in no longer (a signature ends) is replaced by
      a new one. * `Conflict` when the blob has been replaced meanwhile.
    """

    def __init__(self, source: Callable[[], Any], provider: str) -> None:
        self._source = source
        self._provider = provider
        self._blob = source()
        self._etag: str | None = None
        self._at, self._size = 0, PART
        self._head = self._block(PART)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # typeshed: any buffer
        """Fill the buffer as far as one range does; 0 at the end."""
        if self.closed:
            message = "the file is closed"
            raise ValueError(message)
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        block, self._head = (self._head[:wanted], self._head[wanted:]) if self._head else (self._block(wanted), b"")
        buffer[: len(block)] = block
        self._at += len(block)
        return len(block)

    def _block(self, wanted: int) -> bytes:
        """The next bytes, after as many attempts as it takes."""
        attempt, again = 0, False
        while True:
            attempt += 1
            try:
                return self._asked(wanted)
            except (PermissionDenied, Unauthenticated):
                if again or self._etag is None:
                    raise
                self._blob, again = self._source(), True
            except ProviderError as error:
                if not error.retryable or attempt == ATTEMPTS:
                    raise

    def _asked(self, wanted: int) -> bytes:
        same = {} if self._etag is None else {"etag": self._etag, "match_condition": _unchanged()}
        try:
            with translating(self._provider, "GetBlob"):
                # The first one without an end: a range of an empty blob is refused, and the SDK asks for it whole then.
                where = {"offset": self._at, "length": wanted} if self._etag is not None else {}
                answer = self._blob.download_blob(**where, **same)
                data: bytes = answer.readall() if self._etag is not None else next(answer.chunks(), b"")
        except Conflict as error:
            message = "the file was replaced while it was read: read it anew"
            raise Conflict(message, provider=error.provider, operation="GetBlob") from error
        if self._etag is None:
            self._etag, self._size = str(answer.properties.etag), int(answer.size)
        return data


def _unchanged() -> Any:
    from azure.core import MatchConditions  # noqa: PLC0415 -- late

    return MatchConditions.IfNotModified
