"""Lists of objects: prefix, delimiter, start, end, fields, pages."""

from __future__ import annotations

from typing import Any

from tracklayer.emulators.oci.errors import answered, invalid
from tracklayer.emulators.oci.storage.routes import Route
from tracklayer.emulators.oci.storage.store import Blob, Bucket, Store, stamp
from tracklayer.emulators.serving import Request, Response

#: "ListObjects returns at most 1000 objects." (docstring of oci 2.189.0)
PAGE = 1000
#: What can be asked of an object, by its name in lower case: fields are a "case-insensitive list".
_FIELDS = {
    name.lower(): name
    for name in ("name", "size", "etag", "md5", "timeCreated", "timeModified", "storageTier", "archivalState")
}


def listed(_store: Store, way: Route, _request: Request, bucket: Bucket) -> Response:
    """ListObjects: one page of names and prefixes, in the order of their bytes."""
    limit = limited(way)
    fields = [_FIELDS.get(one.strip().lower(), "") for one in way.query.get("fields", "name").split(",")]
    if "" in fields:
        raise invalid(f"The fields '{way.query['fields']}' are not valid", "InvalidParameter")
    found = _found(bucket, way)
    page, rest = found[:limit], found[limit:]
    objects = [_summary(bucket.blobs[name], {"name", *fields}) for name, whole in page if whole]
    content: dict[str, Any] = {"objects": objects, "prefixes": [name for name, whole in page if not whole]}
    if rest:
        content["nextStartWith"] = rest[0][0]
    return answered(content)


def limited(way: Route) -> int:
    """How many are asked for."""
    asked = way.query.get("limit", str(PAGE))
    if not asked.isdecimal() or not 1 <= int(asked) <= PAGE:
        raise invalid(f"limit is from 1 to {PAGE}, not '{asked}'", "InvalidParameter")
    return int(asked)


def _found(bucket: Bucket, way: Route) -> list[tuple[str, bool]]:
    """(name, whether it is an object and no prefix), in order."""
    asked = way.query
    prefix, delimiter, start = asked.get("prefix", ""), asked.get("delimiter", ""), asked.get("start", "")
    if delimiter not in {"", "/"}:
        raise invalid("Only '/' is a supported delimiter", "InvalidParameter")
    after, end = asked.get("startAfter"), asked.get("end")
    found: dict[tuple[str, bool], None] = {}
    for name in bucket.blobs:
        if not name.startswith(prefix):
            continue
        cut = name.find(delimiter, len(prefix)) if delimiter else -1
        head = name if cut < 0 else name[: cut + 1]
        if _key(head) < _key(start) or (end is not None and _key(head) >= _key(end)):
            continue
        if after is None or _key(head) > _key(after):
            found[head, cut < 0] = None
    return sorted(found, key=lambda one: (_key(one[0]), one[1]))


def _key(name: str) -> bytes:
    return name.encode()


def _summary(blob: Blob, fields: set[str]) -> dict[str, Any]:
    told = {
        "name": blob.name,
        "size": len(blob.content),
        "etag": blob.etag,
        "md5": blob.md5,
        "timeCreated": stamp(blob.moment),
        "timeModified": stamp(blob.moment),
        "storageTier": blob.told.get("storage-tier", "Standard"),
    }
    return {name: value for name, value in told.items() if name in fields}
