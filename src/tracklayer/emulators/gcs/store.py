"""Buckets and objects, in memory: generations, checksums, preconditions."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Protocol
from urllib.parse import quote

from tracklayer.emulators.gcs.errors import GcsError, invalid, not_found

#: https://cloud.google.com/storage/docs/buckets#naming: 3-63 characters, 222 with dots.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
#: "1-1024 bytes when UTF-8 encoded". https://cloud.google.com/storage/docs/objects#naming
LONGEST = 1024
#: What of an object its owner may set. https://cloud.google.com/storage/docs/json_api/v1/objects#resource
SETTABLE = (
    *("contentType", "cacheControl", "contentDisposition", "contentEncoding", "contentLanguage", "customTime"),
    *("metadata", "storageClass", "eventBasedHold", "temporaryHold"),
)


class Described(Protocol):
    """What an answer can be made of."""

    def described(self, base: str) -> dict[str, Any]:
        """The answer's content. `base`: scheme and host of links."""


@dataclass(frozen=True)
class Content:
    """An answer that is no resource of its own."""

    describe: Callable[[str], dict[str, Any]]

    def described(self, base: str) -> dict[str, Any]:
        """The answer's content."""
        return self.describe(base)


@dataclass
class Blob:
    """One object, as it is now. `set`: what its owner set. Times are nanoseconds since 1970."""

    bucket: str
    name: str
    content: bytes
    generation: int
    created: int
    updated: int
    set: dict[str, Any] = field(default_factory=dict)
    metageneration: int = 1
    components: int | None = None

    def __post_init__(self) -> None:
        self.md5 = base64.b64encode(hashlib.md5(self.content, usedforsecurity=False).digest()).decode()
        self.crc32c = crc32c(self.content)

    @property
    def etag(self) -> str:
        """It changes with every change."""
        return base64.b64encode(f"{self.generation}.{self.metageneration}".encode()).decode()

    def described(self, base: str) -> dict[str, Any]:
        """Its resource."""
        path = f"b/{self.bucket}/o/{quote(self.name, safe='')}"
        media = f"{base}/download/storage/v1/{path}?generation={self.generation}&alt=media"
        return {
            "kind": "storage#object",
            "id": f"{self.bucket}/{self.name}/{self.generation}",
            "selfLink": f"{base}/storage/v1/{path}",
            "mediaLink": media,
            "name": self.name,
            "bucket": self.bucket,
            "generation": str(self.generation),
            "metageneration": str(self.metageneration),
            "storageClass": "STANDARD",
            "size": str(len(self.content)),
            **({} if self.components else {"md5Hash": self.md5}),
            **({"componentCount": self.components} if self.components else {}),
            "crc32c": self.crc32c,
            "etag": self.etag,
            "timeCreated": stamp(self.created),
            "updated": stamp(self.updated),
            "timeStorageClassUpdated": stamp(self.created),
            "timeFinalized": stamp(self.created),
            **self.set,
        }


@dataclass
class Bucket:
    """One bucket. `owner`: the number of its project. `set`: what its owner set."""

    name: str
    owner: str
    created: int
    set: dict[str, Any] = field(default_factory=dict)
    blobs: dict[str, Blob] = field(default_factory=dict)
    policy: dict[str, Any] = field(default_factory=lambda: {"version": 1, "bindings": [], "etag": "CAE="})
    metageneration: int = 1

    def described(self, base: str) -> dict[str, Any]:
        """Its resource."""
        return {
            "location": "US",
            "storageClass": "STANDARD",
            "locationType": "multi-region",
            **self.set,
            "kind": "storage#bucket",
            "id": self.name,
            "name": self.name,
            "projectNumber": self.owner,
            "selfLink": f"{base}/storage/v1/b/{self.name}",
            "metageneration": str(self.metageneration),
            "timeCreated": stamp(self.created),
            "updated": stamp(self.created),
            "etag": "CAE=",
        }


class Store:
    """All buckets.

    * `initial`: those that are there from the start. `owner`: their project, by its number.
    * `numbered`: a project's number, by its id or number. `clock`: nanoseconds since 1970.
    """

    def __init__(
        self, initial: Iterable[str], owner: str, numbered: Callable[[str], str], clock: Callable[[], int]
    ) -> None:
        self.numbered = numbered
        self.lock = threading.RLock()
        self.clock = clock
        self.buckets = {name: Bucket(name, owner, clock()) for name in initial}
        self._generation = 0

    def bucket(self, name: str) -> Bucket:
        """Raises 404."""
        if name not in self.buckets:
            raise not_found(name)
        return self.buckets[name]

    def make_bucket(self, name: str, owner: str, given: Mapping[str, Any]) -> Bucket:
        """A new bucket of a project, by its number."""
        if not _BUCKET.fullmatch(name) or (len(name) > 63 and "." not in name):  # noqa: PLR2004 -- _BUCKET's source
            raise invalid(f"Invalid bucket name: '{name}'")
        if name in self.buckets:
            message = "Your previous request to create the named bucket succeeded and you already own it."
            if self.buckets[name].owner != owner:
                message = "The requested bucket name is not available. The bucket namespace is shared by all users."
            raise GcsError(409, "conflict", message)
        self.buckets[name] = Bucket(name, owner, self.clock(), dict(given))
        return self.buckets[name]

    def blob(self, bucket: str, name: str, asked: Mapping[str, str]) -> Blob:
        """The object, if its `generation` is the one asked for, and preconditions hold. Raises 404, 412, 304."""
        found = self.bucket(bucket).blobs.get(name)
        if found is None or asked.get("generation", str(found.generation)) != str(found.generation):
            raise not_found(f"{bucket}/{name}")
        check(found, asked, reading=True)
        return found

    def put(self, bucket: str, name: str, content: bytes, given: Mapping[str, Any], asked: Mapping[str, str]) -> Blob:
        """A new object, or a new generation. `given`: its resource. `asked`: preconditions, and those of its name."""
        place = self.bucket(bucket)
        if not name or len(name.encode()) > LONGEST or "\n" in name or "\r" in name or name in {".", ".."}:
            raise invalid(f"Invalid object name: {name!r}")
        check(place.blobs.get(name), asked, reading=False)
        now = self.clock()
        self._generation = max(self._generation + 1, now // 1000)
        settings = {key: given[key] for key in SETTABLE if given.get(key) is not None}
        blob = Blob(bucket, name, content, self._generation, now, now, settings)
        for stated, held, title in (("md5Hash", blob.md5, "MD5 hash"), ("crc32c", blob.crc32c, "CRC32C")):
            if given.get(stated) not in {None, held}:
                raise invalid(f'Provided {title} "{given[stated]}" doesn\'t match calculated {title} "{held}".')
        place.blobs[name] = blob
        return blob


def check(blob: Blob | None, asked: Mapping[str, str], *, reading: bool, prefix: str = "if") -> None:
    """Preconditions: https://cloud.google.com/storage/docs/request-preconditions. Raises 412 or 304."""
    generation = 0 if blob is None else blob.generation
    meta = 0 if blob is None else blob.metageneration
    for what, held in (("Generation", generation), ("Metageneration", meta)):
        for kind in ("Match", "NotMatch"):
            given = asked.get(f"{prefix}{what}{kind}")
            if given is None:
                continue
            if not given.isdecimal():
                raise invalid(f"Invalid long value: {given!r}")
            if (int(given) == held) != (kind == "Match"):
                if reading and kind == "NotMatch":
                    raise GcsError(304, "notModified", "Not Modified")
                raise GcsError(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")


def crc32c(content: bytes) -> str:
    """The checksum as the service writes it: big-endian, in base64."""
    import google_crc32c  # noqa: PLC0415 -- it comes with google-cloud-storage

    return base64.b64encode(google_crc32c.value(content).to_bytes(4, "big")).decode()


def stamp(moment: int) -> str:
    """A time as the service writes it."""
    return (
        datetime.fromtimestamp(moment // 1_000_000 / 1000, timezone.utc).isoformat(timespec="milliseconds")[:-6] + "Z"
    )
