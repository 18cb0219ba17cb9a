"""Objects: put, read (in parts too), looked at, deleted.

An operation is a function `(store, route, request, bucket) -> answer`.
"""

from __future__ import annotations

import base64
import hashlib
import re

from tracklayer.emulators.oci.errors import OciError, invalid
from tracklayer.emulators.oci.storage.routes import Route
from tracklayer.emulators.oci.storage.store import Blob, Bucket, Store, check, digest
from tracklayer.emulators.serving import Request, Response

#: Headers that an object keeps as they were given, and `opc-meta-*`.
_KEPT = re.compile(
    r"content-type|content-language|content-encoding|content-disposition|cache-control|storage-tier|opc-meta-.+"
)
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def put(store: Store, way: Route, request: Request, bucket: Bucket) -> Response:
    """PutObject."""
    check_name(store, way.name)
    check_content(store, request)
    check(request.headers, bucket.blobs.get(way.name))
    told = {name: value for name, value in request.headers.items() if _KEPT.fullmatch(name)}
    blob = store.put(bucket, Blob(way.name, request.body, store.clock(), told))
    headers = {name: blob.headers()[name] for name in ("ETag", "last-modified", "version-id")}
    return Response(200, b"", {**headers, "opc-content-md5": blob.md5})


def get(store: Store, way: Route, request: Request, bucket: Bucket) -> Response:
    """GetObject, or HeadObject: the bytes that a Range header asks for."""
    blob = store.blob(bucket, way.name)
    headers = blob.headers()
    wanted, unwanted = request.headers.get("if-match"), request.headers.get("if-none-match")
    if wanted is not None and wanted.strip('"') != blob.etag:
        raise OciError(412, "IfMatchFailed", "The If-Match header does not match the ETag of the object")
    if unwanted is not None and unwanted.strip('"') == blob.etag:
        raise OciError(304, "NotModified", "", {"ETag": blob.etag})
    if request.method == "HEAD":
        return Response(200, b"", {**headers, "content-length": str(len(blob.content))})
    size = len(blob.content)
    found = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if found is None or not (found[1] or found[2]):
        return Response(200, blob.content, headers)
    if found[1]:
        start, end = int(found[1]), min(int(found[2] or size - 1), size - 1)
    else:
        start, end = max(0, size - int(found[2])), size - 1
    if start >= size or start > end:
        message = f"The Range '{found[0]}' cannot be satisfied: the object has {size} bytes"
        raise OciError(416, "InvalidRange", message, {"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    headers.pop("Content-MD5", None)
    return Response(206, blob.content[start : end + 1], headers)


def delete(store: Store, way: Route, request: Request, bucket: Bucket) -> Response:
    """DeleteObject."""
    blob = store.blob(bucket, way.name)
    check(request.headers, blob)
    del bucket.blobs[way.name]
    return Response(204, b"", {name: blob.headers()[name] for name in ("last-modified", "version-id")})


def check_name(store: Store, name: str) -> None:
    """Names: https://docs.oracle.com/iaas/Content/Object/Tasks/managingobjects.htm#namerequirements."""
    most = store.knobs().longest_name
    if not name or len(name.encode()) > most or any(letter in name for letter in "\r\n\0"):
        message = f"An object name has 1 to {most} bytes in UTF-8, none of them a line feed, a return or a NUL"
        raise invalid(message, "InvalidObjectName")


def check_content(store: Store, request: Request) -> None:
    """The size of a body, and the sums that the client made of it. Raises 400, 413."""
    most = store.knobs().largest_put
    if len(request.body) > most:
        raise OciError(
            413, "RequestEntityTooLarge", f"The body has {len(request.body)} bytes: at most {most} are taken"
        )
    for title, header, held in (
        ("MD5", "Content-MD5", digest(request.body)),
        ("SHA256", "opc-content-sha256", _sum("sha256", request.body)),
        ("SHA384", "opc-content-sha384", _sum("sha384", request.body)),
    ):
        given = request.headers.get(header.lower())
        if given is not None and given != held:
            message = f"The computed {title} of the request body ({held}) does not match the {header} header ({given})"
            raise invalid(message, f"UnmatchedContent{title}")


def _sum(name: str, content: bytes) -> str:
    return base64.b64encode(hashlib.new(name, content).digest()).decode()
