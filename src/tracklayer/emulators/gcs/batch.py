"""Batches: up to 100 requests in one. https://cloud.google.com/storage/docs/batch."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from http.client import responses

from tracklayer.emulators.gcs.errors import invalid
from tracklayer.emulators.serving import Request, Response

#: "Make no more than 100 calls in a single batch request."
MOST = 100


def respond(request: Request, answer: Callable[[Request], Response]) -> Response:
    """The answers to all of them, in their order."""
    boundary = re.search(r'boundary="?([^";]+)"?', request.headers.get("content-type", ""))
    if boundary is None:
        raise invalid("Failed to parse batch request, error: missing boundary.")
    pieces = re.split(rb"\r?\n--" + re.escape(boundary[1].encode()), b"\n" + request.body)[1:-1]
    if len(pieces) > MOST:
        raise invalid(f"The batch request has {len(pieces)} calls: at most {MOST} are allowed.")
    mark = f"batch_{secrets.token_hex(12)}"
    parts = [_part(mark, piece, request, answer) for piece in pieces]
    body = b"".join(parts) + f"--{mark}--\r\n".encode()
    return Response(200, body, {"Content-Type": f"multipart/mixed; boundary={mark}"})


def _part(mark: str, piece: bytes, request: Request, answer: Callable[[Request], Response]) -> bytes:
    outer, _, inner = re.sub(rb"\r\n", b"\n", piece).partition(b"\n\n")
    head, _, body = inner.partition(b"\n\n")
    line, *lines = head.decode().split("\n")
    method, target, *_ = line.split(" ")
    target = re.sub(r"^https?://[^/]+", "", target)
    path, _, query = target.partition("?")
    headers = dict(request.headers) | {
        name.strip().lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)
    }
    response = answer(
        Request(method, path, query, headers | {"host": request.headers.get("host", "")}, body.rstrip(b"\n"))
    )
    number = re.search(rb"(?im)^content-id:\s*<?([^>\n]+)>?", outer)
    told = f"--{mark}\r\nContent-Type: application/http\r\n"
    if number is not None:
        told += f"Content-ID: <response-{number[1].decode()}>\r\n"
    told += f"\r\nHTTP/1.1 {response.status} {responses.get(response.status, '')}\r\n"
    told += "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
    return told.encode() + f"Content-Length: {len(response.body)}\r\n\r\n".encode() + response.body + b"\r\n"
