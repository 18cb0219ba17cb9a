"""Signed URLs: a file, what may be done to it, and until when, with a signature over all of that."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlencode

from tracklayer.emulators.databricks.errors import ApiError
from tracklayer.emulators.databricks.names import STORAGE
from tracklayer.emulators.serving import Request

#: Where the storage is when the emulator is asked without the proxy.
NEAR = "/-storage"
#: What a client must send along to write, by the kind of its URL: part of what is signed.
REQUIRED = {
    "AWS_PRESIGNED_URL": ("x-amz-server-side-encryption", "AES256"),
    "GCP_SIGNED_URL": ("x-goog-encryption-kms-key-name", "projects/emulated/key"),
}


@dataclass(frozen=True)
class Grant:
    """What a URL allows. `permission`: `r`, `w` or `d`. `upload`, `part`: of a file in parts."""

    host: str
    kind: str
    permission: str
    path: str
    upload: str = ""
    part: int = 0


class Signer:
    """Signs, and knows its own signatures. A key of its own in each process."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def url(self, grant: Grant, until: float, near: str | None) -> str:
        """The URL. `near`: the emulator's own address, for whoever asked it without the proxy."""
        terms = {
            "kind": grant.kind,
            "permission": grant.permission,
            "expires": str(int(until)),
            **({"uploadId": grant.upload} if grant.upload else {}),
            **({"partNumber": str(grant.part)} if grant.part else {}),
        }
        base = f"https://{grant.host.partition('.')[0]}.{STORAGE}" if near is None else f"{near}{NEAR}"
        query = urlencode({**terms, "signature": self._signature(grant, terms["expires"])})
        return f"{base}/{grant.host}{quote(grant.path)}?{query}"

    def read(self, request: Request, now: float) -> Grant:
        """What the URL of a request allows. Raises `ApiError`."""
        if "authorization" in request.headers:  # as S3 says it
            raise ApiError(400, "InvalidArgument", "Only one auth mechanism allowed: the URL is signed already")
        given = {name: values[0] for name, values in parse_qs(request.query).items()}
        host, _, path = request.path.removeprefix(NEAR).lstrip("/").partition("/")
        part = given.get("partNumber", "0")
        grant = Grant(
            host,
            given.get("kind", ""),
            given.get("permission", ""),
            f"/{unquote(path)}",
            given.get("uploadId", ""),
            int(part) if part.isdecimal() else 0,
        )
        until = given.get("expires", "0")
        if not hmac.compare_digest(self._signature(grant, until), given.get("signature", "")):
            raise ApiError(403, "SignatureDoesNotMatch", "The request signature we calculated does not match.")
        if now >= int(until):
            raise ApiError(403, "AccessDenied", "Request has expired")
        return grant

    def _signature(self, grant: Grant, until: str) -> str:
        signed = [grant.host, grant.kind, grant.permission, grant.path, grant.upload, str(grant.part), until]
        return hmac.new(self._key, "\0".join(signed).encode(), hashlib.sha256).hexdigest()


def demand_headers(grant: Grant, request: Request) -> None:
    """What was signed must come along. Raises `ApiError`."""
    name, value = REQUIRED.get(grant.kind, ("", ""))
    if name and grant.permission == "w" and request.headers.get(name) != value:
        raise ApiError(403, "SignatureDoesNotMatch", f"The header {name} was signed, and is not among the request's")
