"""Downloads: whole, or a range, with the headers that clients check.

* https://cloud.google.com/storage/docs/json_api/v1/objects/get and https://www.rfc-editor.org/rfc/rfc9110#name-range
"""

from __future__ import annotations

import re
from email.utils import formatdate

from tracklayer.emulators.gcs.errors import GcsError
from tracklayer.emulators.gcs.store import Blob
from tracklayer.emulators.serving import Request, Response


def downloaded(blob: Blob, request: Request) -> Response:
    """The object's bytes: those that a Range header asks for."""
    headers = {
        "Content-Type": str(blob.set.get("contentType", "application/octet-stream")),
        "ETag": blob.etag,
        "Last-Modified": formatdate(blob.updated / 1e9, usegmt=True),
        "Accept-Ranges": "bytes",
        "X-Goog-Generation": str(blob.generation),
        "X-Goog-Metageneration": str(blob.metageneration),
        "X-Goog-Storage-Class": str(blob.set.get("storageClass", "STANDARD")),
        "X-Goog-Stored-Content-Encoding": str(blob.set.get("contentEncoding", "identity")),
        "X-Goog-Stored-Content-Length": str(len(blob.content)),
        "X-Goog-Hash": f"crc32c={blob.crc32c}" + ("" if blob.components else f",md5={blob.md5}"),
    }
    for key, name in (
        ("cacheControl", "Cache-Control"),
        ("contentEncoding", "Content-Encoding"),
        ("contentDisposition", "Content-Disposition"),
        ("contentLanguage", "Content-Language"),
    ):
        if key in blob.set:
            headers[name] = str(blob.set[key])
    size = len(blob.content)
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", "").strip())
    if found is None or not (found[1] or found[2]):
        return Response(200, blob.content, headers)
    if found[1]:
        start, end = int(found[1]), min(int(found[2] or size - 1), size - 1)
    else:
        start, end = max(0, size - int(found[2])), size - 1
    if start >= size or start > end:
        message, told = "The requested range cannot be satisfied.", {"Content-Range": f"bytes */{size}"}
        raise GcsError(416, "requestedRangeNotSatisfiable", message, told)
    headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    return Response(206, blob.content[start : end + 1], headers)
