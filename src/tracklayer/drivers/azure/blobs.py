"""Blobs as streams, whoever opens them: a signed URL, an account's key, or a token.

* Names are Azure's own text: they are never turned into paths of this machine here.
* A blob of any size takes a fixed amount of memory: it goes in blocks, several at once, and comes in ranges.
* azure-storage-blob is imported when the first call is made, never before. It tries single requests again itself.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from io import BufferedReader
from typing import Any, BinaryIO, cast

import requests
from requests.adapters import HTTPAdapter

from tracklayer.drivers._streams import Whole, filled, left
from tracklayer.drivers.azure.download import PART, Download
from tracklayer.drivers.azure.errors import translating
from tracklayer.drivers.azure.secrecy import hide_signatures
from tracklayer.drivers.azure.uris import BlobUri, SignedUri
from tracklayer.errors import NotFound

#: Bytes of a block; blocks that are sent at once, as many more may wait in memory; and the most that a blob has
#: (https://learn.microsoft.com/azure/storage/blobs/scalability-targets).
BLOCK, AT_ONCE, MOST_BLOCKS = 8 * 2**20, 4, 50_000
#: Connections to one account that are kept.
CONNECTIONS = 32
#: Seconds to connect, and to wait for the next byte.
CONNECT, READ = 10.0, 60.0
#: How often one request is tried again, and the pauses before that, in seconds; the SDK itself waits 15 and more.
RETRIES = {"retry_total": 2, "initial_backoff": 1, "increment_base": 2, "random_jitter_range": 1}
#: What an account with folders says of one (https://learn.microsoft.com/azure/storage/blobs/data-lake-storage-known-issues).
FOLDER = "hdi_isfolder"


@dataclass(frozen=True)
class Listing:
    """One page: blobs with their sizes in bytes, folders (with their `/`); `after` is None at the end."""

    blobs: tuple[tuple[str, int], ...]
    folders: tuple[str, ...] = ()
    after: str | None = None


class Blobs:
    """Blobs of any account. Threads share it, and its connections. `provider`: whose name errors carry."""

    def __init__(self, provider: str) -> None:
        """Makes no call, and imports nothing. `ModuleNotFoundError` when azure-storage-blob is not installed."""
        if find_spec("azure") is None or find_spec("azure.storage.blob") is None:
            message = "No module named 'azure.storage.blob'"
            raise ModuleNotFoundError(message, name="azure-storage-blob")
        self._provider = provider
        self._lock = threading.Lock()
        self._process, self._transport = 0, cast("Any", None)

    def signed(self, uri: SignedUri, block: int = BLOCK) -> Any:
        """The client (the SDK's) of one blob that a signature opens: no token ever goes there."""
        from azure.core.credentials import AzureSasCredential  # noqa: PLC0415 -- late
        from azure.storage.blob import BlobClient  # noqa: PLC0415 -- late

        at, credential = uri.at, AzureSasCredential(uri.signature)
        return BlobClient(at.account, at.container, at.name, credential=credential, **self._how(block))

    def container(self, at: BlobUri, credential: Any, block: int = BLOCK) -> Any:
        """The client of a container. `credential`: an account's key, or what azure-identity makes."""
        from azure.storage.blob import ContainerClient  # noqa: PLC0415 -- late

        return ContainerClient(at.account, at.container, credential=credential, **self._how(block))

    def connected(self, at: BlobUri, connection: str, block: int = BLOCK) -> Any:
        """The client of a container of the account that a connection string names. `ValueError` for none."""
        from azure.storage.blob import ContainerClient  # noqa: PLC0415 -- late

        return ContainerClient.from_connection_string(connection, at.container, **self._how(block))

    def put(self, target: Callable[[int], Any], stream: BinaryIO, media_type: str | None = None) -> None:
        """Store what is left of a stream, in blocks if it is large. What was there is replaced, all at once.

        * `target(block)`: the client of the blob, for blocks of so many bytes.
        """
        from azure.storage.blob import ContentSettings  # noqa: PLC0415 -- late

        size = left(stream)
        head = filled(stream, BLOCK)
        more = {"overwrite": True, "content_settings": media_type and ContentSettings(content_type=media_type)}
        with translating(self._provider, "PutBlob"):
            if len(head) < BLOCK:
                target(BLOCK).upload_blob(head, **more)
            else:
                block = BLOCK if size is None else max(BLOCK, -(-size // MOST_BLOCKS))
                target(block).upload_blob(Whole(head, stream), max_concurrency=AT_ONCE, **more)

    def open(self, source: Callable[[], Any]) -> BinaryIO:
        """A blob as a stream. `NotFound`.

        * `source()`: its client, asked for anew when the old one is let in no longer.
        """
        return cast("BinaryIO", BufferedReader(Download(source, self._provider), PART))

    def list(self, container: Any, prefix: str, after: str | None = None) -> Listing:
        """What lies in a folder, `prefix` with its `/`: up to 5,000 names. A container that is not there holds none."""
        try:
            with translating(self._provider, "ListBlobs"):
                found = container.walk_blobs(prefix or None, include=["metadata"], delimiter="/").by_page(after)
                page = list(next(found, ()))
        except NotFound:
            return Listing(())
        blobs = [one for one in page if not one.name.endswith("/") and FOLDER not in (one.metadata or ())]
        return Listing(
            tuple((one.name, int(one.size)) for one in blobs),
            tuple(one.name for one in page if one.name.endswith("/")),
            found.continuation_token or None,
        )

    def close(self) -> None:
        """Let go of all connections of this process. A later call opens new ones."""
        with self._lock:
            transport, self._transport = self._transport if self._process == os.getpid() else None, None
        if transport is not None:
            transport.close()

    def _how(self, block: int) -> dict[str, Any]:
        """What every client is made with: connections that all share, by process."""
        hide_signatures()
        with self._lock:
            if self._transport is None or self._process != os.getpid():
                self._process = os.getpid()
                self._transport = _connections()
            sizes = {"max_block_size": block, "max_single_get_size": PART, "max_chunk_get_size": PART}
            return {"transport": self._transport, **sizes, **RETRIES}


def _connections() -> Any:
    """What sends: more connections to one host than `requests` keeps, for blocks that several threads send."""
    from azure.core.pipeline.transport import RequestsTransport  # noqa: PLC0415 -- late

    session = requests.Session()
    session.mount("https://", HTTPAdapter(pool_maxsize=CONNECTIONS))
    return RequestsTransport(session=session, connection_timeout=CONNECT, read_timeout=READ)
