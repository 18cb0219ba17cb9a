from __future__ import annotations

import traceback
from typing import Any

import botocore.exceptions as sdk
import pytest
import urllib3

from tracklayer.drivers.aws import TABLE, Answered, translating
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
from tracklayer.spi import Rule


def client_error(code: str, message: str = "what AWS says", status: int = 400, **headers: str) -> sdk.ClientError:
    about = {"HTTPStatusCode": status, "HTTPHeaders": headers}
    return sdk.ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": about}, "CreateTrial")


def ours(native: Exception) -> ProviderError:
    with pytest.raises(ProviderError) as caught, translating("sagemaker", "CreateTrial"):
        raise native
    return caught.value


@pytest.mark.parametrize(
    ("code", "message", "status", "kind", "retryable"),
    [
        ("ThrottlingException", "Rate exceeded", 400, RateLimited, True),
        ("SlowDown", "Please reduce your request rate.", 503, RateLimited, True),
        ("Anything", "Too many", 429, RateLimited, True),
        ("ResourceLimitExceeded", "The account-level service limit ... is 50", 400, QuotaExceeded, False),
        ("ServiceQuotaExceededException", "", 402, QuotaExceeded, False),
        ("ResourceNotFound", "does not exist", 400, NotFound, False),
        ("NoSuchKey", "", 404, NotFound, False),
        ("NoSuchBucket", "", 404, NotFound, False),
        ("404", "Not Found", 404, NotFound, False),
        ("ValidationException", "Experiment with name x already exists", 400, AlreadyExists, False),
        ("ValidationException", "Names must be unique within an AWS account", 400, AlreadyExists, False),
        ("ValidationException", "Cannot create already existing experiment", 400, AlreadyExists, False),
        ("ResourceInUse", "", 400, AlreadyExists, False),
        ("BucketAlreadyExists", "", 409, AlreadyExists, False),
        ("ValidationException", "1 validation error detected", 400, Rejected, False),
        ("SerializationException", "", 400, Rejected, False),
        ("ConflictException", "", 400, Conflict, False),
        ("PreconditionFailed", "", 412, Conflict, False),
        ("AccessDeniedException", "is not authorized to perform", 400, PermissionDenied, False),
        ("AccessDenied", "", 403, PermissionDenied, False),
        ("403", "Forbidden", 403, PermissionDenied, False),
        ("ExpiredTokenException", "", 400, Unauthenticated, False),
        ("UnrecognizedClientException", "", 400, Unauthenticated, False),
        ("InvalidAccessKeyId", "", 403, Unauthenticated, False),
        ("SignatureDoesNotMatch", "", 403, Unauthenticated, False),
        ("RequestTimeTooSkewed", "", 403, Unauthenticated, False),
        ("InternalFailure", "", 500, Unavailable, True),
        ("ServiceUnavailable", "", 503, Unavailable, True),
        ("", "", 502, Unavailable, True),
        ("RequestTimeout", "", 400, Timeout, True),
        ("PermanentRedirect", "", 301, Unavailable, False),
        ("SomethingNew", "", 400, Rejected, False),
    ],
)
def test_an_answer_becomes_an_error_of_ours(
    code: str, message: str, status: int, kind: type[ProviderError], retryable: bool
) -> None:
    found = ours(client_error(code, message, status))
    assert type(found) is kind
    assert found.retryable == retryable
    assert (found.provider, found.operation) == ("sagemaker", "CreateTrial")
    assert message in str(found)


@pytest.mark.parametrize(
    ("native", "kind", "retryable"),
    [
        (sdk.ConnectTimeoutError(endpoint_url="https://x"), Timeout, True),
        (sdk.ReadTimeoutError(endpoint_url="https://x"), Timeout, True),
        (sdk.EndpointConnectionError(endpoint_url="https://x"), Unavailable, True),
        (sdk.ConnectionClosedError(endpoint_url="https://x"), Unavailable, True),
        (sdk.IncompleteReadError(actual_bytes=1, expected_bytes=2), Unavailable, True),
        (sdk.SSLError(endpoint_url="https://x", error="self-signed"), Unavailable, False),
        (sdk.NoCredentialsError(), Unauthenticated, False),
        (sdk.PartialCredentialsError(provider="env", cred_var="aws_secret_access_key"), Unauthenticated, False),
        (sdk.ProfileNotFound(profile="nobody"), Unauthenticated, False),
        (sdk.ParamValidationError(report="no"), Rejected, False),
        (sdk.DataNotFoundError(data_path="x"), Unavailable, False),
        (urllib3.exceptions.ReadTimeoutError(None, "/", "late"), Timeout, True),  # type: ignore[arg-type]
        (urllib3.exceptions.ProtocolError("broken"), Unavailable, True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_no_answer_becomes_an_error_of_ours(native: Exception, kind: type[ProviderError], retryable: bool) -> None:
    found = ours(native)
    assert type(found) is kind
    assert found.retryable == retryable


def test_errors_of_others_stay_as_they_are() -> None:
    with pytest.raises(KeyError), translating("sagemaker", "x"):
        raise KeyError


def test_a_pause_that_is_asked_for_is_kept() -> None:
    found = ours(client_error("ThrottlingException", "Rate exceeded", 429, **{"retry-after": "7"}))
    assert isinstance(found, RateLimited)
    assert found.retry_after == 7.0


@pytest.mark.parametrize(
    ("native", "advice"),
    [
        (client_error("ExpiredToken", "The provided token has expired."), "aws sso login"),
        (client_error("InvalidSignatureException", "does not match"), "this machine's clock is wrong"),
        (client_error("UnrecognizedClientException", "is invalid."), "does not know this access key"),
        (sdk.NoCredentialsError(), "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        (sdk.ProfileNotFound(profile="nobody"), "(nobody) could not be found"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_refused_credentials_come_with_advice(native: Exception, advice: str) -> None:
    found = ours(native)
    assert advice in str(found)
    assert "\n" not in str(found)


def test_the_token_in_what_aws_says_of_a_wrong_signature_is_shown_nowhere() -> None:
    text = (
        "The request signature we calculated does not match.\n\nThe Canonical String for this request should have been"
        "\n'POST\n/\n\nhost:x\nx-amz-security-token:FwoGZXIvSECRET\n'"
    )
    found = ours(client_error("InvalidSignatureException", text))
    shown = "".join(traceback.format_exception(found))
    assert "does not match" in shown
    assert "FwoGZXIvSECRET" not in shown
    assert isinstance(found.__cause__, Answered)


def test_every_other_error_has_the_native_one_as_its_cause() -> None:
    native = client_error("ThrottlingException")
    assert ours(native).__cause__ is native


def test_a_long_message_is_cut() -> None:
    found = ours(client_error("ValidationException", "x" * 10_000))
    assert len(str(found)) < 1_000


def test_a_driver_may_put_its_own_rows_first() -> None:
    def empty(error: Any) -> bool:
        return bool(error.code == "ValidationException" and "empty" in error.said)

    table = (Rule(Answered, Conflict, empty), *TABLE)
    with pytest.raises(Conflict), translating("sagemaker", "DeleteExperiment", table):
        raise client_error("ValidationException", "must be empty")
