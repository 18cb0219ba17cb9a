"""Errors of OCI's services: https://docs.oracle.com/iaas/Content/API/References/apierrors.htm."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from tracklayer.emulators.serving import Request, Response

JSON = "application/json"


class OciError(Exception):
    """An error that a service answers with. `headers`: those it has besides."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


def hidden() -> OciError:
    """404: it is not there, or not for this caller; which of both is not told."""
    return OciError(404, "NotAuthorizedOrNotFound", "Authorization failed or requested resource not found.")


def no_operation() -> OciError:
    """404: a path or a method that the service does not have."""
    message = "There are no operations supported at the URI path and HTTP method specified in the request."
    return OciError(404, "NotFound", message)


def invalid(message: str, code: str = "InvalidParameter") -> OciError:
    """400."""
    return OciError(400, code, message)


def shaped(error: OciError) -> Response:
    """The answer that carries the error."""
    if error.status == 304:  # noqa: PLR2004 -- not modified: without a body
        return Response(304, b"", error.headers, error.code)
    body = json.dumps({"code": error.code, "message": error.message}).encode()
    return Response(error.status, body, {"Content-Type": JSON, **error.headers}, error.code)


def answered(content: Any, headers: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """A good answer in JSON."""
    body = json.dumps(content, separators=(",", ":")).encode()
    return Response(status, body, {"Content-Type": JSON, **(headers or {})})


def numbered(request: Request, response: Response) -> Response:
    """The answer with the ids that every answer of OCI has: the client's own, taken up, and the service's."""
    asked = request.headers
    given = asked.get("opc-request-id") or asked.get("opc-client-request-id") or secrets.token_hex(16).upper()
    headers = {**response.headers, "opc-request-id": f"{given}/{secrets.token_hex(16).upper()}"}
    if "opc-client-request-id" in asked:
        headers["opc-client-request-id"] = asked["opc-client-request-id"]
    return Response(response.status, response.body, headers, response.code)
