"""Files behind a server's own artifact proxy, when every request's body is signed."""

from __future__ import annotations

import shutil
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from tracklayer.drivers.mlflow.proxy import BLOCK, ProxyFiles

#: Bytes up to which a stream is kept in memory.
SMALL = 8 * 2**20


class SignedProxyFiles(ProxyFiles):
    """A signature covers the body's digest, so a body is read twice: a stream that cannot be goes through a file."""

    def put(self, root: str, path: str, data: BinaryIO) -> None:
        """Store a file."""
        if data.seekable():
            super().put(root, path, data)
            return
        with SpooledTemporaryFile(SMALL) as kept:
            shutil.copyfileobj(data, kept, BLOCK)
            kept.seek(0)
            super().put(root, path, cast("BinaryIO", kept))
