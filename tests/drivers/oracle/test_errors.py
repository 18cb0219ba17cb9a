from __future__ import annotations

import pytest
import urllib3
from oci import exceptions as sdk
from oci._vendor.requests import exceptions as http
from urllib3.connection import HTTPConnection

from tracklayer.drivers.oracle import translating
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

SKEW = (
    "Date 'Sun, 11 Mar 2018 16:32:46 UTC' is not within allowed clock skew. Current 'Sun, 11 Mar 2018 16:39:04 UTC',"
    " valid datetime range: ['Sun, 11 Mar 2018 16:34:04 UTC', 'Sun, 11 Mar 2018 16:44:04 UTC']"
)


def ours(error: Exception) -> ProviderError:
    with pytest.raises(ProviderError) as caught, translating("oci", "GetObject"):
        raise error
    return caught.value


def said(status: int, code: str, message: str = "no", **headers: str) -> sdk.ServiceError:
    return sdk.ServiceError(status, code, headers, message)


@pytest.mark.parametrize(
    ("status", "code", "kind", "retryable"),
    [
        (401, "NotAuthenticated", Unauthenticated, False),
        (403, "NotAuthorized", PermissionDenied, False),
        (404, "NotAuthorizedOrNotFound", NotFound, False),
        (404, "BucketNotFound", NotFound, False),
        (408, "RequestTimeout", Timeout, True),
        (409, "BucketAlreadyExists", AlreadyExists, False),
        (409, "ConcurrentObjectUpdate", Conflict, True),
        (409, "NotAuthorizedOrResourceAlreadyExists", Conflict, False),
        (412, "IfMatchFailed", Conflict, False),
        (400, "LimitExceeded", QuotaExceeded, False),
        (400, "InvalidParameter", Rejected, False),
        (429, "TooManyRequests", RateLimited, True),
        (500, "InternalServerError", Unavailable, True),
        (501, "MethodNotImplemented", Unavailable, False),
        (302, "", Unavailable, False),
    ],
)
def test_each_answer_is_one_of_our_errors(status: int, code: str, kind: type[ProviderError], retryable: bool) -> None:
    error = ours(said(status, code))
    assert (type(error), error.retryable) == (kind, retryable)
    assert str(error) == f"oci: GetObject: no ({status} {code})" or status == 401


def test_a_pause_that_is_asked_for_is_known() -> None:
    error = ours(said(429, "TooManyRequests", **{"retry-after": "7"}))
    assert isinstance(error, RateLimited)
    assert error.retry_after == 7.0


def test_a_clock_that_is_off_is_said_first() -> None:
    error = ours(said(401, "NotAuthenticated", SKEW))
    assert str(error).startswith(
        "oci: GetObject: this machine's clock is off: set it (a signature holds for 5 minutes): "
    )
    assert "is not within allowed clock skew" in str(error)


def test_a_key_that_is_not_known_is_said_with_what_to_do() -> None:
    error = ours(said(401, "NotAuthenticated", "The required information was incorrect."))
    assert "is the profile's key still among the user's API keys" in str(error)
    assert "\n" not in str(error)


def test_a_long_message_is_cut() -> None:
    assert len(str(ours(said(400, "InvalidParameter", "x" * 10_000)))) < 600


@pytest.mark.parametrize(
    ("error", "kind", "retryable"),
    [
        (
            sdk.RequestException(
                http.ConnectionError(urllib3.exceptions.NewConnectionError(HTTPConnection("x"), "no"))
            ),
            Unavailable,
            True,
        ),
        (sdk.RequestException(http.SSLError("self-signed")), Unavailable, False),
        (sdk.ConnectTimeout("10 s"), Unavailable, True),
        (sdk.RequestException(http.ReadTimeout("60 s")), Timeout, True),
        (urllib3.exceptions.ProtocolError("broken"), Unavailable, True),
        (sdk.ConfigFileNotFound("no file"), Unauthenticated, False),
        (sdk.InvalidKeyFilePath("no key"), Unauthenticated, False),
    ],
    ids=["unconnected", "untrusted", "late to connect", "late", "broken", "no file", "no key"],
)
def test_silence_is_one_of_our_errors_too(error: Exception, kind: type[ProviderError], retryable: bool) -> None:
    found = ours(error)
    assert (type(found), found.retryable) == (kind, retryable)


def test_errors_of_others_pass() -> None:
    with pytest.raises(KeyError), translating("oci", "GetObject"):
        raise KeyError
