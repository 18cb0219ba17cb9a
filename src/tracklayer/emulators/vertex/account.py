"""The one account of the emulator: a service account with a key made at start, and the tokens that are good here.

* What google-auth makes of the account's file is checked as Google does: a JWT that the account signed itself, with an
  audience or a scope (https://google.aip.dev/auth/4111), or an access token from the token endpoint.
* The key opens nothing anywhere, lives in a folder that only its owner may enter, and goes when the emulator stops.
"""

from __future__ import annotations

import json
import secrets
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tracklayer.emulators.serving import Request, Response
from tracklayer.emulators.vertex.errors import ApiError
from tracklayer.emulators.vertex.messages import library
from tracklayer.emulators.vertex.names import NUMBER, PROJECT

EMAIL = f"emulator@{PROJECT}.iam.gserviceaccount.com"
TOKENS = "https://oauth2.googleapis.com/token"
CLOUD = "https://www.googleapis.com/auth/cloud-platform"
#: What a token for storage only may say instead. https://cloud.google.com/storage/docs/authentication#oauth-scopes
STORAGE = "https://www.googleapis.com/auth/devstorage."
#: "exp: ... maximum of 1 hour after the issued time".
#: https://developers.google.com/identity/protocols/oauth2/service-account
LONGEST = 3600
#: Seconds that two clocks may differ by.
SKEW = 10
_LOOPBACK = {"127.0.0.1", "localhost"}
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_HELP = "See https://developers.google.com/identity/sign-in/web/devconsole-project."


class Account:
    """The account. `file`: its JSON, 0600, for GOOGLE_APPLICATION_CREDENTIALS. `tokens`: where it gets tokens."""

    def __init__(self, tokens: str) -> None:
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 -- not needed to import emulators
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 -- likewise

        self.tokens = tokens
        self._folder = tempfile.TemporaryDirectory(prefix="tracklayer-vertex-")
        self._issued: dict[str, tuple[float, str]] = {}
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.folder = Path(self._folder.name)
        self.file = self.write("account.json", json.dumps(self._described(private.decode()), indent=2).encode())

    def write(self, name: str, content: bytes) -> Path:
        """A file beside it, 0600."""
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_bytes(content)
        return path

    def remove(self) -> None:
        """Remove the folder."""
        self._folder.cleanup()

    def _described(self, private: str) -> Mapping[str, str]:
        return {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": secrets.token_hex(20),
            "private_key": private,
            "client_email": EMAIL,
            "client_id": NUMBER,
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": self.tokens,
            "universe_domain": "googleapis.com",
        }

    def admit(self, service: str, authorization: str | None) -> None:
        """Let a request in, by its Authorization header. Raises UNAUTHENTICATED or PERMISSION_DENIED.

        * `service`: `aiplatform`, `storage`, `cloudresourcemanager`, `iamcredentials`.
        """
        if not authorization:
            raise _unknown(
                "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or "
                f"other valid authentication credential. {_HELP}",
                "CREDENTIALS_MISSING",
            )
        if service == "iamcredentials":  # it is asked with whatever token is at hand, and tells no secret
            return
        kind, _, token = authorization.partition(" ")
        if kind.lower() != "bearer":
            raise _invalid_token()
        issued = self._issued.get(token)
        if issued is not None:
            until, scope = issued
            if until < time.time():
                raise _invalid_token("ACCESS_TOKEN_EXPIRED")
        else:
            claims = self._claims(token)
            scope = str(claims.get("scope", ""))
            if "scope" not in claims:
                if not self._meant(service, str(claims.get("aud", ""))):
                    raise _invalid_token()
                return
        enough = {CLOUD} | {one for one in scope.split() if service == "storage" and one.startswith(STORAGE)}
        if not enough & set(scope.split()):
            raise ApiError("PERMISSION_DENIED", "Request had insufficient authentication scopes.")

    def grant(self, request: Request) -> Response:
        """The token endpoint: an access token for an assertion. https://datatracker.ietf.org/doc/html/rfc7523"""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        if form.get("grant_type") != _GRANT:
            return _refused("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
        try:
            claims = self._claims(form.get("assertion", ""))
        except ApiError:
            return _refused("invalid_grant", "Invalid JWT Signature.")
        if claims.get("aud") not in {TOKENS, self.tokens}:
            return _refused("invalid_grant", "Invalid JWT: Failed audience check.")
        if not claims.get("scope"):
            return _refused("invalid_scope", "Empty or missing scope not allowed.")
        token = f"ya29.emulator-{secrets.token_urlsafe(32)}"
        self._issued[token] = (time.time() + LONGEST, str(claims["scope"]))
        return _json(200, {"access_token": token, "expires_in": LONGEST - 1, "token_type": "Bearer"})

    def _claims(self, token: str) -> Mapping[str, Any]:
        """What a JWT that the account signed says. Raises UNAUTHENTICATED."""
        try:
            claims: Mapping[str, Any] = library("google.auth.jwt").decode(
                token, certs=self._public, clock_skew_in_seconds=SKEW
            )
        except (ValueError, library("google.auth.exceptions").GoogleAuthError):
            raise _invalid_token() from None
        if claims.get("iss") != EMAIL or claims["exp"] - claims["iat"] > LONGEST:
            raise _invalid_token()
        return claims

    def _meant(self, service: str, audience: str) -> bool:
        host = urlsplit(audience).hostname or ""
        real = f"{service}.googleapis.com"
        return host in _LOOPBACK or host == real or (service == "aiplatform" and host.endswith(f"-{real}"))


def _unknown(message: str, reason: str) -> ApiError:
    about = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
    return ApiError("UNAUTHENTICATED", message, [about])


def _invalid_token(reason: str = "ACCESS_TOKEN_TYPE_UNSUPPORTED") -> ApiError:
    return _unknown(
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        f"authentication credential. {_HELP}",
        reason,
    )


def _refused(error: str, description: str) -> Response:
    return _json(400, {"error": error, "error_description": description}, error)


def _json(status: int, content: Mapping[str, Any], code: str = "") -> Response:
    return Response(status, json.dumps(content).encode(), {"Content-Type": "application/json; charset=utf-8"}, code)
