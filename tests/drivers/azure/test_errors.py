from __future__ import annotations

import traceback
from types import SimpleNamespace
from typing import Any

import pytest
from azure.core.exceptions import (
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)

from tracklayer.drivers.azure import translating, unsigned
from tracklayer.errors import (
    Conflict,
    NotFound,
    PermissionDenied,
    ProviderError,
    RateLimited,
    Rejected,
    Timeout,
    Unauthenticated,
    Unavailable,
)

URL = "https://store1.blob.core.windows.net/files/a?sv=2024&se=2026&sig=SECRET%3D"


def answer(status: int, code: str = "", **headers: str) -> HttpResponseError:
    """An error as the SDK makes it."""
    response: Any = SimpleNamespace(
        status_code=status, reason="Reason", headers={"x-ms-error-code": code, **headers}, text=lambda: ""
    )
    error = HttpResponseError(response=response)
    error.message = f"The blob at {URL} is not what it was.\nRequestId:1"
    return error


def ours(error: Exception) -> ProviderError:
    with pytest.raises(ProviderError) as caught, translating("azureml", "PutBlob"):
        raise error
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (400, Rejected, False),
        (401, Unauthenticated, False),
        (403, PermissionDenied, False),
        (404, NotFound, False),
        (408, Timeout, True),
        (409, Conflict, False),
        (412, Conflict, False),
        (429, RateLimited, True),
        (500, Unavailable, True),
        (503, Unavailable, True),
    ],
)
def test_an_answer_is_the_error_that_it_says(status: int, kind: type[ProviderError], retryable: bool) -> None:
    error = ours(answer(status, "Word"))
    assert type(error) is kind
    assert error.retryable == retryable
    assert (
        str(error) == "azureml: PutBlob: The blob at https://store1.blob.core.windows.net/files/a?… is not what it was."
        f" ({status} Word)"
    )


def test_the_service_says_how_long_to_wait() -> None:
    error = ours(answer(429, **{"Retry-After": "7"}))
    assert isinstance(error, RateLimited)
    assert error.retry_after == 7


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ServiceResponseTimeoutError("read timed out"), Timeout),
        (
            ServiceRequestError(f"Max retries exceeded with url: {URL} (Caused by: [Errno 111] Connection refused)"),
            Unavailable,
        ),
        (ServiceResponseError("Connection aborted."), Unavailable),
    ],
)
def test_no_answer_is_told_from_an_answer(error: Exception, kind: type[ProviderError]) -> None:
    assert type(ours(error)) is kind
    assert ours(error).retryable


@pytest.mark.parametrize("error", [answer(403), ServiceRequestError(f"Max retries exceeded with url: {URL}")])
def test_a_signature_is_in_no_part_of_an_error(error: Exception) -> None:
    shown = "".join(traceback.format_exception(ours(error)))
    assert "SECRET" not in shown
    inner: BaseException | None = ours(error)
    while inner is not None:
        assert "SECRET" not in f"{inner} {inner!r}"
        assert inner.__suppress_context__ or inner.__context__ is None
        inner = inner.__cause__


def test_an_error_of_somebody_else_stays_as_it_is() -> None:
    with pytest.raises(KeyError), translating("azureml", "PutBlob"):
        raise KeyError("x")


def test_texts_lose_the_queries_of_their_urls() -> None:
    assert unsigned(f"'{URL}' and {URL} (again)") == (
        "'https://store1.blob.core.windows.net/files/a?…' and https://store1.blob.core.windows.net/files/a?… (again)"
    )
    assert unsigned("/files/a?sig=x HTTP/1.1") == "/files/a?… HTTP/1.1"
