"""Uploads: at once (`media`), with metadata (`multipart`), in pieces (`resumable`).

* https://cloud.google.com/storage/docs/uploads-downloads and https://cloud.google.com/storage/docs/resumable-uploads
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tracklayer.emulators.gcs.errors import GcsError, invalid
from tracklayer.emulators.gcs.routes import Route
from tracklayer.emulators.gcs.store import Blob, Store, check
from tracklayer.emulators.serving import Request, Response

#: Pieces but the last are a multiple of this.
QUANTUM = 256 * 1024
_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


@dataclass
class Session:
    """An upload in pieces. `asked`: the parameters that it began with."""

    bucket: str
    name: str
    given: dict[str, Any]
    asked: Mapping[str, str]
    size: int | None
    content: bytearray = field(default_factory=bytearray)
    blob: Blob | None = None


def inserted(store: Store, sessions: dict[str, Session], way: Route, request: Request, base: str) -> Blob | Response:
    """objects.insert: the object, or where to send its pieces."""
    kind = way.query.get("uploadType", "media")
    hashes = _hashes(request)
    if kind == "media":
        given = {"contentType": request.headers.get("content-type", "application/octet-stream"), **hashes}
        return store.put(way.bucket, way.name, request.body, given, way.query)
    if kind == "multipart":
        given, content = _parts(request)
        return store.put(way.bucket, given.get("name") or way.name, content, {**given, **hashes}, way.query)
    if kind != "resumable":
        raise invalid(f"Invalid upload type: {kind}")
    given = _json(request.body)
    given.setdefault("contentType", request.headers.get("x-upload-content-type", "application/octet-stream"))
    name = given.get("name") or way.name
    if not name:
        raise GcsError(400, "required", "Required parameter: name")
    check(store.bucket(way.bucket).blobs.get(name), way.query, reading=False)
    length = request.headers.get("x-upload-content-length")
    number = secrets.token_urlsafe(48)
    sessions[number] = Session(way.bucket, name, given, way.query, int(length) if length else None)
    place = f"{base}/upload/storage/v1/b/{way.bucket}/o?uploadType=resumable&upload_id={number}"
    return Response(200, b"", {"Location": place, "X-GUploader-UploadID": number})


def continued(store: Store, sessions: dict[str, Session], way: Route, request: Request) -> Blob | Response:
    """A piece of an upload, or the question how far it is."""
    number = way.query["upload_id"]
    session = sessions.get(number)
    if session is None:
        raise GcsError(404, "notFound", "The upload session is not known.")
    if request.method == "DELETE":
        del sessions[number]
        return Response(499, code="cancelled")
    if session.blob is not None:
        return session.blob
    _grow(session, request)
    if session.size is None or len(session.content) < session.size:
        held = len(session.content)
        return Response(
            308, b"", {"X-GUploader-UploadID": number, **({"Range": f"bytes=0-{held - 1}"} if held else {})}
        )
    given = {**session.given, **_hashes(request)}
    session.blob = store.put(session.bucket, session.name, bytes(session.content), given, session.asked)
    session.content = bytearray()
    return session.blob


def _grow(session: Session, request: Request) -> None:
    told = request.headers.get("content-range")
    if told is None:
        session.content[:] = request.body
        session.size = len(request.body)
        return
    found = _RANGE.fullmatch(told)
    if found is None:
        raise invalid(f"Failed to parse Content-Range header: {told}")
    total = None if found[3] == "*" else int(found[3])
    if found[1] is None:
        session.size = total if total is not None else session.size
        return
    start, end = int(found[1]), int(found[2]) + 1
    if end - start != len(request.body):
        raise invalid(f"The Content-Range {told} does not fit the {len(request.body)} bytes that were sent.")
    if start > len(session.content):
        raise GcsError(503, "backendError", f"Invalid request. There are {len(session.content)} bytes, not {start}.")
    if total is not None and session.size is not None and total != session.size:
        raise invalid(f"Invalid request. The total size was {session.size}, and is {total} now.")
    session.size = total if total is not None else session.size
    if end != session.size and (end - start) % QUANTUM:
        raise invalid(f"Invalid request. The number of bytes uploaded is required to be a multiple of {QUANTUM}.")
    session.content[len(session.content) :] = request.body[len(session.content) - start :]


def _hashes(request: Request) -> dict[str, str]:
    """`X-Goog-Hash: crc32c=...,md5=...`."""
    found = {}
    for part in request.headers.get("x-goog-hash", "").split(","):
        name, _, value = part.strip().partition("=")
        if name in {"crc32c", "md5"}:
            found["crc32c" if name == "crc32c" else "md5Hash"] = value
    return found


def _parts(request: Request) -> tuple[dict[str, Any], bytes]:
    """The metadata and the content of a multipart body. https://datatracker.ietf.org/doc/html/rfc2387"""
    boundary = re.search(r'boundary="?([^";]+)"?', request.headers.get("content-type", ""))
    if boundary is None:
        raise invalid("Missing boundary in multipart body.")
    mark = b"--" + boundary[1].encode()
    pieces = (b"\r\n" + request.body).split(b"\r\n" + mark)
    if len(pieces) != 4 or not pieces[3].startswith(b"--"):  # noqa: PLR2004 -- before, metadata, content, end
        raise invalid("Malformed multipart body.")
    _, about = _piece(pieces[1])
    headers, content = _piece(pieces[2])
    given = _json(about)
    kind = re.search(rb"(?im)^content-type:\s*([^\r\n]+)", headers)
    if kind is not None:
        given.setdefault("contentType", kind[1].decode("latin-1").strip())
    return given, content


def _piece(piece: bytes) -> tuple[bytes, bytes]:
    headers, found, content = piece.partition(b"\r\n\r\n")
    if not found:
        raise invalid("Malformed multipart body.")
    return headers, content


def _json(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        raise GcsError(400, "parseError", "Parse Error") from None
    if not isinstance(given, dict):
        raise GcsError(400, "parseError", "Parse Error")
    return given
