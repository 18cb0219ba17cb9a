"""Google's native errors to ours.

What goes wrong is one of two native errors, so that the table below is all there is to know:

* `Answered`: the service answered, and not with a success. What it is stands in `error.status` of the body, not in the
  HTTP status: 409 is ALREADY_EXISTS as well as ABORTED.
* `Unanswered`: no answer came, or it broke off, or there are no credentials to ask with.

A driver may put rows of its own before the table: `(Rule(Answered, ...), *TABLE)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Literal, TypeAlias

import msgspec
import requests
import urllib3

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

Silence: TypeAlias = Literal["late", "unconnected", "untrusted", "broken", "unsigned", "foreign"]

_LOGIN = "run `gcloud auth application-default login`, or let GOOGLE_APPLICATION_CREDENTIALS name a JSON file"


class Answered(Exception):
    """An answer that is no success. `code` is Google's word for it (`ABORTED`), empty where there is none."""

    def __init__(self, status: int, code: str, said: str, retry_after: float | None = None) -> None:
        shown = said if len(said) <= MOST_SAID else f"{said[:MOST_SAID]}…"
        super().__init__(f"{shown} ({status} {code})" if code else f"{shown} ({status})")
        self.status = status
        self.code = code
        self.said = said
        self.retry_after = retry_after


class Unanswered(Exception):
    """No answer.

    * `late`: no answer in time. * `unconnected`: the request never left. * `untrusted`: the certificate is not trusted.
    * `broken`: the connection broke. * `unsigned`: no credentials. * `foreign`: what answered is not Google's service.
    """

    def __init__(self, kind: Silence, said: str) -> None:
        super().__init__(said)
        self.kind = kind


def answered(status: int, headers: Mapping[str, str], body: bytes) -> Answered:
    """What a service said with an answer that is no success."""
    code, said, pause = _spoken(body)
    if not said:
        page = body.lstrip()[:1] == b"<"
        said = f"{_phrase(status)}: a web page came instead of Google's answer" if page else _phrase(status)
    after = headers.get("Retry-After", "")
    return Answered(status, code, _line(said), float(after) if re.fullmatch(r"\d+(\.\d+)?", after) else pause)


def native(error: BaseException) -> Answered | Unanswered | None:
    """What an error of google-auth, google-cloud-storage, requests or urllib3 says; None for one of anybody else."""
    from google.auth import exceptions as auth  # noqa: PLC0415 -- late

    if isinstance(error, (Answered, Unanswered)):
        return error
    if isinstance(error, auth.TransportError):
        return Unanswered("broken", f"no credentials could be had: {_line(str(error))}")
    if isinstance(error, auth.GoogleAuthError):
        return Unanswered("unsigned", f"{_line(str(error)).rstrip('.')}: {_LOGIN}")
    if isinstance(error, (requests.RequestException, urllib3.exceptions.HTTPError)):
        return unanswered(error)
    return _of_the_library(error) if type(error).__module__.startswith("google.") else None


def _of_the_library(error: BaseException) -> Answered | Unanswered | None:
    """What an error of google.api_core says, or of the storage client: both hold the answer."""
    response = getattr(error, "response", None)
    if type(error).__name__ == "DataCorruption":
        return Unanswered("broken", "what arrived is not what was sent: its checksum is another one")
    if isinstance(response, requests.Response):
        return answered(response.status_code, response.headers, response.content)
    if type(error).__name__ == "RetryError":
        return Unanswered("late", _line(str(error)))
    return None


def unanswered(error: BaseException) -> Unanswered:
    """A failure of requests or urllib3 in one plain line."""
    found = list(causes(error))
    for kinds, kind, said in _SILENCES:
        if any(isinstance(cause, kinds) for cause in found):
            return Unanswered(kind, f"{said}: {reason(found[-1])}")
    return Unanswered("broken", f"the connection broke off: {reason(found[-1])}")


_SILENCES: tuple[tuple[tuple[type[BaseException], ...], Silence, str], ...] = (
    ((urllib3.exceptions.SSLError, requests.exceptions.SSLError), "untrusted", "no trusted connection"),
    ((urllib3.exceptions.NewConnectionError, urllib3.exceptions.ProxyError), "unconnected", "cannot connect"),
    ((urllib3.exceptions.ConnectTimeoutError,), "unconnected", "no connection in time"),
    ((urllib3.exceptions.TimeoutError, requests.Timeout), "late", "no answer in time"),
)


def _spoken(body: bytes) -> tuple[str, str, float | None]:
    """The status, the message and the pause asked for, of an error's body; empty where it has none."""
    try:
        given: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = body.decode(errors="replace")
        found = re.search(r"<Message>(.*?)</Message>", text)  # Cloud Storage's XML
        return "", found[1] if found else "" if text.lstrip().startswith("<") else text, None
    if isinstance(given, list) and given:  # a stream's error
        given = given[0]
    error = given.get("error") if isinstance(given, dict) else None
    if isinstance(error, str):  # the token endpoint's
        return "", f"{error}: {given.get('error_description', '')}".rstrip(": "), None
    if not isinstance(error, dict):
        return "", "", None
    pauses = (detail.get("retryDelay") for detail in error.get("details") or () if isinstance(detail, dict))
    pause = next((found[1] for text in pauses if (found := re.fullmatch(r"(\d+(?:\.\d+)?)s", str(text)))), None)
    return str(error.get("status") or ""), str(error.get("message") or ""), None if pause is None else float(pause)


def _line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0].strip()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "an unknown answer"


def _status(*statuses: int) -> when.When:
    """For answers that have no word of their own."""
    return lambda error: not error.code and error.status in statuses


def _used_up(error: Answered) -> bool:
    """A quota that waiting a minute does not fill again: of a day, or of how many there may be."""
    exhausted = error.code == "RESOURCE_EXHAUSTED" or error.status == HTTPStatus.TOO_MANY_REQUESTS
    return exhausted and re.search(r"per[ _]day|PerDay|allocat|maximum number", error.said) is not None


#: https://cloud.google.com/apis/design/errors; https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
TABLE: tuple[Rule, ...] = (
    Rule(Unanswered, Timeout, when.kind("late")),
    Rule(Unanswered, Unauthenticated, when.kind("unsigned")),
    Rule(Unanswered, Unavailable, when.kind("unconnected", "broken")),
    Rule(Unanswered, Unavailable, retryable=False),
    Rule(Answered, QuotaExceeded, _used_up),
    Rule(Answered, RateLimited, when.either(when.code("RESOURCE_EXHAUSTED"), _status(429)), when.pause),
    Rule(Answered, AlreadyExists, when.code("ALREADY_EXISTS")),
    Rule(Answered, Conflict, when.code("ABORTED"), retryable=True),
    Rule(Answered, Conflict, when.either(when.code("FAILED_PRECONDITION"), _status(409, 412))),
    Rule(Answered, NotFound, when.either(when.code("NOT_FOUND"), _status(404))),
    Rule(Answered, Unauthenticated, when.either(when.code("UNAUTHENTICATED"), _status(401))),
    Rule(Answered, PermissionDenied, when.either(when.code("PERMISSION_DENIED"), _status(403))),
    Rule(Answered, Timeout, when.either(when.code("DEADLINE_EXCEEDED"), _status(408, 504))),
    Rule(Answered, Unavailable, when.code("UNIMPLEMENTED"), retryable=False),
    Rule(Answered, Unavailable, when.code("INTERNAL", "UNKNOWN", "UNAVAILABLE", "CANCELLED"), when.pause),
    Rule(Answered, Unavailable, lambda error: error.status >= 500, when.pause),  # noqa: PLR2004
    Rule(Answered, Unavailable, lambda error: error.status < 400, retryable=False),  # noqa: PLR2004 -- a redirect
    Rule(Answered, Rejected),
)


@contextmanager
def translating(provider: str, operation: str, table: Sequence[Rule] = TABLE) -> Iterator[None]:
    """Within the block, errors of Google's libraries and of HTTP become ours, each with the native one as its cause."""
    try:
        yield
    except Exception as error:
        found = native(error)
        ours = None if found is None else translated(table, found, provider=provider, operation=operation)
        if ours is None:
            raise
        raise ours from (found if isinstance(ours, Unauthenticated) else error)
