"""A file to a signed URL, the way its storage has it.

======================= =========================================================================================
AWS_PRESIGNED_URL       one PUT; a large file in parts, each with a URL of its own (`multipart.py`)
GCP_SIGNED_URL          one PUT
AZURE_SAS_URI           Put Block for each block, Put Block List at the end: nothing is there before
AZURE_ADLS_GEN2_SAS_URI Path Create, Path Update (append) for each block, Path Update (flush)
======================= =========================================================================================

* A block that is refused because its URL has run out is sent again with another URL.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, cast

from tracklayer.drivers.databricks.signed import Credential, sent
from tracklayer.drivers.mlflow.rest import Body, Method, Rest
from tracklayer.drivers.mlflow.sized import Sized
from tracklayer.errors import PermissionDenied, Unauthenticated

#: Bytes of a block, at the least, and blocks at the most: MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE of
#: mlflow/environment_variables.py; https://learn.microsoft.com/rest/api/storageservices/put-block
BLOCK, MOST_BLOCKS = 10 * 2**20, 50_000

Renew = Callable[[], Credential]


def put_whole(rest: Rest, credential: Credential, data: BinaryIO, size: int) -> None:
    """The whole file in one request."""
    sent(rest, "PUT", credential, data=cast("Body", Sized(data, size)) if size else b"").close()


class Blocks:
    """A file that goes to Azure in blocks. `renew`: gives another URL when the one at hand has run out."""

    def __init__(self, rest: Rest, credential: Credential, renew: Renew) -> None:
        self._rest = rest
        self._credential = credential
        self._renew = renew

    def put(self, data: BinaryIO, size: int) -> None:
        """To Blob storage."""
        mark, ids = secrets.token_hex(12), []  # two writers of one file are not to mix their blocks
        for number, block in enumerate(_cut(data, size)):
            ids.append(base64.b64encode(f"{mark}{number:08}".encode()).decode())
            self._send("PUT", {"comp": "block", "blockid": ids[-1]}, block)
        listed = "".join(f"<Latest>{one}</Latest>" for one in ids)
        body = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{listed}</BlockList>'
        self._send("PUT", {"comp": "blocklist"}, body.encode())

    def append(self, data: BinaryIO, size: int) -> None:
        """To Data Lake Storage Gen2."""
        self._send("PUT", {"resource": "file"})
        at = 0
        for block in _cut(data, size):
            self._send("PATCH", {"action": "append", "position": str(at)}, block)
            at += len(block)
        self._send("PATCH", {"action": "flush", "position": str(at)})

    def _send(self, method: Method, query: Mapping[str, str], data: bytes = b"") -> None:
        try:
            sent(self._rest, method, self._credential, query=query, data=data).close()
        except (PermissionDenied, Unauthenticated):
            self._credential = self._renew()
            sent(self._rest, method, self._credential, query=query, data=data).close()


def _cut(data: BinaryIO, size: int) -> Iterator[bytes]:
    whole, most = Sized(data, size), max(BLOCK, -(-size // MOST_BLOCKS))
    while block := whole.read(most):
        yield block
