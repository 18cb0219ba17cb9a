"""Guard: what stands before MLflow's app: who may ask, and for what.

MLflow's own middleware is off: it takes any page of this machine for its own, any name that begins like a private
network for a host of its own, and its own pages for another site's where others than this machine read them.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Collection
from urllib.parse import urlsplit

from tracklayer.plugins.mlflow.many.uris import READS_ONLY
from tracklayer.plugins.mlflow.ui.asgi import App, Message, Receive, Scope, Send, answer, header
from tracklayer.plugins.mlflow.ui.routes import Verdict, verdict

#: Why a request is refused -> HTTP's status, MLflow's code, and what is said.
REFUSALS = {
    Verdict.READS_ONLY: (403, "PERMISSION_DENIED", READS_ONLY),
    Verdict.LACKING: (501, "NOT_IMPLEMENTED", "tracklayer keeps experiments, runs and models, and has no such thing"),
}
#: A browser that is told so asks for a name, which may be any, and a password, which is the token.
WHO = (b"www-authenticate", b'Basic realm="tracklayer ui: the password is the token", charset="UTF-8"')
#: On every answer: nothing is taken for what it does not say it is, no other site frames it, and none is told of it.
ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"same-origin"),
)


class Guard:
    """An ASGI app before another.

    * `write`: may anything be changed? `token`: what each request must bring; None: nothing.
    * `names`: the host names that requests may be for; None: any.
    * `pages`: what answers for MLflow's pages and their scripts; None: `app` does.
    """

    def __init__(
        self, app: App, *, write: bool, token: str | None, names: Collection[str] | None, pages: App | None = None
    ) -> None:
        self._app = app
        self._pages = pages or app
        self._write = write
        self._token = None if token is None else token.encode()
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # no page of MLflow's needs another
            await send({"type": "websocket.close", "code": 1008})
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                set_here = {name for name, _ in ALWAYS}
                others = [one for one in message.get("headers", ()) if one[0].lower() not in set_here]
                message["headers"] = [*others, *ALWAYS]
            await send(message)

        await self._answered(scope, receive, sending)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        why = self._stranger(scope)
        if why is not None:
            await answer(send, 403, {"error_code": "PERMISSION_DENIED", "message": why})
        elif self._token is not None and not _brings(header(scope["headers"], b"authorization"), self._token):
            said = "this server needs its token: as `Authorization: Bearer TOKEN`, or as the password"
            await answer(send, 401, {"error_code": "UNAUTHENTICATED", "message": said}, WHO)
        else:
            found = verdict(scope["method"], scope["path"], write=self._write)
            if found is Verdict.PAGES:
                await self._pages(scope, receive, send)
            elif found is Verdict.SERVED:
                await self._app(scope, receive, send)
            elif found is Verdict.EMPTY:
                await answer(send, 200, {})
            else:
                status, code, message = REFUSALS[found]
                await answer(send, status, {"error_code": code, "message": message})

    def _stranger(self, scope: Scope) -> str | None:
        """Why a request comes from a page that is not this server's; None where it does not.

        * A name that somebody else leads to this machine (DNS rebinding) is none of `names`.
        * A browser says whose page asks, and no page can make it lie: `Origin` beside what may change something,
          `Sec-Fetch-Site` beside all else. A link that somebody follows hither is no request of a page's.
        """
        host = header(scope["headers"], b"host").lower()
        if self._names is not None and _name(host) not in self._names:
            return f"this server does not go by the name {host!r:.80}; ask for {min(self._names)}, or give it a token"
        origin = header(scope["headers"], b"origin").lower()
        if origin and origin.partition("://")[2] != host:
            return f"a page of {origin!r:.80} may not ask {host!r:.80}; a proxy before this server must hand on `Host`"
        site, mode = (header(scope["headers"], name) for name in (b"sec-fetch-site", b"sec-fetch-mode"))
        return "a page of another site may not ask" if "site" in site and mode != "navigate" else None


def _name(host: str) -> str | None:
    """The name in a `Host`, without its port; None where it is no host."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _brings(authorization: str, token: bytes) -> bool:
    """Does a request bring the token? Compared in a time that tells nothing of it."""
    scheme, _, rest = authorization.strip().partition(" ")
    given = rest.strip().encode("latin-1")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).partition(b":")[2]
        except binascii.Error:
            return False
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given, token)
