"""Refusals, in the shape of Databricks' API and in that of the storage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from tracklayer.emulators.serving import Response


class ApiError(Exception):
    """A refusal. `code`: Databricks' word for it. `retry_after`: seconds, where it says when to come again."""

    def __init__(self, status: int, code: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after


def invalid(message: str) -> ApiError:
    """INVALID_PARAMETER_VALUE."""
    return ApiError(400, "INVALID_PARAMETER_VALUE", message)


def missing(message: str) -> ApiError:
    """RESOURCE_DOES_NOT_EXIST."""
    return ApiError(404, "RESOURCE_DOES_NOT_EXIST", message)


def full(message: str) -> ApiError:
    """A run or an experiment that holds no more: BAD_REQUEST, as in mlflow/mlflow#20715."""
    return ApiError(400, "BAD_REQUEST", message)


def shaped(error: ApiError) -> Response:
    """A refusal of the API."""
    given = {} if error.retry_after is None else {"Retry-After": str(max(1, round(error.retry_after)))}
    code = int(error.code) if error.code.isdecimal() else error.code  # so it is with tokens: databricks-sdk-go#917
    return answer({"error_code": code, "message": error.message}, error.status, given, error.code)


def stored(error: ApiError) -> Response:
    """A refusal of the storage: XML, as S3, Blob storage and Cloud Storage have it."""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f"<Error><Code>{error.code}</Code><Message>{escape(error.message)}</Message></Error>"
    )
    return Response(error.status, body.encode(), {"Content-Type": "application/xml"}, error.code)


def answer(
    content: Mapping[str, Any], status: int = 200, headers: Mapping[str, str] | None = None, code: str = ""
) -> Response:
    """JSON."""
    return Response(status, json.dumps(content).encode(), {"Content-Type": "application/json", **(headers or {})}, code)
