"""OCI's native errors to ours.

What goes wrong is one of two native errors, so that the table below is all there is to know:

* `Answered`: the service answered with an error (the SDK's `ServiceError`): its code, its HTTP status, its message.
* `Unanswered`: no answer came, or there are no credentials to ask with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias

from tracklayer.drivers import _when as when
from tracklayer.errors import (
    AlreadyExists,
    Conflict,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    RateLimited,
    Rejected,
    Timeout,
    Unauthenticated,
    Unavailable,
)
from tracklayer.spi import Rule, translated
from tracklayer.spi.causes import causes, reason

#: Characters of a service's message that are shown.
MOST_SAID = 500

Silence: TypeAlias = Literal["late", "unconnected", "untrusted", "broken", "unsigned", "unknown"]

#: What to do when there are no credentials.
NONE = (
    "run `oci setup config` or `oci session authenticate`, name a file by OCI_CONFIG_FILE,"
    " or set OCI_IAM_TYPE=resource_principal or instance_principal inside OCI"
)
_CLOCK = "this machine's clock is off: set it (a signature holds for 5 minutes)"
_KEY = (
    "OCI does not take this signature: is the profile's key still among the user's API keys, by that fingerprint?"
    " A session ends after an hour: run `oci session authenticate`"
)


def advised(code: str, said: str) -> str:
    """What OCI said, and before it what to do about that, where it is not said."""
    if code != "NotAuthenticated":
        return said
    return f"{_CLOCK if re.search(r'clock skew|valid datetime range', said) else _KEY}: {said}"


class Answered(Exception):
    """An error that a service answered with. `code` is OCI's word for it, `status` HTTP's number."""

    def __init__(self, status: int, code: str, said: str, retry_after: float | None = None) -> None:
        whole = advised(code, said)
        shown = whole if len(whole) <= MOST_SAID else f"{whole[:MOST_SAID]}…"
        super().__init__(f"{shown} ({status} {code})")
        self.status = status
        self.code = code
        self.said = said
        self.retry_after = retry_after


class Unanswered(Exception):
    """No answer.

    * `late`: no answer in time. * `unconnected`: the request never left. * `untrusted`: the certificate is not trusted.
    * `broken`: the connection broke off. * `unsigned`: there are no credentials to sign with. * `unknown`: anything
      else of the SDK's.
    """

    def __init__(self, kind: Silence, said: str) -> None:
        super().__init__(said)
        self.kind = kind


def native(error: BaseException) -> Answered | Unanswered | None:
    """What an error of the SDK, of its requests or of urllib3 says; None for an error of anybody else."""
    import oci.exceptions as sdk  # noqa: PLC0415 -- late: 1 s
    import urllib3.exceptions as wire  # noqa: PLC0415 -- late
    from oci._vendor.requests import exceptions as http  # noqa: PLC0415 -- what the SDK sends with

    if isinstance(error, (Answered, Unanswered)):
        return error
    if isinstance(error, sdk.ServiceError):
        return _answered(error)
    if isinstance(error, sdk.ClientError):
        return Unanswered("unsigned", f"{_line(str(error)).rstrip('. ')}: {NONE}")
    ours = (sdk.RequestException, sdk.ConnectTimeout, http.RequestException, wire.HTTPError)
    if not isinstance(error, ours):
        theirs = type(error).__module__.partition(".")[0] in {"oci", "circuitbreaker", "jwt"}
        return Unanswered("unknown", _line(str(error))) if theirs else None
    inside = list(causes(error))
    silences: tuple[tuple[tuple[type[BaseException], ...], Silence, str], ...] = (
        ((wire.SSLError, http.SSLError), "untrusted", "no trusted connection"),
        ((wire.NewConnectionError, wire.ProxyError), "unconnected", "cannot connect"),
        ((wire.ConnectTimeoutError, sdk.ConnectTimeout, http.ConnectTimeout), "unconnected", "no connection in time"),
        ((wire.TimeoutError, http.Timeout), "late", "no answer in time"),
    )
    for kinds, kind, said in silences:
        if any(isinstance(one, kinds) for one in inside):
            return Unanswered(kind, f"{said}: {reason(inside[-1])}")
    return Unanswered("broken", f"the connection broke off: {reason(inside[-1])}")


def _answered(error: Any) -> Answered:
    headers: Mapping[str, str] = error.headers or {}
    code, status = str(error.code or ""), int(error.status or 0)
    said = _line(str(error.message or code or "an error without a word"))
    after = str(headers.get("retry-after") or headers.get("Retry-After") or "")
    return Answered(status, code, said, float(after) if re.fullmatch(r"\d+(\.\d+)?", after) else None)


def _line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0].strip()


#: https://docs.oracle.com/iaas/Content/API/References/apierrors.htm; Object Storage's own are of its API reference.
TABLE: tuple[Rule, ...] = (
    Rule(Unanswered, Timeout, when.kind("late")),
    Rule(Unanswered, Unauthenticated, when.kind("unsigned")),
    Rule(Unanswered, Unavailable, when.kind("unconnected", "broken")),
    Rule(Unanswered, Unavailable, retryable=False),
    Rule(Answered, RateLimited, when.either(when.status(429), when.code("TooManyRequests")), when.pause),
    Rule(Answered, QuotaExceeded, when.code("LimitExceeded", "QuotaExceeded", "StorageLimitExceeded")),
    Rule(Answered, Unauthenticated, when.either(when.status(401), when.code("NotAuthenticated", "SignUpRequired"))),
    Rule(Answered, NotFound, when.status(404)),
    Rule(Answered, AlreadyExists, when.code("BucketAlreadyExists", "ObjectAlreadyExists")),
    Rule(Answered, Conflict, when.code("ConcurrentObjectUpdate", "IncorrectState", "LockConflict"), retryable=True),
    Rule(Answered, Conflict, when.status(409, 412)),
    Rule(Answered, PermissionDenied, when.status(403)),
    Rule(Answered, Timeout, when.status(408)),
    Rule(Answered, Unavailable, when.status(501, 505), retryable=False),
    Rule(Answered, Unavailable, lambda error: error.status >= 500, when.pause),  # noqa: PLR2004
    Rule(Answered, Unavailable, lambda error: error.status < 400, retryable=False),  # noqa: PLR2004 -- a redirect
    Rule(Answered, Rejected),
)


@contextmanager
def translating(provider: str, operation: str, table: Sequence[Rule] = TABLE) -> Iterator[None]:
    """Within the block, errors of the SDK become ours, each with the native one as its cause.

    The cause of refused credentials is what we say of it: the SDK's own error may hold parts of a request.
    """
    try:
        yield
    except Exception as error:
        found = native(error)
        ours = None if found is None else translated(table, found, provider=provider, operation=operation)
        if ours is None:
            raise
        raise ours from (found if isinstance(ours, Unauthenticated) else error)
