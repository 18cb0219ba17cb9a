"""Presigned URLs and the sessions they open: how a browser gets to a server's pages without signing."""

from __future__ import annotations

import secrets
import threading
import time

#: Seconds that a session lasts: the longest that may be asked for (SessionExpirationDurationInSeconds).
SESSION = 12 * 3600
COOKIE = "mlflow-session"


class Sessions:
    """Tokens, each for one server and a while. A token of a URL is good for once."""

    def __init__(self) -> None:
        self._offers: dict[str, tuple[str, float]] = {}
        self._open: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def offered(self, arn: str, seconds: float) -> str:
        """A token for a URL."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._offers[token] = (arn, time.time() + seconds)
        return token

    def taken(self, token: str) -> str | None:
        """A session's token for that of a URL; None when it is not good, or not any more."""
        with self._lock:
            arn, until = self._offers.pop(token, ("", 0.0))
            if time.time() > until:
                return None
            session = secrets.token_urlsafe(32)
            self._open[session] = (arn, time.time() + SESSION)
            return session

    def arn_of(self, cookies: str) -> str | None:
        """The server that a Cookie header is good for."""
        found = (part.strip().partition("=") for part in cookies.split(";"))
        session = next((value for name, _, value in found if name == COOKIE), "")
        with self._lock:
            arn, until = self._open.get(session, ("", 0.0))
        return arn if time.time() <= until else None

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._offers.clear()
            self._open.clear()
