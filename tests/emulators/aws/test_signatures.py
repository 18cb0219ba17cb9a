"""Botocore's signer is the witness: what it signs is good, and whatever is changed after signing is not."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.credentials import Credentials

from tracklayer.emulators.aws.signatures import Scope, SignatureError, scope_of, verify

KEY, SECRET = "AKIAEMULATOR00000000", "made-up-secret"
SECRETS = {KEY: SECRET}
QUERY = ("MetricName", "ResourceArn", "MetricStat", "Period", "XAxisType")
Signed = tuple[str, str, str, dict[str, str], bytes]


def signed(
    url: str = "https://api.sagemaker.us-east-1.amazonaws.com/",
    method: str = "POST",
    body: bytes = b"{}",
    headers: dict[str, str] | None = None,
    *,
    signer: Callable[[Credentials], SigV4Auth] = lambda credentials: SigV4Auth(credentials, "sagemaker", "us-east-1"),
    token: str | None = None,
) -> Signed:
    request = AWSRequest(method, url, headers or {}, body)
    signer(Credentials(KEY, SECRET, token)).add_auth(request)
    prepared = request.prepare()
    parts = urlsplit(prepared.url)
    given = {name: value.decode() if isinstance(value, bytes) else value for name, value in prepared.headers.items()}
    return method, parts.path, parts.query, {"Host": parts.netloc, **given}, body


def s3(credentials: Credentials) -> SigV4Auth:
    return S3SigV4Auth(credentials, "s3", "eu-west-1")


def refused(request: Signed, **changes: object) -> str:
    with pytest.raises(SignatureError) as caught:
        verify(*request, **{"secrets": SECRETS, **changes})  # type: ignore[arg-type] # one case a test
    assert SECRET not in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize(
    "url",
    [
        "https://api.sagemaker.us-east-1.amazonaws.com/",
        "https://host/api/2.0/mlflow/runs/get?run_id=1&max=2",
        "https://host/a%20b/%C3%A9?filter=a%20%3D%20%27b%27&b=&a=1&a=0",
        "http://127.0.0.1:8000/x~y?B=2&a=%2F",
    ],
)
def test_what_botocore_signs_is_good(url: str) -> None:
    assert verify(*signed(url), secrets=SECRETS) == Scope("us-east-1", "sagemaker", KEY)


def test_a_session_token_is_signed_along() -> None:
    request = signed(token="session")
    assert verify(*request, secrets=SECRETS).key_id == KEY
    request[3]["X-Amz-Security-Token"] = "other"
    assert refused(request) == "InvalidSignatureException"


def test_extra_headers_are_signed_along() -> None:
    request = signed(headers={"x-mlflow-sm-tracking-server-arn": "arn:1", "X-Amz-Target": "SageMaker.Search"})
    assert verify(*request, secrets=SECRETS).service == "sagemaker"
    request[3]["x-mlflow-sm-tracking-server-arn"] = "arn:2"
    assert refused(request) == "InvalidSignatureException"


@pytest.mark.parametrize("place", range(5))
def test_whatever_is_changed_after_signing_is_refused(place: int) -> None:
    changed = list(signed("https://host/path?a=1", headers={"X-Amz-Target": "SageMaker.Search"}))
    changed[place] = ["GET", "/other", "a=2", {**changed[3], "X-Amz-Target": "SageMaker.AddTags"}, b"[]"][place]  # type: ignore[dict-item]
    assert refused(tuple(changed)) == "InvalidSignatureException"  # type: ignore[arg-type]


def test_a_wrong_secret_an_unknown_key_and_no_signature() -> None:
    request = signed()
    assert refused(request, secrets={KEY: "other"}) == "InvalidSignatureException"
    assert refused(request, secrets={}) == "UnrecognizedClientException"
    unsigned = (*request[:3], {"Host": "h"}, b"")
    assert refused(unsigned) == "MissingAuthenticationTokenException"
    basic = (*request[:3], {"Host": "h", "Authorization": "Basic YTpi"}, b"")
    assert refused(basic) == "MissingAuthenticationTokenException"


@pytest.mark.parametrize("lost", ["Credential", "SignedHeaders", "Signature"])
def test_an_incomplete_header_says_what_is_missing(lost: str) -> None:
    request = signed()
    request[3]["Authorization"] = request[3]["Authorization"].replace(f"{lost}=", "Other=")
    with pytest.raises(SignatureError, match=f"requires '{lost}'"):
        verify(*request, secrets=SECRETS)
    assert scope_of(request[3]) is None


def test_the_service_must_be_the_right_one() -> None:
    assert verify(*signed(), secrets=SECRETS, services=("sagemaker",)).service == "sagemaker"
    with pytest.raises(SignatureError, match="correct service: 'sagemaker-mlflow'"):
        verify(*signed(), secrets=SECRETS, services=("sagemaker-mlflow",))


def test_the_clock_may_be_a_quarter_of_an_hour_off() -> None:
    request = signed()
    at = datetime.strptime(request[3]["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
    for off in (-900, 900):
        assert verify(*request, secrets=SECRETS, now=at + off).region == "us-east-1"
        assert refused(request, now=at + off * 1.01) == "InvalidSignatureException"
    of_s3 = signed("https://b.s3.amazonaws.com/k", signer=s3)
    assert refused(of_s3, now=at + 2000) == "RequestTimeTooSkewed"


def test_an_amz_header_that_is_not_signed_is_refused() -> None:
    request = signed()
    request[3]["X-Amz-Target"] = "SageMaker.Search"
    assert refused(request) == "InvalidSignatureException"
    of_s3 = signed("https://b.s3.amazonaws.com/k", signer=s3)
    of_s3[3]["x-amz-acl"] = "public-read"
    assert refused(of_s3) == "AccessDenied"
    of_s3[3].pop("x-amz-acl")
    of_s3[3].pop("X-Amz-Content-SHA256")
    assert refused(of_s3) == "InvalidSignatureException"


def test_a_plus_in_a_query_is_a_space() -> None:
    assert refused(signed("https://host/x?filter=a+b", "GET", b"")) == "InvalidSignatureException"
    assert verify(*signed("https://host/x?filter=a%20b", "GET", b""), secrets=SECRETS).region == "us-east-1"


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("http://127.0.0.1:1/bucket/a%20b/%2B/~/../x", {}),
        ("https://bucket.s3.eu-west-1.amazonaws.com/key?list-type=2&prefix=a%2F", {}),
        (
            "https://bucket.s3.eu-west-1.amazonaws.com/key",
            {"X-Amz-Content-SHA256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"},
        ),
        ("https://bucket.s3.eu-west-1.amazonaws.com/key", {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}),
    ],
)
def test_s3_signs_its_path_as_it_is(url: str, headers: dict[str, str]) -> None:
    request = signed(url, "PUT", b"data", headers, signer=s3)
    assert verify(*request, secrets=SECRETS, services=("s3",)) == Scope("eu-west-1", "s3", KEY)


def test_the_body_must_be_what_the_header_says() -> None:
    request = signed("http://127.0.0.1:1/bucket/key", "PUT", b"data", {}, signer=s3)
    assert refused((*request[:4], b"other")) == "XAmzContentSHA256Mismatch"
    request[3]["X-Amz-Content-SHA256"] = "nonsense"
    assert refused(request) == "InvalidArgument"
    of_sagemaker = signed(headers={"X-Amz-Content-SHA256": "0" * 64})
    assert refused(of_sagemaker) == "InvalidSignatureException"
    unsigned = signed(headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    assert refused(unsigned) == "InvalidSignatureException"


@pytest.mark.parametrize("url", ["https://bucket.s3.eu-west-1.amazonaws.com/a%20b?x=1", "http://127.0.0.1:1/bucket/a"])
def test_a_presigned_url_is_good_until_it_expires(url: str) -> None:
    request = signed(url, "GET", b"", signer=lambda it: S3SigV4QueryAuth(it, "s3", "eu-west-1", expires=100))
    moment = next(part[11:] for part in request[2].split("&") if part.startswith("X-Amz-Date="))
    at = datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
    assert verify(*request, secrets=SECRETS, now=at + 100) == Scope("eu-west-1", "s3", KEY)
    assert refused(request, now=at + 101) == "AccessDenied"
    assert refused((request[0], "/other", *request[2:])) == "InvalidSignatureException"


def test_a_presigned_url_lives_a_week_at_most() -> None:
    url = "https://host/x"
    for seconds, code in ((604800, None), (604801, "AuthorizationQueryParametersError")):
        request = signed(url, "GET", b"", signer=lambda it, s=seconds: SigV4QueryAuth(it, "sagemaker", "us-east-1", s))  # type: ignore[misc]
        assert (None if code is None else refused(request)) == code
        assert scope_of(request[3], request[2]) == Scope("us-east-1", "sagemaker", KEY)


def test_requests_of_a_whole_client_are_good() -> None:
    """As they leave boto3, with its own headers, and S3's checksums in trailers."""
    seen: list[Scope] = []

    def check(request: AWSPreparedRequest, **_: object) -> None:
        parts = urlsplit(request.url)
        headers = {
            name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
        }
        known = request.body.encode() if isinstance(request.body, str) else request.body
        body = known if isinstance(known, bytes) else b"x" * 10
        target = (request.method, parts.path, parts.query, {"Host": parts.netloc, **headers}, body)
        seen.append(verify(*target, secrets=SECRETS))
        raise StopIteration

    session = boto3.Session(KEY, SECRET, region_name="eu-west-1")
    session.events.register("before-send", check)
    calls: tuple[tuple[str, Callable[[Any], object]], ...] = (
        ("sagemaker", lambda client: client.describe_experiment(ExperimentName="a")),
        ("sagemaker-metrics", lambda client: client.batch_get_metrics(MetricQueries=[dict.fromkeys(QUERY, "x")])),
        ("s3", lambda client: client.put_object(Bucket="bucket", Key="a b/+é", Body=io.BytesIO(b"x" * 10))),
        ("sts", lambda client: client.get_caller_identity()),
    )
    for service, call in calls:
        with pytest.raises(StopIteration):
            call(session.client(service))
    assert [scope.service for scope in seen] == ["sagemaker", "sagemaker", "s3", "sts"]
