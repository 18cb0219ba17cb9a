from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from tracklayer.drivers.mlflow.errors import (
    MOST_SAID,
    ONCE,
    REPEATABLE,
    Answered,
    Silence,
    Unanswered,
    answered,
    seconds,
)
from tracklayer.errors import (
    AlreadyExists,
    Conflict,
    NotFound,
    PermissionDenied,
    ProviderError,
    QuotaExceeded,
    RateLimited,
    Rejected,
    Timeout,
    Unauthenticated,
    Unavailable,
)
from tracklayer.spi import translated

HTML = b"<!doctype html>\n<html><title>Sign in</title></html>"


def body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def ours(native: Exception, *, repeatable: bool = True) -> ProviderError:
    error = translated(REPEATABLE if repeatable else ONCE, native, provider="mlflow", operation="runs/get")
    assert error is not None
    return error


@pytest.mark.parametrize(
    ("status", "given", "code", "said"),
    [
        (400, body(error_code="INVALID_PARAMETER_VALUE", message="Wrong."), "INVALID_PARAMETER_VALUE", "Wrong."),
        (400, body(error={"code": "UserError", "message": "Wrong."}), "UserError", "Wrong."),
        (400, body(Error={"Code": "UserError", "Message": "Wrong."}), "UserError", "Wrong."),
        (404, body(code="NotAuthorizedOrNotFound", message="Wrong."), "NotAuthorizedOrNotFound", "Wrong."),
        (400, body(detail="Wrong."), "", "Wrong."),
        (422, body(detail=[{"loc": ["body"], "msg": "field required"}]), "", "Unprocessable Entity"),
        (400, body(error="Wrong."), "", "Wrong."),
        (400, b'"Wrong."', "", "Wrong."),
        (400, b"[1, 2]", "", "Bad Request"),
        (500, b"Internal Server Error", "", "Internal Server Error"),
        (401, b"You are not authenticated. Please see https://x\nfor more", "", "You are not authenticated. Please see https://x"),
        (404, b"", "", "Not Found"),
        (599, b"", "", "an unknown answer"),
        (404, b"\xff\xfe\x00", "", "��\x00"),
        (403, b"<?xml?><Error><Code>AccessDenied</Code><Message>No.</Message></Error>", "AccessDenied", "No."),
    ],
)  # fmt: skip
def test_every_shape_of_a_body_is_understood(status: int, given: bytes, code: str, said: str) -> None:
    error = answered(status, {}, given)
    assert (error.status, error.code, error.said) == (status, code, said)


def test_a_web_page_is_called_one() -> None:
    assert answered(404, {}, HTML).said.startswith("Not Found: a web page came instead of MLflow's answer")


def test_a_redirect_says_where_to_and_no_secret_of_it() -> None:
    error = answered(302, {"Location": "https://login.example/start?state=secret"}, b"")
    assert error.said == "the server redirects to https://login.example/start: give its own address in the URL"
    assert "another place" in answered(302, {}, b"").said


def test_a_long_message_is_cut_to_its_first_line() -> None:
    error = answered(400, {}, body(error_code="BAD_REQUEST", message="x" * 1_000 + "\n[SQL: INSERT ...]"))
    assert error.said == "x" * 1_000
    assert str(error) == "x" * MOST_SAID + "… (400 BAD_REQUEST)"


@pytest.mark.parametrize(
    ("status", "code", "said", "kind", "retryable"),
    [
        (400, "RESOURCE_ALREADY_EXISTS", "Experiment(name=x) already exists.", AlreadyExists, False),
        (404, "RESOURCE_DOES_NOT_EXIST", "Run with id=x not found", NotFound, False),
        (400, "RESOURCE_DOES_NOT_EXIST", "no such", NotFound, False),
        (404, "", "", NotFound, False),
        (400, "INVALID_PARAMETER_VALUE", "Invalid experiment ID 'abc'. Experiment ID must be ...", NotFound, False),
        (400, "INVALID_PARAMETER_VALUE", "Invalid value \"a/b\" for parameter 'run_id' supplied.", NotFound, False),
        (500, "INTERNAL_ERROR", "invalid literal for int() with base 10: 'abc'", NotFound, False),
        (400, "", "Artifact path refers to a directory, not a file: 'a'", NotFound, False),
        (400, "INVALID_PARAMETER_VALUE", "The run x must be in the 'active' state. Current ...", Conflict, False),
        (400, "INVALID_PARAMETER_VALUE", "The experiment 3 must be in the 'active' state.", Conflict, False),
        (400, "INVALID_PARAMETER_VALUE", "Changing param values is not allowed. Params were ...", Conflict, False),
        (500, "INVALID_STATE", "Cannot rename a deleted experiment", Conflict, False),
        (409, "", "", Conflict, False),
        (401, "", "", Unauthenticated, False),
        (403, "PERMISSION_DENIED", "", PermissionDenied, False),
        (429, "", "", RateLimited, True),
        (400, "REQUEST_LIMIT_EXCEEDED", "", RateLimited, True),
        (400, "RESOURCE_LIMIT_EXCEEDED", "", QuotaExceeded, False),
        (408, "", "", Timeout, True),
        (500, "INTERNAL_ERROR", "boom", Unavailable, True),
        (502, "", "", Unavailable, True),
        (503, "TEMPORARILY_UNAVAILABLE", "", Unavailable, True),
        (504, "", "", Unavailable, True),
        (501, "NOT_IMPLEMENTED", "", Unavailable, False),
        (302, "", "", Unavailable, False),
        (400, "INVALID_PARAMETER_VALUE", "Invalid value for parameter 'name'", Rejected, False),
        (413, "", "", Rejected, False),
        (405, "", "", Rejected, False),
    ],
)
def test_every_answer_has_its_error(
    status: int, code: str, said: str, kind: type[ProviderError], *, retryable: bool
) -> None:
    error = ours(Answered(status, code, said))
    assert type(error) is kind
    assert error.retryable == retryable


@pytest.mark.parametrize(
    ("silence", "kind", "repeated", "once"),
    [
        ("unconnected", Unavailable, True, True),
        ("late", Timeout, True, False),
        ("broken", Unavailable, True, False),
        ("untrusted", Unavailable, False, False),
        ("foreign", Unavailable, False, False),
    ],
)
def test_every_silence_has_its_error(
    silence: Silence, kind: type[ProviderError], *, repeated: bool, once: bool
) -> None:
    native = Unanswered(silence, "said")
    assert type(ours(native)) is type(ours(native, repeatable=False)) is kind
    assert (ours(native).retryable, ours(native, repeatable=False).retryable) == (repeated, once)


@pytest.mark.parametrize(("status", "retryable"), [(408, True), (429, True), (500, False), (502, False), (503, False)])
def test_what_may_have_been_made_is_not_made_again(status: int, *, retryable: bool) -> None:
    assert ours(Answered(status, "", ""), repeatable=False).retryable == retryable


@pytest.mark.parametrize(
    ("header", "pause"), [("0", 0), ("17", 17), (" 2.5 ", 2.5), (None, None), ("soon", None), ("-3", None), ("", None)]
)
def test_the_pause_that_is_asked_for(header: str | None, pause: float | None) -> None:
    assert seconds(header) == pause


def test_the_pause_may_be_a_date() -> None:
    now = datetime.now(timezone.utc)
    later = seconds(format_datetime(now + timedelta(seconds=500), usegmt=True))
    assert later is not None
    assert 400 < later <= 500
    assert seconds(format_datetime(now - timedelta(days=1), usegmt=True)) == 0
    assert seconds((now + timedelta(seconds=500)).strftime("%a, %d %b %Y %H:%M:%S")) is not None


@pytest.mark.parametrize("status", [429, 503])
def test_the_pause_reaches_the_error(status: int) -> None:
    error = ours(answered(status, {"Retry-After": "17"}, b""))
    assert isinstance(error, RateLimited | Unavailable)
    assert error.retry_after == 17
