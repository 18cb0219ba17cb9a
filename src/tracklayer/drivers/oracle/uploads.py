"""A large file on its way to Object Storage, in parts.

Not by the SDK's UploadManager: it leaves the parts behind when the stream itself fails, and hides what went wrong.
"""

from __future__ import annotations

import base64
import hashlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from tracklayer.drivers.oracle.session import Oracle
from tracklayer.drivers.oracle.uris import OciUri
from tracklayer.errors import NotFound, Unavailable

#: Bytes of one part, the least that Object Storage takes, and how many parts it takes of one file
#: (https://docs.oracle.com/iaas/Content/Object/Tasks/usingmultipartuploads.htm).
PART, MOST_PARTS = 10 * 2**20, 10_000
#: Parts that are sent at once, as by the SDK; so many are in memory, and one that is read.
AT_ONCE = 3


def md5(data: bytes) -> str:
    """The digest by which Object Storage tells that what came is what was sent."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def upload(oracle: Oracle, at: OciUri, parts: Iterator[bytes], media_type: str | None) -> None:
    """Store the parts as one file. What goes wrong takes those that were sent with it."""
    from oci.object_storage import models  # noqa: PLC0415 -- late: 1 s

    with oracle.translating("CreateMultipartUpload"):
        client = oracle.storage()
        details = models.CreateMultipartUploadDetails(object=at.name, content_type=media_type)
        begun = client.create_multipart_upload(at.namespace, at.bucket, details).data.upload_id
    where = (at.namespace, at.bucket, at.name, begun)
    try:
        sent = list(_sent(oracle, where, parts))
        commit = models.CommitMultipartUploadDetails(
            parts_to_commit=[models.CommitMultipartUploadPartDetails(part_num=n, etag=etag) for n, etag in sent]
        )
        _commit(oracle, where, commit)
    except BaseException:
        with suppress(Exception):
            client.abort_multipart_upload(*where)
        raise


def _sent(oracle: Oracle, where: tuple[str, ...], parts: Iterator[bytes]) -> Iterator[tuple[int, str]]:
    """The number and the etag of each part, in order."""

    def send(number: int, data: bytes) -> tuple[int, str]:
        with oracle.translating("UploadPart"):
            answer = oracle.storage().upload_part(*where, number, data, content_md5=md5(data))
        return number, str(answer.headers["etag"])

    with ThreadPoolExecutor(AT_ONCE, "tracklayer-oci") as pool:
        waiting: deque[Future[tuple[int, str]]] = deque()
        for number, data in enumerate(parts, start=1):
            waiting.append(pool.submit(send, number, data))
            if len(waiting) == AT_ONCE:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _commit(oracle: Oracle, where: tuple[str, ...], details: Any) -> None:
    try:
        with oracle.translating("CommitMultipartUpload"):
            oracle.storage().commit_multipart_upload(*where, details)
    except NotFound as error:  # ended by an attempt whose answer was lost, or by somebody else
        message = f"the upload of {where[2]!r} is gone: send the file anew"
        raise Unavailable(message, provider=oracle.provider, operation="CommitMultipartUpload") from error
