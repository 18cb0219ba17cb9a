"""MLflow's native errors to ours.

What goes wrong is one of two native errors, so that the table below is all there is to know:

* `Answered`: the server answered, and not with a success. Its body may be `{error_code, message}` (MLflow), `{"error":
  {code, message}}` (Azure), `{code, message}` (OCI), `{"detail": ...}` (FastAPI), XML (S3), a web page or empty; AWS
  names the error in the header `x-amzn-ErrorType` or as `__type`.
* `Unanswered`: no answer came, or it broke off.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Literal, TypeAlias

import msgspec

from tracklayer.drivers import _when as when
from tracklayer.drivers.aws.errors import ADVICE, THROTTLED
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
from tracklayer.spi import Rule

#: Characters of a server's message that are shown: some hold whole SQL statements.
MOST_SAID = 300

Silence: TypeAlias = Literal["unconnected", "untrusted", "late", "broken", "foreign"]


class Answered(Exception):
    """An answer that is no success. `code` is MLflow's word for it, empty where there is none; `said` is one line."""

    def __init__(self, status: int, code: str, said: str, retry_after: float | None = None) -> None:
        shown = said if len(said) <= MOST_SAID else f"{said[:MOST_SAID]}…"
        super().__init__(f"{shown} ({status} {code})" if code else f"{shown} ({status})")
        self.status = status
        self.code = code
        self.said = said
        self.retry_after = retry_after


class Unanswered(Exception):
    """No answer.

    * `unconnected`: the request never left. * `untrusted`: the certificate is not trusted.
    * `late`: no answer in time. * `broken`: the connection broke. * `foreign`: what answered is no MLflow server.
    """

    def __init__(self, kind: Silence, said: str) -> None:
        super().__init__(said)
        self.kind = kind


def answered(status: int, headers: Mapping[str, str], body: bytes) -> Answered:
    """What a server said with an answer that is no success."""
    code, said = _spoken(body)
    if 300 <= status < 400:  # noqa: PLR2004 -- redirects
        place = headers.get("Location", "").partition("?")[0]
        said = f"the server redirects to {place or 'another place'}: give its own address in the URL"
    elif not said and body.lstrip()[:1] == b"<":
        said = f"{_phrase(status)}: a web page came instead of MLflow's answer: check the server's address and path"
    code = code or headers.get("x-amzn-ErrorType", "").partition(":")[0]
    lines = (said or _phrase(status)).strip().splitlines()
    line = f"{lines[0]}; {ADVICE[code]}" if code in ADVICE else lines[0]
    return Answered(status, code, line, seconds(headers.get("Retry-After")))


def seconds(retry_after: str | None) -> float | None:
    """The pause that a Retry-After header asks for, given in seconds or as a date; None for anything else."""
    if retry_after is None:
        return None
    if re.fullmatch(r"\s*\d+(\.\d+)?\s*", retry_after):
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())


def _spoken(body: bytes) -> tuple[str, str]:
    """The code and the message of an error's body, each empty where it has none."""
    try:
        given: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = body.decode(errors="replace")
        xml = [re.search(rf"<{name}>(.*?)</{name}>", text) for name in ("Code", "Message")]
        code, said = ("" if found is None else found[1] for found in xml)  # as S3 and Azure's blobs have it
        return code, said or ("" if text.lstrip().startswith("<") else text)
    if not isinstance(given, dict):
        return "", given if isinstance(given, str) else ""
    inner = given.get("error") or given.get("Error")
    if isinstance(inner, dict):
        given = inner
    code, said = (
        next((given[name] for name in names if isinstance(given.get(name), str)), "")
        for names in (("error_code", "code", "Code", "__type"), ("message", "Message", "detail", "error"))
    )
    return code, said


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "an unknown answer"


def _code(*codes: str) -> when.When:
    return lambda error: error.code.upper() in codes


def _says(pattern: str) -> when.When:
    return lambda error: re.search(pattern, error.said) is not None


#: Ids that a server cannot have, and a path that names a folder: there is no such thing.
_NO_SUCH = (
    r"^Invalid experiment ID|^Invalid value .* for parameter '(run_id|experiment_id)'|^invalid literal for int\(\)"
    r"|refers to a directory"
)
#: Databricks, of a run or an experiment that is full: "The maximum allowed total metric steps per run is 10000000"
#: (BAD_REQUEST), "exceeded maximum allowed number of logged model metrics" (mlflow/mlflow#20715).
_FULL = r"maximum allowed (number|total)"
_OTHER_STATE = r"must be in the '?(active|deleted)'? (state|lifecycle_stage)|Changing param values is not allowed"


def table(*, repeatable: bool) -> tuple[Rule, ...]:
    """The rows for one call. `repeatable`: doing it twice is doing it once, so it may be tried again after any silence.

    A call that is not (`runs/create`) is tried again only when it was certainly not carried out: MLflow's own client
    draws the line there (`mlflow/utils/rest_utils.py`, since 3.18).
    """
    return (
        Rule(Unanswered, Timeout, when.kind("late"), retryable=repeatable),
        Rule(Unanswered, Unavailable, when.kind("unconnected"), retryable=True),
        Rule(Unanswered, Unavailable, when.kind("broken"), retryable=repeatable),
        Rule(Unanswered, Unavailable, retryable=False),
        Rule(Answered, Unauthenticated, lambda error: error.code in ADVICE),
        Rule(Answered, RateLimited, lambda error: error.code in THROTTLED, when.pause),
        Rule(Answered, AlreadyExists, _code("RESOURCE_ALREADY_EXISTS", "ALREADY_EXISTS")),
        Rule(
            Answered,
            NotFound,
            when.either(when.status(404), _code("RESOURCE_DOES_NOT_EXIST", "NOT_FOUND"), _says(_NO_SUCH)),
        ),
        Rule(
            Answered,
            Conflict,
            when.either(when.status(409), _code("INVALID_STATE", "RESOURCE_CONFLICT"), _says(_OTHER_STATE)),
        ),
        Rule(Answered, Unauthenticated, when.either(when.status(401), _code("UNAUTHENTICATED"))),
        Rule(Answered, PermissionDenied, when.either(when.status(403), _code("PERMISSION_DENIED"))),
        Rule(Answered, QuotaExceeded, when.either(_code("RESOURCE_LIMIT_EXCEEDED", "QUOTA_EXCEEDED"), _says(_FULL))),
        Rule(Answered, RateLimited, when.either(when.status(429), _code("REQUEST_LIMIT_EXCEEDED")), when.pause),
        Rule(Answered, Timeout, when.status(408), retryable=True),
        Rule(Answered, Unavailable, when.status(501, 505), retryable=False),
        Rule(Answered, Unavailable, lambda error: error.status >= 500, when.pause, retryable=repeatable),  # noqa: PLR2004
        Rule(Answered, Unavailable, lambda error: error.status < 400, retryable=False),  # noqa: PLR2004 -- a redirect
        Rule(Answered, Rejected),
    )


REPEATABLE = table(repeatable=True)
ONCE = table(repeatable=False)
