"""Files in OCI's Object Storage, as streams.

* Names are Object Storage's own text: they are never turned into paths of this machine here.
* A file of any size takes a fixed amount of memory, be its stream seekable or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from itertools import chain
from typing import Any, BinaryIO, cast

from tracklayer.drivers._streams import filled, left
from tracklayer.drivers.oracle.download import Download
from tracklayer.drivers.oracle.session import Oracle
from tracklayer.drivers.oracle.uploads import MOST_PARTS, PART, md5, upload
from tracklayer.drivers.oracle.uris import OciUri

#: Bytes a read takes at once.
BLOCK = 2**20
#: Names a page holds (https://docs.oracle.com/iaas/api/#/en/objectstorage/20160918/Object/ListObjects).
PAGE = 1_000


@dataclass(frozen=True)
class Stored:
    """A file that is there. `size` in bytes."""

    name: str
    size: int


@dataclass(frozen=True)
class Listing:
    """One page: files, folders (with their `/`), and where the next page begins; `after` is None at the end."""

    objects: tuple[Stored, ...]
    folders: tuple[str, ...] = ()
    after: str | None = None


class Objects:
    """The buckets that one identity reaches. Errors are ours."""

    def __init__(self, oracle: Oracle) -> None:
        self._oracle = oracle

    def put(self, at: OciUri, stream: BinaryIO, media_type: str | None = None) -> None:
        """Store what is left of a stream, in parts if it is large. What was there is replaced."""
        size = max(PART, -(-(left(stream) or 0) // MOST_PARTS))
        head = filled(stream, size)
        if len(head) == size:
            upload(self._oracle, at, chain([head], _parts(stream, size)), media_type)
            return
        more: dict[str, Any] = {} if media_type is None else {"content_type": media_type}
        with self._oracle.translating("PutObject"):
            client = self._oracle.storage()
            client.put_object(at.namespace, at.bucket, at.name, head, content_md5=md5(head), **more)

    def open(self, at: OciUri) -> BinaryIO:
        """A file as a stream, which goes on where it was when the connection breaks. `NotFound`."""
        return cast("BinaryIO", BufferedReader(Download(self._oracle, at), BLOCK))

    def list(self, at: OciUri, after: str | None = None, delimiter: str | None = None) -> Listing:
        """Up to 1,000 files whose names begin as the place's does, in the order of their names' bytes.

        * `delimiter`: what ends a folder, `/`: names that hold it after the place's are given as folders, once each.
        * `after`: a page's `after`: the name that the next page begins with.
        """
        asked = {"prefix": at.name, "start": after, "delimiter": delimiter}
        with self._oracle.translating("ListObjects"):
            page = (
                self._oracle.storage()
                .list_objects(
                    at.namespace,
                    at.bucket,
                    fields="name,size",
                    limit=PAGE,
                    **{name: text for name, text in asked.items() if text},
                )
                .data
            )
        return Listing(
            tuple(Stored(one.name, int(one.size or 0)) for one in page.objects or ()),
            tuple(page.prefixes or ()),
            page.next_start_with,
        )


def _parts(stream: BinaryIO, size: int) -> Iterator[bytes]:
    return iter(lambda: filled(stream, size), b"")
