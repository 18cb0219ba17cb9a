"""The storage behind signed URLs: as much of S3, Cloud Storage, Blob storage and Data Lake Storage as they open."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from tracklayer.emulators.databricks.errors import ApiError
from tracklayer.emulators.databricks.knobs import Knobs
from tracklayer.emulators.databricks.shelf import Shelf, tag_of
from tracklayer.emulators.databricks.signing import Grant, demand_headers
from tracklayer.emulators.serving import Request, Response


@dataclass
class Upload:
    """A file in parts, or in blocks, that is not there yet."""

    path: str
    parts: dict[str, bytes] = field(default_factory=dict)


class Storage:
    """All files that are on their way. `shelves`: the files of a workspace, by its host."""

    def __init__(self, shelves: Callable[[str], Shelf]) -> None:
        self._shelves = shelves
        self._uploads: dict[str, Upload] = {}
        self._blocks: dict[tuple[str, str], Upload] = {}
        self._lock = threading.Lock()

    def respond(self, grant: Grant, request: Request, knobs: Knobs) -> Response:
        """The answer to a request with a good signature. Raises `ApiError`."""
        wanted = {"GET": "r", "HEAD": "r", "DELETE": "d"}.get(request.method, "w")
        if wanted != grant.permission:
            raise ApiError(403, "SignatureDoesNotMatch", f"The URL is not signed for {request.method}")
        demand_headers(grant, request)
        if wanted == "r":
            return read(self._shelves(grant.host), grant.path, request, knobs)
        if wanted == "d":
            with self._lock:
                self._uploads.pop(grant.upload, None)
            return Response(204)
        query = {name: values[0] for name, values in parse_qs(request.query).items()}
        if grant.kind == "AZURE_SAS_URI":
            return self._block(grant, request, query)
        if grant.kind == "AZURE_ADLS_GEN2_SAS_URI":
            return self._append(grant, request, query)
        if "chunked" in request.headers.get("transfer-encoding", ""):
            raise ApiError(501, "NotImplemented", "A header you provided implies functionality that is not implemented")
        if grant.upload:
            return self._part(grant, request.body)
        self._shelves(grant.host).put(grant.path, request.body)
        return Response(200, headers={"ETag": tag_of(request.body)})

    # -- a file in parts, as S3 has it: begun and ended by the workspace

    def begin(self, path: str) -> str:
        """The id of a new upload."""
        upload = secrets.token_urlsafe(24)
        with self._lock:
            self._uploads[upload] = Upload(path)
        return upload

    def open_uploads(self) -> int:
        """How many are neither complete nor given up."""
        with self._lock:
            return len(self._uploads)

    def complete(self, host: str, path: str, upload: str, tags: list[tuple[int, str]], smallest: int) -> None:
        """Put the parts together. Raises `ApiError`."""
        with self._lock:
            found = self._uploads.get(upload)
            if found is None or found.path != path:
                raise ApiError(404, "RESOURCE_DOES_NOT_EXIST", "The upload does not exist")
            parts = [found.parts.get(str(number), b"") for number, _ in tags]
            if not tags or any(tag_of(part) != tag for part, (_, tag) in zip(parts, tags, strict=True)):
                raise ApiError(400, "INVALID_PARAMETER_VALUE", "InvalidPart: a part was not found, or has another ETag")
            if any(len(part) < smallest for part in parts[:-1]):
                raise ApiError(400, "INVALID_PARAMETER_VALUE", f"EntityTooSmall: a part is smaller than {smallest}")
            del self._uploads[upload]
        self._shelves(host).put(path, b"".join(parts))

    def _part(self, grant: Grant, body: bytes) -> Response:
        with self._lock:
            found = self._uploads.get(grant.upload)
            if found is None:
                raise ApiError(404, "NoSuchUpload", "The specified upload does not exist.")
            found.parts[str(grant.part)] = body
        return Response(200, headers={"ETag": tag_of(body)})

    # -- Blob storage: https://learn.microsoft.com/rest/api/storageservices/put-block-list

    def _block(self, grant: Grant, request: Request, query: Mapping[str, str]) -> Response:
        place = (grant.host, grant.path)
        if query.get("comp") == "block":
            try:
                base64.b64decode(query.get("blockid", ""), validate=True)
            except binascii.Error:
                raise ApiError(400, "InvalidQueryParameterValue", "blockid must be valid Base64") from None
            with self._lock:
                kept = self._blocks.setdefault(place, Upload(grant.path)).parts
                if any(len(one) != len(query["blockid"]) for one in kept):
                    raise ApiError(400, "InvalidBlobOrBlock", "The specified block content is invalid.")
                kept[query["blockid"]] = request.body
            return Response(201)
        if query.get("comp") == "blocklist":
            wanted = re.findall(r"<(?:Latest|Uncommitted)>([^<]+)</", request.body.decode("utf-8", "replace"))
            with self._lock:
                kept = self._blocks.pop(place, Upload(grant.path)).parts
            if any(one not in kept for one in wanted):
                raise ApiError(400, "InvalidBlockList", "The specified block list is invalid.")
            self._shelves(grant.host).put(grant.path, b"".join(kept[one] for one in wanted))
            return Response(201)
        if request.headers.get("x-ms-blob-type") != "BlockBlob":
            raise ApiError(400, "MissingRequiredHeader", "An HTTP header that's mandatory is missing: x-ms-blob-type")
        self._shelves(grant.host).put(grant.path, request.body)
        return Response(201)

    # -- Data Lake Storage Gen2: https://learn.microsoft.com/rest/api/storageservices/datalakestoragegen2/path/update

    def _append(self, grant: Grant, request: Request, query: Mapping[str, str]) -> Response:
        place, shelf = (grant.host, grant.path), self._shelves(grant.host)
        if request.method == "PUT" and query.get("resource") == "file":
            shelf.put(grant.path, b"")
            with self._lock:
                self._blocks[place] = Upload(grant.path)
            return Response(201)
        if request.method != "PATCH" or shelf.get(grant.path) is None:
            raise ApiError(404, "PathNotFound", "The specified path does not exist.")
        position = query.get("position", "")
        if not position.isdecimal():
            raise ApiError(400, "InvalidQueryParameterValue", "position is missing")
        with self._lock:
            if place not in self._blocks:
                self._blocks[place] = Upload(grant.path, {"0": shelf.get(grant.path) or b""})
            parts = self._blocks[place].parts
            if query.get("action") == "append":
                parts[position] = request.body
                if query.get("flush") != "true":
                    return Response(202)
            whole = b"".join(parts[at] for at in sorted(parts, key=int))
            if query.get("action") == "flush" and int(position) != len(whole):
                said = "The uploaded data is not contiguous or the position is wrong."
                raise ApiError(400, "InvalidFlushPosition", said)
            del self._blocks[place]
        shelf.put(grant.path, whole)
        return Response(200)


def read(shelf: Shelf, path: str, request: Request, knobs: Knobs) -> Response:
    """A file, or the range of it that was asked for. Raises `ApiError`."""
    data = shelf.get(path)
    if data is None:
        if knobs.missing_key == "403":
            raise ApiError(403, "AccessDenied", "Access Denied")
        raise ApiError(404, "NoSuchKey", "The specified key does not exist.")
    headers = {"ETag": tag_of(data), "Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
    found = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
    if found is None:
        return Response(200, data, {**headers, "Content-Length": str(len(data))})
    start, end = int(found[1]), int(found[2] or len(data) - 1)
    if start >= len(data):
        raise ApiError(416, "InvalidRange", "The requested range is not satisfiable")
    part = data[start : end + 1]
    return Response(206, part, {**headers, "Content-Range": f"bytes {start}-{start + len(part) - 1}/{len(data)}"})
