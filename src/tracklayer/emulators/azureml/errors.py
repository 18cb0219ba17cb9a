"""Errors as Azure shapes them: each of its services in a shape of its own.

* The tracker's: https://github.com/mlflow/mlflow/issues/11462, and #10694; without a token, #5846. MLflow's client
  finds no `message` there, and shows the whole as "Response: {...}".
* ARM: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-manager-request-limits and
  https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
* Entra ID: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
* Blob: https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from tracklayer.emulators.serving import Response

JSON = {"Content-Type": "application/json; charset=utf-8"}


@dataclass(eq=False)
class AzureError(Exception):
    """What is to be answered. `word`: MLflow's word for it, which only the tracker's errors have."""

    status: int
    code: str
    message: str
    word: str = ""
    inner: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def answered(content: Any, status: int = 200, code: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON."""
    return Response(status, json.dumps(content).encode(), {**JSON, **(headers or {})}, code)


def nothing_here() -> Response:
    """404 without a body, as the tracker has it for what it does not know.

    https://github.com/Azure/azure-sdk-for-python/issues/44896
    """
    return Response(404, b"", {}, "404")


def oversized(name: str, limit: int, size: int) -> AzureError:
    """One limit passed. https://github.com/mlflow/mlflow/issues/11462"""
    message = (
        f"A field of the entity is over the size limit. FieldName={name}, Limit={limit}, Size={size}. "
        "See https://aka.ms/azure-machine-learning-limits for service limits documentation."
    )
    return AzureError(400, "ValidationError", message, "INVALID_PARAMETER_VALUE")


def bad_request(message: str) -> AzureError:
    """The tracker refuses. https://github.com/mlflow/mlflow/issues/10694"""
    return AzureError(400, "UserError", message, "BAD_REQUEST")


def shaped(service: str, error: AzureError, region: str) -> Response:
    """The answer, as that service shapes it."""
    if service == "blob":
        return _as_xml(error)
    if service == "aad":
        content: Any = _of_entra(error)
    elif service == "arm":
        content = {"error": {"code": error.code, "message": error.message}}
    else:
        content = _of_the_workspace(error, "mlflow" if service == "mlflow" else "run-history", region)
    return answered(content, error.status, error.word or error.code, error.headers)


def _of_the_workspace(error: AzureError, component: str, region: str) -> dict[str, Any]:
    inner = {"code": error.inner, "innerError": None} if error.inner else None
    about: dict[str, Any] = {
        "code": error.code, "severity": None, "message": error.message, "messageFormat": None,
        "messageParameters": None, "referenceCode": None, "detailsUri": None, "target": None, "details": [],
        "innerError": inner, "debugInfo": None, "additionalInfo": None,
    }  # fmt: skip
    content = {
        "error": about,
        "correlation": {"operation": secrets.token_hex(16), "request": secrets.token_hex(8)},
        "environment": region,
        "location": region,
        "time": time.strftime("%Y-%m-%dT%H:%M:%S.0000000+00:00", time.gmtime()),
        "componentName": component,
    }
    if not error.word:
        return content
    capital = {_capital(name): value for name, value in content.items()}
    capital["Error"] = {_capital(name): value for name, value in about.items()}
    return {**capital, "statusCode": error.status, "error_code": error.word}


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


def _of_entra(error: AzureError) -> dict[str, Any]:
    """`code`: the OAuth error. `message` begins with AADSTS and a number."""
    number = error.message.partition(":")[0].removeprefix("AADSTS")
    trace, correlation = secrets.token_hex(16), secrets.token_hex(16)
    when = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime())
    return {
        "error": error.code,
        "error_description": f"{error.message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {when}",
        "error_codes": [int(number)] if number.isdigit() else [],
        "timestamp": when,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"https://login.microsoftonline.com/error?code={number}",
    }


def _as_xml(error: AzureError) -> Response:
    body = (
        '<?xml version="1.0" encoding="utf-8"?>'
        f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
    )
    headers = {"Content-Type": "application/xml", "x-ms-error-code": error.code, **error.headers}
    return Response(error.status, body.encode(), headers, error.code)
