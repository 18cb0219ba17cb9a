"""Uploads in parts: https://docs.oracle.com/iaas/Content/Object/Tasks/usingmultipartuploads.htm."""

from __future__ import annotations

import json
from typing import Any

from tracklayer.emulators.oci.errors import answered, invalid
from tracklayer.emulators.oci.storage.listing import limited
from tracklayer.emulators.oci.storage.objects import check_content, check_name
from tracklayer.emulators.oci.storage.routes import Route
from tracklayer.emulators.oci.storage.store import Blob, Bucket, Part, Store, Upload, check, digest, stamp
from tracklayer.emulators.serving import Request, Response

#: What a request tells of the object, and the header that it becomes.
_TOLD = {
    "contentType": "content-type",
    "contentLanguage": "content-language",
    "contentEncoding": "content-encoding",
    "contentDisposition": "content-disposition",
    "cacheControl": "cache-control",
    "storageTier": "storage-tier",
}


def create(store: Store, _way: Route, request: Request, bucket: Bucket) -> Response:
    """CreateMultipartUpload."""
    given = read(request)
    name = str(given.get("object") or "")
    check_name(store, name)
    check(request.headers, bucket.blobs.get(name))
    told = {header: str(given[key]) for key, header in _TOLD.items() if given.get(key)}
    told |= {str(key).lower(): str(value) for key, value in (given.get("metadata") or {}).items()}
    upload = Upload(name, store.clock(), told)
    bucket.uploads[upload.number] = upload
    return answered(_described(bucket, upload))


def put(store: Store, way: Route, request: Request, bucket: Bucket) -> Response:
    """UploadPart."""
    upload = store.upload(bucket, way.query.get("uploadId", ""), way.name)
    number, most = way.query.get("uploadPartNum", ""), store.knobs().most_parts
    if not number.isdecimal() or not 1 <= int(number) <= most:
        raise invalid(f"uploadPartNum is from 1 to {most}, not '{number}'", "InvalidUploadPart")
    check_content(store, request)
    part = upload.parts[int(number)] = Part(request.body, digest(request.body))
    return Response(200, b"", {"ETag": part.etag, "opc-content-md5": part.md5})


def commit(store: Store, way: Route, request: Request, bucket: Bucket) -> Response:
    """CommitMultipartUpload: the parts that are named become the object, in the order of their numbers."""
    upload = store.upload(bucket, way.query.get("uploadId", ""), way.name)
    check(request.headers, bucket.blobs.get(way.name))
    given = read(request)
    wanted = {int(one["partNum"]): str(one["etag"]) for one in given.get("partsToCommit") or ()}
    left_out = {int(one) for one in given.get("partsToExclude") or ()}
    if not wanted:
        raise invalid("There are no parts to commit", "InvalidUploadPart")
    if set(upload.parts) - set(wanted) - left_out:
        raise invalid("Each part that was uploaded is either committed or excluded", "InvalidUploadPart")
    for number, etag in wanted.items():
        if number not in upload.parts or upload.parts[number].etag != etag:
            raise invalid(f"The part {number} with the ETag {etag} was not uploaded", "InvalidUploadPart")
    parts = [upload.parts[number] for number in sorted(wanted)]
    least = store.knobs().smallest_part
    if any(len(part.content) < least for part in parts[:-1]):
        raise invalid(f"Each part but the last has at least {least} bytes", "InvalidUploadPart")
    content = b"".join(part.content for part in parts)
    blob = store.put(bucket, Blob(way.name, content, store.clock(), upload.told, tuple(part.md5 for part in parts)))
    del bucket.uploads[upload.number]
    headers = {name: blob.headers()[name] for name in ("ETag", "last-modified", "version-id", "opc-multipart-md5")}
    return Response(200, b"", headers)


def parts(store: Store, way: Route, _request: Request, bucket: Bucket) -> Response:
    """ListMultipartUploadParts, by pages."""
    upload = store.upload(bucket, way.query.get("uploadId", ""), way.name)
    found = [
        {"partNumber": number, "etag": part.etag, "md5": part.md5, "size": len(part.content)}
        for number, part in sorted(upload.parts.items())
    ]
    return paged(found, way)


def listed(_store: Store, way: Route, _request: Request, bucket: Bucket) -> Response:
    """ListMultipartUploads, by pages."""
    found = sorted(bucket.uploads.values(), key=lambda one: (one.name.encode(), one.moment, one.number))
    return paged([_described(bucket, one) for one in found], way)


def abort(store: Store, way: Route, _request: Request, bucket: Bucket) -> Response:
    """AbortMultipartUpload."""
    upload = store.upload(bucket, way.query.get("uploadId", ""), way.name)
    del bucket.uploads[upload.number]
    return Response(204)


def paged(found: list[dict[str, Any]], way: Route) -> Response:
    """A page of a list, and in `opc-next-page` what the next one is asked for by."""
    page = way.query.get("page", "0")
    if not page.isdecimal():
        raise invalid(f"The page '{page}' is not valid", "InvalidParameter")
    start = int(page)
    end = start + limited(way)
    return answered(found[start:end], {"opc-next-page": str(end)} if end < len(found) else {})


def read(request: Request) -> dict[str, Any]:
    """The JSON of a request."""
    try:
        given = json.loads(request.body or b"{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise invalid("Incorrectly formatted request", "CannotParseRequest")
    return given


def _described(bucket: Bucket, upload: Upload) -> dict[str, Any]:
    return {
        "namespace": bucket.tenancy.namespace,
        "bucket": bucket.name,
        "object": upload.name,
        "uploadId": upload.number,
        "timeCreated": stamp(upload.moment),
        "storageTier": upload.told.get("storage-tier", "Standard"),
    }
