from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import requests
import urllib3
from google.api_core import exceptions as core
from google.auth import exceptions as auth

from tracklayer import errors
from tracklayer.drivers.google.errors import TABLE, Answered, Unanswered, answered, native, translating
from tracklayer.errors import ProviderError
from tracklayer.spi import translated

#: Google's own errors, whose constructors have no types.
CORE: Any = core
AUTH: Any = auth


def body(status: str, message: str = "said", **more: object) -> bytes:
    return json.dumps({"error": {"code": 400, "status": status, "message": message, **more}}).encode()


@pytest.mark.parametrize(
    ("http", "status", "kind", "retryable"),
    [
        (400, "INVALID_ARGUMENT", errors.Rejected, False),
        (400, "FAILED_PRECONDITION", errors.Conflict, False),
        (400, "OUT_OF_RANGE", errors.Rejected, False),
        (401, "UNAUTHENTICATED", errors.Unauthenticated, False),
        (403, "PERMISSION_DENIED", errors.PermissionDenied, False),
        (404, "NOT_FOUND", errors.NotFound, False),
        (409, "ALREADY_EXISTS", errors.AlreadyExists, False),
        (409, "ABORTED", errors.Conflict, True),
        (429, "RESOURCE_EXHAUSTED", errors.RateLimited, True),
        (499, "CANCELLED", errors.Unavailable, True),
        (500, "INTERNAL", errors.Unavailable, True),
        (500, "UNKNOWN", errors.Unavailable, True),
        (501, "UNIMPLEMENTED", errors.Unavailable, False),
        (503, "UNAVAILABLE", errors.Unavailable, True),
        (504, "DEADLINE_EXCEEDED", errors.Timeout, True),
    ],
)
def test_what_an_error_is_stands_in_its_body(
    http: int, status: str, kind: type[ProviderError], retryable: bool
) -> None:
    ours = translated(TABLE, answered(http, {}, body(status)), provider="vertex", operation="GetContext")
    assert type(ours) is kind
    assert ours is not None
    assert ours.retryable == retryable
    assert "said" in str(ours)


@pytest.mark.parametrize(
    ("http", "kind"),
    [
        (401, errors.Unauthenticated),
        (403, errors.PermissionDenied),
        (404, errors.NotFound),
        (408, errors.Timeout),
        (409, errors.Conflict),
        (412, errors.Conflict),
        (429, errors.RateLimited),
        (502, errors.Unavailable),
        (504, errors.Timeout),
        (302, errors.Unavailable),
        (418, errors.Rejected),
        (799, errors.Unavailable),
    ],
)
def test_an_answer_without_a_word_is_told_by_its_number(http: int, kind: type[ProviderError]) -> None:
    ours = translated(TABLE, answered(http, {}, b"<html>x</html>"), provider="vertex", operation="x")
    assert type(ours) is kind
    assert "web page" in str(ours)


@pytest.mark.parametrize(
    "text",
    [
        "Quota exceeded for quota metric 'x' and limit 'Requests per day' of service",
        "Quota exceeded: PerDayPerProject",
        "the maximum number of Tensorboards is reached",
    ],
)
def test_a_quota_that_waiting_does_not_fill_is_no_rate(text: str) -> None:
    ours = translated(TABLE, answered(429, {}, body("RESOURCE_EXHAUSTED", text)), provider="vertex", operation="x")
    assert isinstance(ours, errors.QuotaExceeded)


@pytest.mark.parametrize(
    ("headers", "details", "pause"),
    [
        ({"Retry-After": "7"}, [], 7.0),
        ({}, [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3.5s"}], 3.5),
        ({"Retry-After": "2"}, [{"retryDelay": "9s"}], 2.0),
        ({}, [{"retryDelay": "soon"}, "odd"], None),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, [], None),
    ],
)
def test_a_pause_that_is_asked_for_is_read(
    headers: Mapping[str, str], details: list[object], pause: float | None
) -> None:
    found = answered(429, headers, body("RESOURCE_EXHAUSTED", details=details))
    ours = translated(TABLE, found, provider="vertex", operation="x")
    assert isinstance(ours, errors.RateLimited)
    assert ours.retry_after == pause


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "Bad Request"),
        (b"plain words", "plain words"),
        (b"[" + body("NOT_FOUND", "of a stream") + b"]", "of a stream"),
        (b'{"error": "invalid_grant", "error_description": "gone"}', "invalid_grant: gone"),
        (b"<Error><Message>of storage</Message></Error>", "of storage"),
        (b'{"other": 1}', "Bad Request"),
        (b"\xff\xfe", "\ufffd"),
        (body("X", "two\nlines"), "two"),
        (body("X", "x" * 2_000), "…"),
    ],
)
def test_any_body_is_one_line(content: bytes, says: str) -> None:
    text = str(answered(400, {}, content))
    assert says in text
    assert "\n" not in text
    assert len(text) < 600


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (requests.ConnectTimeout("x"), errors.Timeout, "in time"),
        (requests.ReadTimeout("x"), errors.Timeout, "in time"),
        (requests.ConnectionError("gone"), errors.Unavailable, "broke off"),
        (requests.exceptions.SSLError("bad certificate"), errors.Unavailable, "trusted"),
        (urllib3.exceptions.ProtocolError("x", OSError(104, "Connection reset by peer")), errors.Unavailable, "reset"),
        (AUTH.DefaultCredentialsError("none were found"), errors.Unauthenticated, "gcloud auth"),
        (AUTH.RefreshError("it is over"), errors.Unauthenticated, "gcloud auth"),
        (AUTH.TransportError("no route"), errors.Unavailable, "credentials"),
    ],
)
def test_no_answer_is_ours_too(error: Exception, kind: type[ProviderError], says: str) -> None:
    with pytest.raises(kind, match=says), translating("vertex", "x"):
        raise error


def test_errors_of_the_storage_client_hold_the_answer() -> None:
    response = requests.Response()
    response.status_code = 412
    response._content = body("FAILED_PRECONDITION", "another generation")
    response.request = requests.Request("GET", "http://127.0.0.1/x").prepare()
    found = native(CORE.from_http_response(response))
    assert isinstance(found, Answered)
    assert (found.status, found.said) == (412, "another generation")


def test_errors_of_others_are_left_alone() -> None:
    assert native(ValueError("x")) is None
    with pytest.raises(ZeroDivisionError), translating("vertex", "x"):
        raise ZeroDivisionError


def test_a_refusal_of_credentials_does_not_drag_the_native_error_along() -> None:
    with pytest.raises(errors.Unauthenticated) as caught, translating("vertex", "x"):
        raise AUTH.RefreshError("token=secret")
    assert isinstance(caught.value.__cause__, Unanswered)
