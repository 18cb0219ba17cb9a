"""Errors of Google Cloud Storage: https://cloud.google.com/storage/docs/json_api/v1/status-codes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tracklayer.emulators.serving import Response

JSON = {"Content-Type": "application/json; charset=UTF-8"}


class GcsError(Exception):
    """An error that the service answers with. `reason`: its word for it. `headers`: those it has besides."""

    def __init__(self, status: int, reason: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message
        self.headers = headers or {}


def not_found(what: str) -> GcsError:
    """404. `what`: `bucket/object`, or a bucket."""
    kind = "object" if "/" in what else "bucket"
    text = f"No such object: {what}" if kind == "object" else "The specified bucket does not exist."
    return GcsError(404, "notFound", text)


def invalid(message: str) -> GcsError:
    """400."""
    return GcsError(400, "invalid", message)


def shaped(error: GcsError, *, text: bool = False) -> Response:
    """The answer that carries the error. `text`: as a download has it."""
    if error.status in {304, 308}:
        return Response(error.status, code=error.reason)
    if text:
        headers = {"Content-Type": "text/html; charset=UTF-8", **error.headers}
        return Response(error.status, error.message.encode(), headers, error.reason)
    item = {"message": error.message, "domain": "global", "reason": error.reason}
    content = {"error": {"code": error.status, "message": error.message, "errors": [item]}}
    return Response(error.status, json.dumps(content, indent=2).encode(), JSON, error.reason)


def answered(content: Any, status: int = 200) -> Response:
    """A good answer in JSON."""
    return Response(status, json.dumps(content, separators=(",", ":")).encode(), JSON)
