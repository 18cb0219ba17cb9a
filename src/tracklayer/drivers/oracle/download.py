"""A file on its way from Object Storage."""

from __future__ import annotations

from typing import Any

from tracklayer.drivers._resumed import OPERATION, Resumed
from tracklayer.drivers.oracle.errors import native
from tracklayer.drivers.oracle.session import Oracle
from tracklayer.drivers.oracle.uris import OciUri


class Download(Resumed):
    """The body of a GetObject."""

    def __init__(self, oracle: Oracle, at: OciUri) -> None:
        """Asks for the file. `NotFound`."""
        self._oracle = oracle
        self._where = (at.namespace, at.bucket, at.name)
        answer = self._asked()
        size, etag = int(answer.headers["content-length"]), answer.headers.get("etag")
        super().__init__(answer.data.raw, size, file=str(at), provider=oracle.provider)
        self._same = {} if etag is None else {"if_match": etag}

    def _again(self) -> Any:
        return self._asked(range=f"bytes={self._at}-", **self._same).data.raw

    def _breaks(self, error: Exception) -> bool:
        return native(error) is not None

    def _asked(self, **more: str) -> Any:
        with self._oracle.translating(OPERATION):
            return self._oracle.storage().get_object(*self._where, **more)
