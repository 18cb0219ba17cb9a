"""Entra ID: the one account, its tokens, and who is let in by them.

* Tokens are JWTs signed by a key made at start; the key opens nothing anywhere. Their claims are those of version 1
  tokens: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
* A job's token is one of the workspace's own: it is good for that workspace's tracker and history, and not for ARM
  (the official plugin says so). Its claims are ours: Azure does not document them.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tracklayer.emulators.azureml.errors import AzureError
from tracklayer.emulators.azureml.knobs import Knobs
from tracklayer.emulators.azureml.names import CLIENT, TENANT, Workspace

#: The secret of the account. It is made up, and opens nothing anywhere.
SECRET = "emulator~secret~that~opens~nothing"  # noqa: S105 -- made up, as it says
ISSUER = f"https://sts.windows.net/{TENANT}/"
JOBS = "azureml"
#: Whom a token may be meant for, by service. https://learn.microsoft.com/azure/machine-learning/how-to-manage-rest
#: uses the first for the tracker; the second and third are the service's own resource.
MANAGEMENT = ("https://management.azure.com", "https://management.core.windows.net")
AUDIENCES: Mapping[str, tuple[str, ...]] = {
    "arm": MANAGEMENT,
    "mlflow": (*MANAGEMENT, "https://ml.azure.com"),
    "history": (*MANAGEMENT, "https://ml.azure.com"),
    "blob": ("https://storage.azure.com",),
}
_SIGNING = "RS256"


@dataclass(frozen=True)
class Claims:
    """Who asks. `job`: (place of the workspace, run) of a job's token."""

    job: tuple[str, str] | None = None


class Identity:
    """The tokens. `knobs`: read at each question."""

    def __init__(self, knobs: Callable[[], Knobs]) -> None:
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 -- not needed to import emulators

        self._knobs = knobs
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._name = secrets.token_urlsafe(20)
        self._since = 0.0

    def keys(self) -> Mapping[str, Any]:
        """The public half, as a JSON Web Key Set."""
        import jwt.algorithms  # noqa: PLC0415 -- not needed to import emulators

        key = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": self._name, "use": "sig", "issuer": ISSUER}]}

    def revoke(self) -> None:
        """From now on, no token that was given so far is good."""
        self._since = time.time()

    def token(self, resource: str, *, lifetime: float | None = None, tenant: str = TENANT) -> str:
        """A token of the account for a resource (`https://management.azure.com`)."""
        claims = {
            "aud": resource,
            "iss": f"https://sts.windows.net/{tenant}/",
            "appid": CLIENT,
            "appidacr": "1",
            "idtyp": "app",
            "oid": CLIENT,
            "sub": CLIENT,
            "tid": tenant,
            "ver": "1.0",
        }
        return self._signed(claims, self._knobs().token_lifetime if lifetime is None else lifetime)

    def job_token(self, workspace: Workspace, run: str, *, lifetime: float | None = None) -> str:
        """A token of a job, which is a run of that workspace."""
        claims = {"aud": JOBS, "iss": JOBS, "role": "Contributor", "scope": workspace.place, "runId": run}
        return self._signed(claims, self._knobs().job_token_lifetime if lifetime is None else lifetime)

    def _signed(self, claims: Mapping[str, Any], lifetime: float) -> str:
        import jwt  # noqa: PLC0415 -- not needed to import emulators

        now = time.time()
        begun = min(now, now + lifetime) - 1
        whole = {**claims, "iat": now, "nbf": int(begun), "exp": int(now + lifetime), "uti": secrets.token_urlsafe(12)}
        return jwt.encode(whole, self._key, _SIGNING, {"kid": self._name})

    def admit(self, service: str, authorization: str | None) -> Claims:
        """Let a request in by its Authorization header. `AzureError`, in the words of that service."""
        kind, _, token = (authorization or "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise _unknown(service, "missing")
        import jwt  # noqa: PLC0415 -- not needed to import emulators

        try:
            claims = jwt.decode(
                token, self._key.public_key(), [_SIGNING], options={"verify_aud": False, "verify_iat": False}
            )
        except jwt.ExpiredSignatureError:
            raise _unknown(service, "expired") from None
        except jwt.InvalidTokenError:
            raise _unknown(service, "invalid") from None
        if claims["iat"] < self._since:
            raise _unknown(service, "expired")
        if claims["iss"] == JOBS and service in {"mlflow", "history"}:
            return Claims((claims["scope"], claims["runId"]))
        if claims["iss"] != ISSUER:
            raise _unknown(service, "tenant")
        if claims["aud"].rstrip("/") not in AUDIENCES[service]:
            raise _unknown(service, "audience")
        return Claims()


#: Why -> the words of ARM, and those of the workspace's services: the first of these is known, the others are ours.
_REASONS: Mapping[str, tuple[str, str, str]] = {
    "missing": (
        "AuthenticationFailed",
        "Authentication failed. The 'Authorization' header is missing.",
        "Bearer token not provided.",
    ),
    "invalid": (
        "InvalidAuthenticationToken",
        "The access token is invalid.",
        "The bearer token is invalid.",
    ),
    "expired": (
        "ExpiredAuthenticationToken",
        "The access token expiry UTC time is earlier than current UTC time.",
        "The bearer token has expired.",
    ),
    "tenant": (
        "InvalidAuthenticationTokenTenant",
        "The access token is from the wrong issuer. It must match the tenant associated with this subscription.",
        "The bearer token is from the wrong issuer.",
    ),
    "audience": (
        "InvalidAuthenticationTokenAudience",
        (
            "The access token has been obtained for wrong audience or resource. It should exactly match with one of "
            "the allowed audiences 'https://management.core.windows.net/','https://management.azure.com/'."
        ),
        "The bearer token has been obtained for the wrong audience.",
    ),
}


def _unknown(service: str, why: str) -> AzureError:
    code, of_arm, of_workspace = _REASONS[why]
    if service == "arm":
        return AzureError(
            401,
            code,
            of_arm,
            headers={"WWW-Authenticate": f'Bearer error="invalid_token", error_description="{of_arm}"'},
        )
    if service == "blob":
        message = (
            "Server failed to authenticate the request. Please refer to the information in the www-authenticate header."
        )
        return AzureError(401, "InvalidAuthenticationInfo", message)
    return AzureError(401, "UserError", of_workspace, inner="AuthorizationError")
