"""Guard: what stands before MLflow's app: who may ask, and for what.

MLflow's own middleware, which comes after it, refuses foreign host names and origins.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias

from tracklayer.plugins.mlflow.many.store import READS_ONLY
from tracklayer.plugins.mlflow.ui.routes import Verdict, verdict

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers: TypeAlias = Iterable[tuple[bytes, bytes]]

#: Why a request is refused -> HTTP's status, MLflow's code, and what is said.
REFUSALS = {
    Verdict.READS_ONLY: (403, "PERMISSION_DENIED", READS_ONLY),
    Verdict.LACKING: (501, "NOT_IMPLEMENTED", "tracklayer keeps experiments, runs and models, and has no such thing"),
}
#: A browser that is told so asks for a name, which may be any, and a password, which is the token.
WHO = (b"www-authenticate", b'Basic realm="tracklayer ui: the password is the token", charset="UTF-8"')

#: As MLflow's own page has it: in no other site's frame.
FRAMED = (b"x-frame-options", b"SAMEORIGIN")


class Guard:
    """An ASGI app before another.

    * `token`: what each request must bring; None: nothing. * `page`: what is at `/`; None: what MLflow has there.
    """

    def __init__(self, app: App, *, write: bool, token: str | None, page: bytes | None = None) -> None:
        self._app = app
        self._page = page
        self._write = write
        self._token = None if token is None else token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # no page of MLflow's needs another
            await send({"type": "websocket.close", "code": 1008})
            return
        if self._token is not None and not _brings(scope["headers"], self._token):
            said = "this server needs its token: as `Authorization: Bearer TOKEN`, or as the password"
            await _answer(send, 401, {"error_code": "UNAUTHENTICATED", "message": said}, WHO)
            return
        if scope["path"] == "/" and scope["method"] in {"GET", "HEAD"} and self._page is not None:
            await _send(send, 200, b"text/html; charset=utf-8", self._page, FRAMED)
            return
        found = verdict(scope["method"], scope["path"], write=self._write)
        if found is Verdict.SERVED:
            await self._app(scope, receive, send)
        elif found is Verdict.EMPTY:
            await _answer(send, 200, {})
        else:
            status, code, message = REFUSALS[found]
            await _answer(send, status, {"error_code": code, "message": message})


def _brings(headers: Headers, token: bytes) -> bool:
    """Does a request bring the token? Compared in a time that tells nothing of it."""
    given = next((value for name, value in headers if name.lower() == b"authorization"), b"")
    scheme, _, rest = given.strip().partition(b" ")
    rest = rest.strip()
    if scheme.lower() == b"basic":
        try:
            rest = base64.b64decode(rest, validate=True).partition(b":")[2]
        except binascii.Error:
            return False
    elif scheme.lower() != b"bearer":
        return False
    return hmac.compare_digest(rest, token)


async def _answer(send: Send, status: int, body: dict[str, str], *headers: tuple[bytes, bytes]) -> None:
    await _send(send, status, b"application/json", json.dumps(body).encode(), *headers)


async def _send(send: Send, status: int, kind: bytes, data: bytes, *headers: tuple[bytes, bytes]) -> None:
    told = [(b"content-type", kind), (b"content-length", str(len(data)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": data})
