"""Native errors of Azure's SDKs to ours.

What goes wrong is one of two native errors, so that the table below is all there is to know:

* `Answered`: a service answered, and not with a success. * `Unanswered`: no answer came, or it broke off.

The SDK's own errors are not the causes of ours, and are shown by no traceback: their texts hold URLs, and a signed URL
is a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias

from tracklayer.drivers import _when as when
from tracklayer.errors import (
    Conflict,
    NotFound,
    PermissionDenied,
    RateLimited,
    Rejected,
    Timeout,
    Unauthenticated,
    Unavailable,
)
from tracklayer.spi import Rule, translated
from tracklayer.spi.causes import causes, reason

#: Characters of a service's message that are shown.
MOST_SAID = 300

Silence: TypeAlias = Literal["late", "unconnected", "broken", "unsigned"]

LOGIN = "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, run `az login`, or give the machine an identity"
_UNREACHED = "Failed to (resolve|establish)|Max retries exceeded|Unable to connect|timed out"


class Answered(Exception):
    """An answer that is no success. `code` is the service's word for it, empty where there is none."""

    def __init__(self, status: int, code: str, said: str, retry_after: float | None = None) -> None:
        shown = said if len(said) <= MOST_SAID else f"{said[:MOST_SAID]}…"
        super().__init__(f"{shown} ({status} {code})" if code else f"{shown} ({status})")
        self.status = status
        self.code = code
        self.retry_after = retry_after


class Unanswered(Exception):
    """No answer.

    * `late`: not in time. * `unconnected`: the request never left. * `broken`: the connection broke.
    * `unsigned`: there are no credentials to ask with, or none that are good.
    """

    def __init__(self, kind: Silence, said: str) -> None:
        super().__init__(said)
        self.kind = kind


def native(error: BaseException) -> Answered | Unanswered | None:
    """What an error of azure-core, and so of each of Azure's SDKs, says; None for one of anybody else."""
    from azure.core import exceptions as sdk  # noqa: PLC0415 -- late

    if isinstance(error, (Answered, Unanswered)):
        return error
    if isinstance(error, sdk.HttpResponseError) and error.status_code:
        return _answered(error)
    if isinstance(error, sdk.ClientAuthenticationError):
        return _unsigned(str(error))
    return next((Unanswered(kind, said + _root(error)) for name, kind, said in _SILENCES if _is(error, name)), None)


#: Errors of azure-core without an answer, the first that fits, and what they mean.
_SILENCES: tuple[tuple[str, Silence, str], ...] = (
    ("ServiceRequestTimeoutError", "late", "no answer in time: "),
    ("ServiceResponseTimeoutError", "late", "no answer in time: "),
    ("ServiceRequestError", "unconnected", "the request did not get through: "),
    ("AzureError", "broken", "the connection broke off: "),
)


def _is(error: BaseException, name: str) -> bool:
    from azure.core import exceptions as sdk  # noqa: PLC0415 -- late

    return isinstance(error, getattr(sdk, name))


def _answered(error: Any) -> Answered:
    headers = getattr(error.response, "headers", None) or {}
    code = getattr(error, "error_code", None) or headers.get("x-ms-error-code") or ""
    code = str(getattr(code, "value", code))
    said = str(error.message or "").strip().splitlines() or [str(error.reason or "refused")]
    after = headers.get("Retry-After", "")
    pause = float(after) if re.fullmatch(r"\d+(\.\d+)?", after) else None
    return Answered(int(error.status_code), code, unsigned(said[0]), pause)


def _unsigned(said: str) -> Unanswered:
    """What azure-identity says in many lines, in one."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["no credentials"]
    unreached = next((line for line in lines if re.search(_UNREACHED, line)), None)
    if unreached is not None:
        found = re.search(r"host='([^']+)'", unreached)
        host = "the proxy" if "proxy" in unreached else found[1] if found else "the network"
        return Unanswered("unconnected", f"cannot reach {host} for a token")
    refused = next((line for line in lines if "AADSTS" in line or "Authentication failed" in line), None)
    if refused is not None:
        return Unanswered("unsigned", f"no token: {unsigned(refused[max(0, refused.find('AADSTS')) :])}")
    tried = [found[1] for line in lines if (found := re.match(r"(\w+)Credential: ", line))]
    what = f" (tried {', '.join(tried)})" if tried else f": {unsigned(lines[0])}"
    return Unanswered("unsigned", f"no credentials for Azure{what}: {LOGIN}")


def unsigned(text: str) -> str:
    """A text without the queries of the URLs in it: a signature stands there."""
    return re.sub(r"\?[^\s'\"<>)]*", "?…", text)


def _root(error: BaseException) -> str:
    """`Connection refused`: what lies inside, without the URL that urllib3 prints before it."""
    inner = getattr(error, "inner_exception", None)
    return unsigned(reason(list(causes(inner or error))[-1]))


#: https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
TABLE: tuple[Rule, ...] = (
    Rule(Unanswered, Timeout, when.kind("late")),
    Rule(Unanswered, Unauthenticated, when.kind("unsigned")),
    Rule(Unanswered, Unavailable),
    Rule(Answered, NotFound, when.status(404)),
    Rule(Answered, Conflict, when.status(409, 412)),
    Rule(Answered, Unauthenticated, when.status(401)),
    Rule(Answered, PermissionDenied, when.status(403)),
    Rule(Answered, RateLimited, when.status(429), when.pause),
    Rule(Answered, Timeout, when.status(408)),
    Rule(Answered, Unavailable, lambda error: error.status >= 500, when.pause),  # noqa: PLR2004
    Rule(Answered, Rejected),
)


@contextmanager
def translating(provider: str, operation: str, table: Sequence[Rule] = TABLE) -> Iterator[None]:
    """Within the block, errors of Azure's SDKs become ours."""
    try:
        yield
    except Exception as error:
        found = native(error)
        ours = None if found is None else translated(table, found, provider=provider, operation=operation)
        if ours is None:
            raise
        raise ours from found
