"""A request that came in at a cloud's edge, on its way to the MLflow server behind it."""

from __future__ import annotations

import http.client
import json
import re
from urllib.parse import urlsplit

from tracklayer.emulators.serving import HOP_BY_HOP, Request, Response

#: Seconds to wait for the server behind.
PATIENCE = 120.0
#: Headers that are the edge's own business. `origin`: the server refuses those that are not its own.
EDGE = re.compile(r"authorization|host|cookie|origin|expect")


class MlflowUnreachable(Exception):
    """The server behind did not answer."""


def forwarded(url: str, request: Request, drop: re.Pattern[str] = EDGE) -> Response:
    """The server's answer. `MlflowUnreachable`.

    * `url`: where the server is. * `request`: with the path and query as the server is to see them.
    * `drop`: the headers, in lower case, that do not go along.
    """
    place = urlsplit(url)
    headers = {
        name: value
        for name, value in request.headers.items()
        if name not in HOP_BY_HOP and not EDGE.fullmatch(name) and not drop.fullmatch(name)
    }
    # A connection a request: a kept one may be closed by the server while it idles.
    server = http.client.HTTPConnection(str(place.hostname), place.port, timeout=PATIENCE)
    try:
        target = f"{request.path}?{request.query}" if request.query else request.path
        server.request(request.method, target, request.body or None, headers)
        answer = server.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise MlflowUnreachable(f"the MLflow server broke off: {error}") from error
    finally:
        server.close()
    kept = {name: value for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP}
    return Response(answer.status, body, kept, _error_code(answer.status, body))


def _error_code(status: int, body: bytes) -> str:
    """MLflow's word for an error, for the log."""
    if status < 400:  # noqa: PLR2004 -- no error
        return ""
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    return str(given.get("error_code", status)) if isinstance(given, dict) else str(status)
