"""Request signatures, version 1, as OCI checks them.

* Written from Oracle's description, not from its signer, so that a mistake of a signer shows itself:
  https://docs.oracle.com/iaas/Content/API/Concepts/signingrequests.htm (draft-cavage-http-signatures-08).
* The path and the query are signed as they were sent.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from tracklayer.emulators.oci.errors import OciError
from tracklayer.emulators.serving import Request

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

#: Seconds that the clocks of client and service may be apart: "more than 5 minutes, a 401".
SKEW = 300
_FIELD = re.compile(r'\s*(\w+)="([^"]*)"\s*')
_BODY = ("content-length", "content-type", "x-content-sha256")
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True)
class Signature:
    """What a request says of its own signature. `signed`: names of headers, in their order."""

    key_id: str
    signed: tuple[str, ...]
    value: bytes


def refused(message: str) -> OciError:
    """401."""
    return OciError(401, "NotAuthenticated", message)


def claimed(request: Request) -> Signature:
    """The signature, read and not yet checked. Raises 401 where there is none, or not a legible one."""
    kind, _, rest = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "signature":
        raise refused("The required information to complete authentication was not provided.")
    fields = {found[1]: found[2] for found in map(_FIELD.fullmatch, rest.split(",")) if found}
    if fields.get("version", "1") != "1" or fields.get("algorithm") != "rsa-sha256":
        raise _incorrect()
    try:
        value = base64.b64decode(fields["signature"], validate=True)
        return Signature(fields["keyId"], tuple(fields.get("headers", "date").lower().split()), value)
    except (KeyError, binascii.Error):
        raise _incorrect() from None


def verify(
    request: Request,
    key: Callable[[str], RSAPublicKey],
    now: float,
    *,
    body: bool = True,
    host: bool = True,
) -> str:
    """The key id of a good signature. Raises 401.

    * `key`: the public key of a key id; raises 401. * `now`: seconds since 1970, by the service's clock.
    * `body=False`: as for PutObject and UploadPart, whose body need not be signed. `host=False`: as for the federation.
    """
    signature = claimed(request)
    _check_headers(request, signature, body=body, host=host)
    _check_moment(request.headers, signature, now)
    if "x-content-sha256" in signature.signed:
        _check_body(request)
    text = "\n".join(f"{name}: {_value(request, name)}" for name in signature.signed)
    if not _made_by(key(signature.key_id), signature.value, text.encode("latin-1")):
        raise refused("Failed to verify the HTTP(S) Signature")
    return signature.key_id


def _incorrect() -> OciError:
    return refused("The required information to complete authentication was not provided or was incorrect.")


def _check_headers(request: Request, signature: Signature, *, body: bool, host: bool) -> None:
    wanted = {"(request-target)"} | ({"host"} if host else set())
    if body and request.method in _WITH_BODY:
        wanted |= set(_BODY)
    signed = set(signature.signed)
    if not wanted <= signed or not signed & {"date", "x-date"}:
        raise refused(f"Not all required headers are signed: {' '.join(sorted(wanted))}, and date or x-date")
    if any(name not in request.headers for name in signed - {"(request-target)"}):
        raise _incorrect()


def _check_moment(headers: Mapping[str, str], signature: Signature, now: float) -> None:
    """Its words: https://github.com/oracle/terraform-provider-oci/issues/474."""
    given = headers["x-date" if "x-date" in signature.signed else "date"]
    try:
        moment = parsedate_to_datetime(given).timestamp()
    except (TypeError, ValueError):
        raise _incorrect() from None
    if abs(now - moment) > SKEW:
        first, last = _stamp(now - SKEW), _stamp(now + SKEW)
        raise refused(
            f"Date '{_stamp(moment)}' is not within allowed clock skew. Current '{_stamp(now)}', "
            f"valid datetime range: ['{first}', '{last}']"
        )


def _stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%a, %d %b %Y %H:%M:%S UTC")


def _check_body(request: Request) -> None:
    held = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
    if request.headers["x-content-sha256"] != held:
        message = "The computed SHA256 of the request body ({}) does not match the x-content-sha256 header ({})"
        raise refused(message.format(held, request.headers["x-content-sha256"]))


def _value(request: Request, name: str) -> str:
    if name != "(request-target)":
        return request.headers[name]
    target = f"{request.path}?{request.query}" if request.query else request.path
    return f"{request.method.lower()} {target}"


def _made_by(key: RSAPublicKey, value: bytes, text: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 -- not needed to import emulators
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415 -- likewise
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 -- likewise

    try:
        key.verify(value, text, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
