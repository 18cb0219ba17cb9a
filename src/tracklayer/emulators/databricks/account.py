"""Who may ask: one user with a token and one service principal, in each workspace.

* A token or a secret of one workspace is good in no other.
* https://docs.databricks.com/aws/en/dev-tools/auth/pat, https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import threading
import uuid
from urllib.parse import parse_qsl

from tracklayer.emulators.databricks.errors import ApiError, answer
from tracklayer.emulators.databricks.knobs import Knobs
from tracklayer.emulators.databricks.names import USER
from tracklayer.emulators.serving import Request, Response


class Account:
    """The tokens and secrets of all workspaces: made up anew in each process, and good nowhere else."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._issued: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def token(self, host: str) -> str:
        """The user's token in a workspace."""
        return f"dapi{self._digest('token', host)[:32]}"

    def client(self, host: str) -> tuple[str, str]:
        """The id and the secret of a workspace's service principal."""
        return str(uuid.UUID(self._digest("client", host)[:32])), f"dose{self._digest('secret', host)[:32]}"

    def admit(self, host: str, authorization: str | None, knobs: Knobs, now: float) -> str:
        """The name of whoever asks. Raises 401 or 403."""
        kind, _, given = (authorization or "").partition(" ")
        if kind.lower() != "bearer" or not given:
            raise ApiError(
                401, "401", "Credential was not sent or was of an unsupported type for this API. [ReqId: emulator]"
            )
        if hmac.compare_digest(given, self.token(host)):
            return USER
        with self._lock:
            where, until = self._issued.get(given, ("", 0.0))
        if where == host and now < until:
            return self.client(host)[0]
        said = "Access token has expired." if where == host else "Invalid access token."
        raise ApiError(int(knobs.bad_token), knobs.bad_token, f"{said} [ReqId: emulator]")

    def grant(self, host: str, request: Request, knobs: Knobs, now: float) -> Response:
        """The token endpoint: client_credentials, with the id and the secret as basic authentication."""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        if form.get("grant_type") != "client_credentials":
            return _refused(400, "unsupported_grant_type", "grant_type must be client_credentials")
        if _basic(request.headers.get("authorization", "")) != self.client(host):
            return _refused(401, "invalid_client", "Client authentication failed")
        token = f"eyJ.{secrets.token_urlsafe(48)}"
        with self._lock:
            self._issued[token] = (host, now + knobs.token_seconds)
        lasting = {"expires_in": knobs.token_seconds, "scope": form.get("scope", "all-apis")}
        return answer({"access_token": token, "token_type": "Bearer", **lasting})

    def _digest(self, *parts: str) -> str:
        return hmac.new(self._key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()


def _basic(authorization: str) -> tuple[str, str]:
    kind, _, given = authorization.partition(" ")
    try:
        name, _, secret = (
            base64.b64decode(given if kind.lower() == "basic" else "", validate=True).decode().partition(":")
        )
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret


def _refused(status: int, error: str, description: str) -> Response:
    return answer({"error": error, "error_description": description}, status, code=error)
