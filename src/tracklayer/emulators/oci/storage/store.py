"""Buckets, objects and unfinished uploads, in memory: tags, checksums, conditions."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import formatdate
from typing import Any

from tracklayer.emulators.oci.errors import OciError, invalid
from tracklayer.emulators.oci.knobs import Knobs
from tracklayer.emulators.oci.names import REGION, TENANCIES, Tenancy

#: "Only letters, numbers, dashes, underscores, and periods", at most 256 characters.
#: https://docs.oracle.com/iaas/Content/Object/Tasks/managingbuckets.htm
_BUCKET = re.compile(r"[A-Za-z0-9._-]{1,256}")


@dataclass
class Blob:
    """One object. `told`: the headers its owner gave it. `parts`: the MD5 of each part that it was made of."""

    name: str
    content: bytes
    moment: float
    told: Mapping[str, str]
    parts: tuple[str, ...] = ()
    etag: str = field(default_factory=lambda: str(uuid.uuid4()))
    version: str = field(default_factory=lambda: str(uuid.uuid4()))

    def __post_init__(self) -> None:
        #: Of an object in parts: "concatenating the binary representation of [the MD5] hashes in order of their part
        #: numbers, and then calculating the MD5 hash of the concatenated values" (docstring of oci 2.189.0).
        self.md5 = digest(self.content)
        if self.parts:
            self.md5 = f"{digest(b''.join(map(base64.b64decode, self.parts)))}-{len(self.parts)}"

    def headers(self) -> dict[str, str]:
        """What is said of it beside its bytes."""
        sums = {"opc-multipart-md5" if self.parts else "Content-MD5": self.md5}
        return {
            "content-type": "application/octet-stream",
            **self.told,
            **sums,
            "ETag": self.etag,
            "last-modified": formatdate(self.moment, usegmt=True),
            "accept-ranges": "bytes",
            "version-id": self.version,
            "storage-tier": self.told.get("storage-tier", "Standard"),
        }


@dataclass
class Part:
    """One part of an upload."""

    content: bytes
    md5: str
    etag: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass
class Upload:
    """An upload that is neither committed nor aborted. `parts`: by number."""

    name: str
    moment: float
    told: Mapping[str, str]
    number: str = field(default_factory=lambda: str(uuid.uuid4()))
    parts: dict[int, Part] = field(default_factory=dict)


@dataclass
class Bucket:
    """One bucket. `given`: as it was asked for."""

    name: str
    tenancy: Tenancy
    moment: float
    given: Mapping[str, Any] = field(default_factory=dict)
    blobs: dict[str, Blob] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    etag: str = field(default_factory=lambda: str(uuid.uuid4()))

    def summary(self) -> dict[str, Any]:
        """What a list says of it."""
        return {
            "namespace": self.tenancy.namespace,
            "name": self.name,
            "compartmentId": self.given.get("compartmentId", self.tenancy.compartment),
            "createdBy": self.tenancy.user,
            "timeCreated": stamp(self.moment),
            "etag": self.etag,
        }

    def described(self) -> dict[str, Any]:
        """All that is said of it."""
        return {
            "publicAccessType": "NoPublicAccess",
            "storageTier": "Standard",
            "versioning": "Disabled",
            "metadata": {},
            **self.given,
            **self.summary(),
            "approximateCount": len(self.blobs),
            "approximateSize": sum(len(blob.content) for blob in self.blobs.values()),
        }


class Store:
    """All buckets, of a region and a namespace each. `clock`: seconds since 1970, by the service."""

    def __init__(self, knobs: Callable[[], Knobs], clock: Callable[[], float]) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.knobs = knobs
        self._buckets: dict[tuple[str, str, str], Bucket] = {}
        for tenancy in TENANCIES:
            for name in knobs().buckets:
                self.make_bucket(tenancy, REGION, name, {})

    def buckets(self, tenancy: Tenancy, region: str) -> list[Bucket]:
        """Those of a namespace in a region, by name."""
        mine = (region, tenancy.namespace)
        return [bucket for key, bucket in sorted(self._buckets.items()) if key[:2] == mine]

    def bucket(self, tenancy: Tenancy, region: str, namespace: str, name: str) -> Bucket:
        """The bucket of that name, for a caller of that tenancy. Raises 404."""
        found = self._buckets.get((region, namespace, name))
        if found is None or found.tenancy != tenancy:
            message = (
                f"Either the bucket named '{name}' does not exist in the namespace '{namespace}' or you are not "
                "authorized to access it"
            )
            raise OciError(404, "BucketNotFound", message)
        return found

    def make_bucket(self, tenancy: Tenancy, region: str, name: str, given: Mapping[str, Any]) -> Bucket:
        """A new bucket."""
        if not _BUCKET.fullmatch(name):
            raise invalid(f"The bucket name '{name}' is not valid", "InvalidBucketName")
        key = (region, tenancy.namespace, name)
        if key in self._buckets:
            raise OciError(
                409, "BucketAlreadyExists", f"Either the bucket '{name}' already exists, or it is being made"
            )
        made = self._buckets[key] = Bucket(name, tenancy, self.clock(), given)
        return made

    def drop_bucket(self, bucket: Bucket, region: str) -> None:
        """It is gone, if it was empty."""
        if bucket.blobs or bucket.uploads:
            message = f"Bucket named '{bucket.name}' is not empty. Delete all objects and uploads first."
            raise OciError(409, "BucketNotEmpty", message)
        del self._buckets[region, bucket.tenancy.namespace, bucket.name]

    def put(self, bucket: Bucket, blob: Blob) -> Blob:
        """A new object, or one in the place of that which was there."""
        bucket.blobs[blob.name] = blob
        return blob

    def blob(self, bucket: Bucket, name: str) -> Blob:
        """The object of that name. Raises 404."""
        if name not in bucket.blobs:
            message = f"The object '{name}' was not found in the bucket '{bucket.name}'"
            raise OciError(404, "ObjectNotFound", message)
        return bucket.blobs[name]

    def upload(self, bucket: Bucket, number: str, name: str) -> Upload:
        """The upload of that number, if it is one of that object. Raises 404."""
        found = bucket.uploads.get(number)
        if found is None or found.name != name:
            raise OciError(404, "NoSuchUpload", f"The upload '{number}' of the object '{name}' was not found")
        return found


def check(headers: Mapping[str, str], held: Blob | None) -> None:
    """The conditions of a request that writes. Raises 412."""
    wanted, unwanted = headers.get("if-match"), headers.get("if-none-match")
    if unwanted is not None and unwanted != "*":
        raise invalid("The only valid value of if-none-match is '*'")
    if unwanted == "*" and held is not None:
        raise OciError(412, "IfNoneMatchFailed", f"The object '{held.name}' already exists")
    if wanted is not None and (held is None or wanted.strip('"') != held.etag):
        raise OciError(412, "IfMatchFailed", "The If-Match header does not match the ETag of the object")


def digest(content: bytes) -> str:
    """MD5 as headers have it."""
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def stamp(moment: float) -> str:
    """A time as answers have it."""
    told = datetime.fromtimestamp(int(moment * 1000) / 1000, timezone.utc)
    return told.isoformat(timespec="milliseconds")[:-6] + "Z"
