"""AWS's native errors to ours.

What goes wrong is one of two native errors, so that the table below is all there is to know:

* `Answered`: the service answered with an error (botocore's `ClientError`): its code, its HTTP status, its message.
* `Unanswered`: no answer came (botocore's `BotoCoreError`, or urllib3's errors out of a body that is read).

A driver may put rows of its own before the table: `(Rule(Answered, ...), *TABLE)`.
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

#: Characters of a service's message that are shown.
MOST_SAID = 500

Silence: TypeAlias = Literal["late", "unconnected", "untrusted", "broken", "unsigned", "unsendable", "unknown"]

#: What to do about credentials that are refused, by the service's code.
_NEW_ONES = "get new ones (`aws sso login`, or whatever gave you AWS_SESSION_TOKEN)"
_UNKNOWN = "AWS does not know this access key: was it deleted, or is it of another partition?"
_CLOCK = "this machine's clock is wrong: set it"
_SECRET = "the secret key does not belong to the access key, or this machine's clock is wrong"  # noqa: S105 -- a text
_NONE = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure sso`"
ADVICE: Mapping[str, str] = {
    "ExpiredToken": _NEW_ONES,
    "ExpiredTokenException": _NEW_ONES,
    "TokenRefreshRequired": _NEW_ONES,
    "RequestExpired": _CLOCK,
    "RequestTimeTooSkewed": _CLOCK,
    "UnrecognizedClientException": _UNKNOWN,
    "UnrecognizedClient": _UNKNOWN,
    "InvalidClientTokenId": _UNKNOWN,
    "InvalidAccessKeyId": _UNKNOWN,
    "InvalidToken": _NEW_ONES,
    "InvalidSignatureException": _SECRET,
    "InvalidSignature": _SECRET,
    "SignatureDoesNotMatch": _SECRET,
    "IncompleteSignature": _SECRET,
    "IncompleteSignatureException": _SECRET,
    "AuthFailure": _UNKNOWN,
    "MissingAuthenticationToken": _NONE,
    "MissingAuthenticationTokenException": _NONE,
    "NotAuthorized": _UNKNOWN,
}


class Answered(Exception):
    """An error that a service answered with. `code` is AWS's word for it, `status` HTTP's number."""

    def __init__(self, code: str, status: int, said: str, retry_after: float | None = None) -> None:
        shown = said if len(said) <= MOST_SAID else f"{said[:MOST_SAID]}…"
        advice = ADVICE.get(code)
        super().__init__(f"{shown} ({code})" + (f"; {advice}" if advice else ""))
        self.code = code
        self.status = status
        self.said = said
        self.retry_after = retry_after


class Unanswered(Exception):
    """No answer.

    * `late`: no answer in time. * `unconnected`: the request never left. * `untrusted`: the certificate is not trusted.
    * `broken`: the connection broke off. * `unsigned`: there are no credentials to sign with. * `unsendable`: the SDK
      refused the input. * `unknown`: anything else of the SDK's.
    """

    def __init__(self, kind: Silence, said: str) -> None:
        super().__init__(said)
        self.kind = kind


def native(error: BaseException) -> Answered | Unanswered | None:
    """What an error of botocore, boto3, s3transfer or urllib3 says; None for an error of anybody else."""
    import botocore.exceptions as sdk  # noqa: PLC0415 -- late
    import urllib3.exceptions as wire  # noqa: PLC0415 -- late

    if isinstance(error, sdk.ClientError):
        return _answered(error.response)
    for kinds, kind in (
        ((sdk.ConnectTimeoutError, sdk.ReadTimeoutError, wire.TimeoutError), "late"),
        ((sdk.SSLError, wire.SSLError), "untrusted"),
        ((sdk.EndpointConnectionError, sdk.ProxyConnectionError, wire.NewConnectionError), "unconnected"),
        ((sdk.ConnectionError, sdk.HTTPClientError, sdk.IncompleteReadError), "broken"),
        ((sdk.ResponseStreamingError, sdk.FlexibleChecksumError, wire.HTTPError), "broken"),
        ((sdk.ParamValidationError, sdk.InvalidRegionError), "unsendable"),
    ):
        if isinstance(error, kinds):
            return Unanswered(kind, _line(str(error)))  # type: ignore[arg-type] # one of the texts above
    if isinstance(error, _unsigned(sdk)):
        return Unanswered("unsigned", f"{_line(str(error)).rstrip('.')}: {_NONE}")
    return Unanswered("unknown", _line(str(error))) if isinstance(error, sdk.BotoCoreError) else None


def _unsigned(sdk: Any) -> tuple[type[Exception], ...]:
    """The SDK's errors of credentials: some are younger than the oldest SDK that will do."""
    names = (
        "NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "ProfileNotFound",
        "ConfigNotFound", "ConfigParseError", "InvalidConfigError", "SSOError", "TokenRetrievalError",
        "RefreshWithMFAUnsupportedError", "MetadataRetrievalError", "LoginError",
    )  # fmt: skip
    return tuple(getattr(sdk, name) for name in names if hasattr(sdk, name))


def _answered(response: Mapping[str, Any]) -> Answered:
    error = response.get("Error") or {}
    about = response.get("ResponseMetadata") or {}
    code, status = str(error.get("Code") or ""), int(about.get("HTTPStatusCode") or 0)
    said = _line(str(error.get("Message") or code or "an error without a word"))
    after = str((about.get("HTTPHeaders") or {}).get("retry-after", ""))
    return Answered(code, status, said, float(after) if re.fullmatch(r"\d+(\.\d+)?", after) else None)


def _line(text: str) -> str:
    """The first line only: what AWS adds to a wrong signature are the headers it covers, the session's token too."""
    return (text.strip().splitlines() or [""])[0].strip()


def _says(pattern: str) -> when.When:
    return lambda error: re.search(pattern, error.said, re.IGNORECASE) is not None


#: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html; S3's are of its own error list.
THROTTLED = (
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
    "TooManyRequests", "TooManyRequestsException", "RequestLimitExceeded", "ProvisionedThroughputExceededException",
    "BandwidthLimitExceeded", "PriorRequestNotComplete", "SlowDown", "EC2ThrottledException",
)  # fmt: skip
_FULL = ("ResourceLimitExceeded", "ServiceQuotaExceededException", "LimitExceededException", "TooManyBuckets")
#: 404 is S3's answer to a HEAD, which has no body to hold a code.
_MISSING = ("ResourceNotFound", "ResourceNotFoundException", "NoSuchKey", "NoSuchBucket", "NoSuchUpload", "404")
_TAKEN = ("ResourceInUse", "ResourceInUseException", "BucketAlreadyExists", "BucketAlreadyOwnedByYou")
_TAKEN_SAYS = r"already exist|must be unique"
_DENIED = (
    "AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "OptInRequired",
    "AllAccessDisabled", "AccountProblem", "403",
)  # fmt: skip

TABLE: tuple[Rule, ...] = (
    Rule(Unanswered, Timeout, when.kind("late")),
    Rule(Unanswered, Unauthenticated, when.kind("unsigned")),
    Rule(Unanswered, Rejected, when.kind("unsendable")),
    Rule(Unanswered, Unavailable, when.kind("unconnected", "broken")),
    Rule(Unanswered, Unavailable, retryable=False),
    Rule(Answered, Unauthenticated, lambda error: error.code in ADVICE),
    Rule(Answered, RateLimited, when.either(when.code(*THROTTLED), when.status(429)), when.pause),
    Rule(Answered, QuotaExceeded, when.code(*_FULL)),
    Rule(Answered, NotFound, when.code(*_MISSING)),
    Rule(Answered, AlreadyExists, when.code(*_TAKEN)),
    Rule(
        Answered, AlreadyExists, lambda error: error.code == "ValidationException" and _says(_TAKEN_SAYS)(error)
    ),
    Rule(Answered, Conflict, when.either(when.code("ConflictException", "PreconditionFailed"), when.status(409, 412))),
    Rule(Answered, Timeout, when.either(when.code("RequestTimeout", "RequestTimeoutException"), when.status(408))),
    Rule(Answered, PermissionDenied, when.code(*_DENIED)),
    Rule(Answered, Unavailable, when.code("InternalFailure", "InternalError", "ServiceUnavailable"), when.pause),
    Rule(Answered, Unavailable, lambda error: error.status >= 500, when.pause),  # noqa: PLR2004
    Rule(Answered, PermissionDenied, when.status(401, 403)),
    Rule(Answered, NotFound, when.status(404)),
    Rule(Answered, Unavailable, lambda error: 300 <= error.status < 400, retryable=False),  # noqa: PLR2004 -- elsewhere
    Rule(Answered, Rejected),
)  # fmt: skip


@contextmanager
def translating(provider: str, operation: str, table: Sequence[Rule] = TABLE) -> Iterator[None]:
    """Within the block, errors of the SDK become ours, each with the native one as its cause.

    The cause of refused credentials is what we say of it: the SDK's own error may hold a session's token.
    """
    try:
        yield
    except Exception as error:
        found = native(error)
        ours = None if found is None else translated(table, found, provider=provider, operation=operation)
        if ours is None:
            raise
        raise ours from (found if isinstance(ours, Unauthenticated) else error)
