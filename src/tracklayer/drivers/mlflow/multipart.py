"""A large file in parts, straight to the store behind the server: it signs a URL for each, and puts them together."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from tracklayer.drivers.mlflow.auth import NoAuth
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.drivers.mlflow.shapes import Multipart, Nothing, PartCredential
from tracklayer.errors import ProviderError, Rejected, Unavailable

PLACE = "/api/2.0/mlflow-artifacts/mpu"
#: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
MOST_PARTS = 10_000


@dataclass(frozen=True)
class Parts:
    """How many parts, of how many bytes; the last one may be shorter."""

    number: int
    size: int


def parts_of(whole: int, size: int) -> Parts:
    """The parts of so many bytes, of that size if they are not too many."""
    size = max(size, -(-whole // MOST_PARTS))
    return Parts(-(-whole // size), size)


def upload(rest: Rest, where: str, name: str, data: BinaryIO, parts: Parts) -> bool:
    """Store a file. `where`: its folder, percent-encoded. False when the store cannot; nothing is read then."""
    try:
        body = {"path": name, "num_parts": parts.number}
        begun = rest.call("POST", f"{PLACE}/create/{where}", Multipart, body=body)
    except Unavailable as error:
        if error.retryable:
            raise
        return False  # 501
    same = {"path": name, "upload_id": begun.upload_id}
    try:
        sent = [_sent(rest, part, data.read(parts.size)) for part in sorted(begun.credentials, key=_number)]
        _check(rest, name, data)
        rest.call("POST", f"{PLACE}/complete/{where}", Nothing, body=same | {"parts": sent})
    except BaseException:
        with suppress(ProviderError):
            rest.call("POST", f"{PLACE}/abort/{where}", Nothing, body=same)
        raise
    return True


def _number(part: PartCredential) -> int:
    return part.part_number


def _sent(rest: Rest, part: PartCredential, block: bytes) -> dict[str, object]:
    """Send one part where its URL says; the URL is the permission, so no credentials go with it."""
    with rest.translating("artifacts/put part"):
        answer = rest.whole("PUT", part.url, data=block, headers=part.headers, auth=NoAuth())
    return {"part_number": part.part_number, "etag": answer.headers.get("ETag", ""), "url": part.url}


def _check(rest: Rest, name: str, data: BinaryIO) -> None:
    if data.read(1):
        message = f"{name!r} is longer than the parts that the server asked for: did it grow while it was sent?"
        raise Rejected(message, provider=rest.provider, operation="artifacts/put")
