"""Signature Version 4 as AWS checks it: in the header, and in the query of a presigned URL.

* Written from AWS's description, not from a client's signer, so that a mistake of a signer shows itself:
  https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
* A `+` in a query is a space, and signs as `%20`: who signs the plus itself is refused, as by AWS.
* S3 takes the path as it was sent; every other service encodes it once more.
* The signatures of single chunks (`STREAMING-AWS4-HMAC-SHA256-PAYLOAD`) are not checked, only that of the request.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import NoReturn
from urllib.parse import quote, unquote, unquote_plus

ALGORITHM = "AWS4-HMAC-SHA256"
#: Seconds that the clocks of client and service may be apart.
#: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (RequestTimeTooSkewed)
SKEW = 15 * 60
#: Seconds that a presigned URL may be good for: seven days.
#: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
LONGEST_PRESIGNED = 7 * 24 * 3600
#: What stands for the digest of a body in a request to S3.
UNSIGNED = "UNSIGNED-PAYLOAD"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FIELD = re.compile(r"\s*(Credential|SignedHeaders|Signature)=([^,\s]+)\s*")


class SignatureError(Exception):
    """The request is not signed as it must be. `code` and `message` as AWS words them; S3's own codes for S3."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Scope:
    """Where and by whom a good signature was made."""

    region: str
    service: str
    key_id: str


@dataclass(frozen=True)
class _Claim:
    """What a request says of its own signature. `expires`: seconds, of a presigned URL."""

    key_id: str
    date: str
    region: str
    service: str
    signed: tuple[str, ...]
    signature: str
    moment: str
    expires: int | None = None


def scope_of(headers: Mapping[str, str], query: str = "") -> Scope | None:
    """The scope that a request claims, unchecked; None where it is not signed at all, or not legibly."""
    try:
        claim = _claimed({name.lower(): value for name, value in headers.items()}, query)
    except SignatureError:
        return None
    return Scope(claim.region, claim.service, claim.key_id)


def verify(
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    secrets: Mapping[str, str],
    services: Collection[str] | None = None,
    now: float | None = None,
) -> Scope:
    """The scope of a good signature. Raises `SignatureError`.

    * `path`, `query`: as they came, percent-encoded, the query without its question mark.
    * `headers`: by name in any case; several of one name joined with commas.
    * `secrets`: key id -> secret. * `services`: names that the signature may be made for; None takes any.
    * `now`: seconds since 1970, when the clock is not to be asked.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    claim = _claimed(lower, query)
    secret = secrets.get(claim.key_id)
    if secret is None:
        raise SignatureError("UnrecognizedClientException", "The security token included in the request is invalid.")
    if services is not None and claim.service not in services:
        _mismatch(f"Credential should be scoped to correct service: '{min(services)}'.")
    _check_headers(claim, lower)
    _check_moment(claim, time.time() if now is None else now)
    canonical = "\n".join(
        [
            method.upper(),
            (path or "/") if claim.service == "s3" else quote(path or "/", safe="/-_.~"),
            _canonical_query(query, presigned=claim.expires is not None),
            *(f"{name}:{' '.join(lower[name].split())}" for name in claim.signed),
            "",
            ";".join(claim.signed),
            _payload(claim, lower, body),
        ]
    )
    scope = f"{claim.date}/{claim.region}/{claim.service}/aws4_request"
    text = "\n".join([ALGORITHM, claim.moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in (claim.date, claim.region, claim.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    if not hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), claim.signature):
        _mismatch(
            "The request signature we calculated does not match the signature you provided. "
            "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
        )
    return Scope(claim.region, claim.service, claim.key_id)


def _claimed(headers: Mapping[str, str], query: str) -> _Claim:
    """The claim in the Authorization header, else in the query."""
    authorization = headers.get("authorization", "")
    if authorization.startswith(ALGORITHM):
        found = map(_FIELD.fullmatch, authorization[len(ALGORITHM) :].split(","))
        fields = {match[1]: match[2] for match in found if match}
        expires = None
        moment = headers.get("x-amz-date", "")
    else:
        asked = dict(_pairs(query))
        if "AWSAccessKeyId" in asked or authorization.startswith(
            "AWS "
        ):  # version 2: regions since 2014 do not take it
            message = f"The authorization mechanism you have provided is not supported. Please use {ALGORITHM}."
            raise SignatureError("InvalidRequest", message)
        if authorization or asked.get("X-Amz-Algorithm") != ALGORITHM:
            raise SignatureError("MissingAuthenticationTokenException", "Missing Authentication Token")
        names = {
            "Credential": "X-Amz-Credential",
            "SignedHeaders": "X-Amz-SignedHeaders",
            "Signature": "X-Amz-Signature",
        }
        fields = {name: asked[key] for name, key in names.items() if key in asked}
        moment = asked.get("X-Amz-Date", "")
        expires = int(asked.get("X-Amz-Expires", "")) if asked.get("X-Amz-Expires", "").isdecimal() else -1
    missing = [name for name in ("Credential", "Signature", "SignedHeaders") if name not in fields]
    credential = fields.get("Credential", "").split("/")
    if missing or len(credential) != 5 or credential[4] != "aws4_request":  # noqa: PLR2004 -- id/date/region/service/end
        what = f"Authorization header requires {missing[0]!r} parameter." if missing else "Credential is malformed."
        raise SignatureError("IncompleteSignatureException", what)
    key_id, date, region, service, _ = credential
    if not re.fullmatch(r"\d{8}T\d{6}Z", moment):
        raise SignatureError("IncompleteSignatureException", "Date must be in ISO-8601 'basic format'.")
    signed = tuple(fields["SignedHeaders"].split(";"))
    return _Claim(key_id, date, region, service, signed, fields["Signature"], moment, expires)


def _check_headers(claim: _Claim, headers: Mapping[str, str]) -> None:
    """`host` and each `x-amz-*` header that came must be signed, and what is signed must have come."""
    unsigned = [name for name in headers if name.startswith("x-amz-") and name not in claim.signed]
    if "host" not in claim.signed or unsigned:
        names = ", ".join(["host"] if "host" not in claim.signed else unsigned)
        if claim.service == "s3":
            raise SignatureError(
                "AccessDenied", f"There were headers present in the request which were not signed: {names}"
            )
        _mismatch(f"'{names}' must be a 'SignedHeader' in the AWS Authorization.")
    absent = [name for name in claim.signed if name not in headers]
    if absent:
        _mismatch(f"'{absent[0]}' is a SignedHeader, but did not come with the request.")


def _check_moment(claim: _Claim, now: float) -> None:
    """The request is neither old nor of the future, and was signed on the day it names."""
    signed_at = datetime.strptime(claim.moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
    if claim.moment[:8] != claim.date:
        _mismatch("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.")
    if claim.expires is None:
        if abs(now - signed_at) > SKEW:
            if claim.service == "s3":
                message = "The difference between the request time and the current time is too large."
                raise SignatureError("RequestTimeTooSkewed", message)
            _mismatch(
                f"Signature expired: {claim.moment} is now more than {SKEW // 60} min. away from the service's time."
            )
    elif not 1 <= claim.expires <= LONGEST_PRESIGNED:
        raise SignatureError("AuthorizationQueryParametersError", "X-Amz-Expires must be from 1 to 604800 seconds")
    elif not signed_at - SKEW <= now <= signed_at + claim.expires:
        raise SignatureError("AccessDenied", "Request has expired")


def _payload(claim: _Claim, headers: Mapping[str, str], body: bytes) -> str:
    """What the signature has for the body: its digest, or for S3 what the header says instead."""
    said = headers.get("x-amz-content-sha256")
    if claim.service == "s3":
        if claim.expires is not None:
            said = said or UNSIGNED
        if said is None:
            raise SignatureError("InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
        if said == UNSIGNED or said.startswith("STREAMING-"):
            return said
        if not _DIGEST.fullmatch(said):
            message = "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-... or a valid sha256 value."
            raise SignatureError("InvalidArgument", message)
    digest = hashlib.sha256(body).hexdigest()
    if said is not None and said != digest:
        if claim.service == "s3":
            message = "The provided 'x-amz-content-sha256' header does not match what was computed."
            raise SignatureError("XAmzContentSHA256Mismatch", message)
        if said == UNSIGNED:
            _mismatch("UNSIGNED-PAYLOAD is S3's alone: the body must be signed.")
        _mismatch("The X-Amz-Content-SHA256 header does not match the body.")
    return digest


def _canonical_query(query: str, *, presigned: bool) -> str:
    pairs = (pair for pair in _pairs(query) if not (presigned and pair[0] == "X-Amz-Signature"))
    return "&".join(f"{name}={value}" for name, value in sorted((_encoded(n), _encoded(v)) for n, v in pairs))


def _pairs(query: str) -> Iterable[tuple[str, str]]:
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            yield unquote(name), unquote_plus(value)


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")


def _mismatch(message: str) -> NoReturn:
    raise SignatureError("InvalidSignatureException", message)
