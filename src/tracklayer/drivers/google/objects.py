"""Files in Cloud Storage, as streams.

* Names are Google's own text: they are never turned into paths of this machine here.
* A file of any size takes a fixed amount of memory: it goes in resumable parts, and comes in ranges of one generation.
* google-cloud-storage is imported when the first call is made, never before. It tries single requests again itself.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import version
from io import BufferedReader
from typing import Any, BinaryIO, cast

from tracklayer.drivers._streams import filled
from tracklayer.drivers.google.auth import Identity
from tracklayer.drivers.google.errors import translating
from tracklayer.drivers.google.streams import PART, Digested, Download
from tracklayer.drivers.google.uris import GcsUri
from tracklayer.errors import Conflict, NotFound, PermissionDenied, Unavailable

#: Seconds to connect and to wait for the next byte; and for how long one request is tried again.
TIMEOUT, PATIENCE = (10.0, 60.0), 60.0
#: The custom metadata of an object that holds its digest.
SHA256 = "tracklayer-sha256"


@dataclass(frozen=True)
class Stored:
    """A file that is there. `size` in bytes; `sha256` as hex, where tracklayer put it there."""

    name: str
    size: int
    sha256: str | None = None
    generation: int = 0
    media_type: str | None = None


@dataclass(frozen=True)
class Listing:
    """One page: files, folders (with their `/`), and where the next page begins; `after` is None at the end."""

    objects: tuple[Stored, ...]
    folders: tuple[str, ...] = ()
    after: str | None = None


@dataclass
class _Own:
    """What belongs to one thread of one process."""

    process: int = 0
    client: Any = None
    retry: Any = None


class Objects:
    """The buckets that one identity reaches. Errors are ours. `project`: whose a bucket is that is made."""

    def __init__(self, identity: Identity, project: str | None, *, provider: str) -> None:
        self._identity = identity
        self._project = project
        self._provider = provider
        self._local = threading.local()

    def put(self, at: GcsUri, stream: BinaryIO, media_type: str | None = None) -> Stored:
        """Store what is left of a stream, in parts if it is large. What was there is replaced."""
        head = filled(stream, PART)
        if len(head) < PART:
            return self.put_bytes(at, head, media_type)
        blob = self._blob(at)
        blob.chunk_size = PART
        whole = Digested(head, stream)
        again = self._here().retry
        with translating(self._provider, "storage.objects.insert"):
            try:
                blob.upload_from_file(whole, content_type=media_type, timeout=TIMEOUT, retry=again)
            except ValueError as error:  # the client's word for a part that the service kept half of
                message = f"the upload of {at} got out of step: {error}"
                raise Unavailable(message, provider=self._provider, operation="storage.objects.insert") from error
            blob.metadata = {SHA256: whole.sha256.hexdigest()}
            blob.patch(timeout=TIMEOUT, retry=again)
        return _stored(blob)

    def put_bytes(self, at: GcsUri, data: bytes, media_type: str | None = None) -> Stored:
        """Store a small file."""
        blob = self._blob(at)
        blob.metadata = {SHA256: hashlib.sha256(data).hexdigest()}
        with translating(self._provider, "storage.objects.insert"):
            blob.upload_from_string(
                data,
                content_type=media_type or "application/octet-stream",
                timeout=TIMEOUT,
                retry=self._here().retry,
            )
        return _stored(blob)

    def open(self, at: GcsUri) -> BinaryIO:
        """A file as a stream, which goes on where it was when a connection breaks. `NotFound`."""
        found = self.head(at)
        if found is None:
            message = f"there is no {at}"
            raise NotFound(message, provider=self._provider, operation="storage.objects.get")
        part = partial(self.range, at, found.generation)
        return cast("BinaryIO", BufferedReader(Download(part, found.size), PART))

    def read(self, at: GcsUri) -> bytes:
        """A small file whole. `NotFound`."""
        with translating(self._provider, "storage.objects.get"):
            data: bytes = self._blob(at).download_as_bytes(timeout=TIMEOUT, retry=self._here().retry)
        return data

    def range(self, at: GcsUri, generation: int, start: int, size: int) -> bytes:
        """Some bytes of one generation of a file. `Conflict` when it has been replaced."""
        try:
            with translating(self._provider, "storage.objects.get"):
                data: bytes = self._blob(at).download_as_bytes(
                    start=start,
                    end=start + size - 1,
                    if_generation_match=generation,
                    timeout=TIMEOUT,
                    retry=self._here().retry,
                )
        except Conflict as error:
            message = f"{at} was replaced while it was read: read it anew"
            raise Conflict(message, provider=self._provider, operation="storage.objects.get") from error
        return data

    def head(self, at: GcsUri) -> Stored | None:
        """What is known of a file; None when it is not there, or its bucket is not."""
        with translating(self._provider, "storage.objects.get"):
            client = self._here().client
            blob = client.bucket(at.bucket).get_blob(at.name, timeout=TIMEOUT, retry=self._here().retry)
        return None if blob is None else _stored(blob)

    def list(self, at: GcsUri, after: str | None = None, delimiter: str | None = None) -> Listing:
        """Up to 1,000 files whose names begin as the place's does, in the order of their names' bytes.

        * `delimiter`: what ends a folder, `/`: names that hold it after the place's are given as folders, once each.
        * A bucket that is not there holds none.
        """
        here = self._here()
        try:
            with translating(self._provider, "storage.objects.list"):
                found = here.client.list_blobs(
                    at.bucket,
                    prefix=at.name or None,
                    page_token=after,
                    delimiter=delimiter,
                    timeout=TIMEOUT,
                    retry=here.retry,
                )
                page = tuple(map(_stored, next(found.pages, ())))
        except NotFound:
            return Listing(())
        return Listing(page, tuple(sorted(found.prefixes)), found.next_page_token or None)

    def every(self, at: GcsUri) -> Iterator[Stored]:
        """All files whose names begin as the place's does, page by page."""
        after: str | None = None
        while True:
            page = self.list(at, after)
            yield from page.objects
            after = page.after
            if after is None:
                return

    def delete(self, at: GcsUri) -> None:
        """Delete a file. One that is not there is as good as deleted."""
        try:
            with translating(self._provider, "storage.objects.delete"):
                self._blob(at).delete(timeout=TIMEOUT, retry=self._here().retry)
        except NotFound:
            return

    def delete_below(self, at: GcsUri) -> None:
        """Delete all files whose names begin as the place's does, with a `/` behind it."""
        for stored in self.every(GcsUri(at.bucket, f"{at.name}/")):
            self.delete(GcsUri(at.bucket, stored.name))

    def ensure_bucket(self, bucket: str, location: str, owner: str | None = None) -> None:
        """Make the bucket if it is not there.

        * `owner`: the number of the project it must belong to: a default bucket's name can be guessed, and be somebody
          else's. `PermissionDenied`.
        """
        here = self._here()
        try:
            with translating(self._provider, "storage.buckets.get"):
                found = here.client.get_bucket(bucket, timeout=TIMEOUT, retry=here.retry)
        except NotFound:
            with translating(self._provider, "storage.buckets.insert"):
                here.client.create_bucket(bucket, location=location, timeout=TIMEOUT, retry=here.retry)
            return
        if owner is not None and str(found.project_number or owner) != owner:
            message = (
                f"the bucket {bucket!r} belongs to another project: name one of your own in the URL (?bucket=NAME)"
            )
            raise PermissionDenied(message, provider=self._provider, operation="storage.buckets.get")

    def close(self) -> None:
        """Let go of this thread's connections. A later call opens new ones."""
        client, self._local = getattr(self._local, "own", _Own()).client, threading.local()
        if client is not None:
            client.close()

    def _blob(self, at: GcsUri) -> Any:
        return self._here().client.bucket(at.bucket).blob(at.name)

    def _here(self) -> _Own:
        """The client of this thread; a new one after a fork, whose sockets are the parent's."""
        own: _Own = getattr(self._local, "own", _Own())
        if own.process == os.getpid():
            return own
        storage, agent, policy = _library()
        with translating(self._provider, "credentials"):
            client = storage.Client(
                project=self._project,
                credentials=self._identity.credentials(),
                client_info=agent.ClientInfo(user_agent=f"tracklayer/{version('tracklayer')}"),
            )
        # For its traces the client asks for each bucket in a thread of its own, over this thread's connection.
        client._bucket_metadata_cache = None  # noqa: SLF001 -- DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA is a user's
        self._local.own = own = _Own(os.getpid(), client, policy.DEFAULT_RETRY.with_timeout(PATIENCE))
        return own


def _library() -> tuple[Any, Any, Any]:
    """The storage client, imported late: it takes 0.5 s."""
    names = ("google.cloud.storage", "google.api_core.client_info", "google.cloud.storage.retry")
    try:
        storage, agent, policy = map(import_module, names)
    except ModuleNotFoundError as error:
        message = "files need google-cloud-storage: pip install 'tracklayer[vertex]'"
        raise ModuleNotFoundError(message, name="google-cloud-storage") from error
    return storage, agent, policy


def _stored(blob: Any) -> Stored:
    metadata: Mapping[str, str] = blob.metadata or {}
    return Stored(blob.name, int(blob.size or 0), metadata.get(SHA256), int(blob.generation or 0), blob.content_type)
