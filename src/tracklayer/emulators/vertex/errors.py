"""Google's errors: a status by its name, in the shape of REST and with the number that gRPC has.

* https://cloud.google.com/apis/design/errors and https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tracklayer.emulators.serving import Response

#: Status -> HTTP, gRPC.
STATUSES: Mapping[str, tuple[int, int]] = {
    "CANCELLED": (499, 1),
    "UNKNOWN": (500, 2),
    "INVALID_ARGUMENT": (400, 3),
    "DEADLINE_EXCEEDED": (504, 4),
    "NOT_FOUND": (404, 5),
    "ALREADY_EXISTS": (409, 6),
    "PERMISSION_DENIED": (403, 7),
    "RESOURCE_EXHAUSTED": (429, 8),
    "FAILED_PRECONDITION": (400, 9),
    "ABORTED": (409, 10),
    "OUT_OF_RANGE": (400, 11),
    "UNIMPLEMENTED": (501, 12),
    "INTERNAL": (500, 13),
    "UNAVAILABLE": (503, 14),
    "DATA_LOSS": (500, 15),
    "UNAUTHENTICATED": (401, 16),
}
_BY_HTTP = {404: "NOT_FOUND", 409: "ABORTED", 400: "INVALID_ARGUMENT", 500: "INTERNAL"} | {
    http: status for status, (http, _) in STATUSES.items() if http not in {400, 404, 409, 500}
}


class ApiError(Exception):
    """An error that the API answers with. `status`: its name. `details`: as `google.rpc.ErrorInfo` in JSON."""

    def __init__(self, status: str, message: str, details: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message
        self.details = list(details)

    @property
    def http(self) -> int:
        """Its HTTP status."""
        return STATUSES[self.status][0]

    @property
    def number(self) -> int:
        """Its gRPC status."""
        return STATUSES[self.status][1]


def invalid(message: str) -> ApiError:
    """INVALID_ARGUMENT."""
    return ApiError("INVALID_ARGUMENT", message)


def missing(operation: str, kind: str, name: str) -> ApiError:
    """NOT_FOUND, in the service's words: https://github.com/googleapis/python-aiplatform/issues/2126."""
    return ApiError(
        "NOT_FOUND", f"Resource not found.; {operation} is unable to find {kind} resource with name: {name}"
    )


def taken(kind: str, name: str) -> ApiError:
    """ALREADY_EXISTS, in the service's words: https://github.com/statmike/vertex-ai-mlops/issues/37."""
    return ApiError("ALREADY_EXISTS", f"{kind} with name {name} already exists")


def asked_for(http: int, code: str, message: str) -> ApiError:
    """The error that a fault asks for: by the status's name, else by HTTP."""
    return ApiError(code if code in STATUSES else _BY_HTTP.get(http, "INTERNAL"), message)


def shaped(error: ApiError, http: int | None = None) -> Response:
    """The answer over REST. `http`: where a fault wants another one than the status has."""
    status = http or error.http
    content: dict[str, Any] = {"code": status, "message": error.message, "status": error.status}
    if error.details:
        content["details"] = error.details
    headers = {"Content-Type": "application/json; charset=UTF-8"}
    return Response(status, json.dumps({"error": content}, indent=2).encode(), headers, error.status)
