"""Signatures, checked by the emulator's verifier, which was written from AWS's description and not from a signer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from botocore.credentials import Credentials

from tracklayer.drivers.aws import Aws, SigV4
from tracklayer.emulators.aws.signatures import Scope, SignatureError, verify
from tracklayer.emulators.serving import Request, Response, Server
from tracklayer.errors import Unauthenticated

KEY, SECRET = "AKIAEXAMPLE000000000", "secret/of+nobody"
ARN = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-app/app-1"


class Verifier:
    """A server that verifies each request, and keeps what it came as."""

    def __init__(self) -> None:
        self.secrets = {KEY: SECRET}
        self.seen: list[Request] = []
        self.scopes: list[Scope] = []
        self.server = Server(self.answer)
        self.url = self.server.url

    def answer(self, request: Request) -> Response:
        self.seen.append(request)
        try:
            self.scopes.append(
                verify(request.method, request.path, request.query, request.headers, request.body, secrets=self.secrets)
            )
        except SignatureError as error:
            return Response(403, str(error).encode())
        return Response(200)


@pytest.fixture
def verifier() -> Iterator[Verifier]:
    verifier = Verifier()
    verifier.server.start()
    yield verifier
    verifier.server.stop()


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"experiment_name": "plain"},
        {"experiment_name": "a b+c&d=e/f?g#h%41~_.-*!'()"},
        {"b": "2", "a": "1", "A": "0", "empty": ""},
        {"name": "é日本🚀"},
        {"many": ["b", "a", "a b"]},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/", "/api/2.0/mlflow/experiments/get", "/a%20b/c%2Fd/~e/é"])
def test_what_is_signed_is_good(
    verifier: Verifier, session: requests.Session, query: dict[str, Any], path: str
) -> None:
    auth = SigV4(Aws("eu-west-1"), "sagemaker", {"x-sm-mlflow-app-arn": ARN})
    answer = session.get(verifier.url + path, params=query, auth=auth)
    assert (answer.status_code, answer.text) == (200, "")
    assert verifier.scopes == [Scope("eu-west-1", "sagemaker", KEY)]


@pytest.mark.parametrize("body", [None, b"", b'{"a": 1}', '{"a": "\u00e9"}', bytes(range(256)) * 100], ids=repr)
def test_a_body_is_part_of_what_is_signed(
    verifier: Verifier, session: requests.Session, body: bytes | str | None
) -> None:
    auth = SigV4(Aws("us-east-1"), "sagemaker-mlflow")
    headers = {"Content-Type": "application/json"}
    answer = session.post(f"{verifier.url}/api", data=body, headers=headers, auth=auth)
    assert (answer.status_code, answer.text) == (200, "")
    assert verifier.scopes == [Scope("us-east-1", "sagemaker-mlflow", KEY)]
    assert "content-type" in verifier.seen[0].headers["authorization"]


def test_the_routing_header_is_signed(verifier: Verifier, session: requests.Session) -> None:
    session.get(verifier.url, auth=SigV4(Aws("eu-west-1"), "sagemaker", {"x-sm-mlflow-app-arn": ARN}))
    assert verifier.seen[0].headers["x-sm-mlflow-app-arn"] == ARN
    signed = verifier.seen[0].headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"host", "x-amz-content-sha256", "x-amz-date", "x-sm-mlflow-app-arn"} <= set(signed)
    assert {"user-agent", "connection", "accept", "accept-encoding"}.isdisjoint(signed)


def test_a_wrong_secret_is_told_from_a_right_one(verifier: Verifier, session: requests.Session) -> None:
    verifier.secrets = {KEY: "another"}
    answer = session.get(verifier.url, auth=SigV4(Aws("eu-west-1"), "sagemaker"))
    assert answer.text.startswith("InvalidSignatureException")


def test_a_session_token_goes_along(
    verifier: Verifier, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token-of-nobody")
    assert session.get(verifier.url, auth=SigV4(Aws("eu-west-1"), "sagemaker")).status_code == 200
    assert verifier.seen[0].headers["x-amz-security-token"] == "token-of-nobody"


def test_each_request_is_signed_with_the_credentials_of_its_moment(
    verifier: Verifier, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = Aws("eu-west-1")
    auth = SigV4(aws, "sagemaker")
    for key in ("AKIAFIRST00000000000", "AKIASECOND0000000000"):
        verifier.secrets = {key: "its secret"}
        monkeypatch.setattr(aws, "credentials", lambda key=key: Credentials(key, "its secret"))
        assert session.get(verifier.url, auth=auth).status_code == 200
    assert [scope.key_id for scope in verifier.scopes] == ["AKIAFIRST00000000000", "AKIASECOND0000000000"]


def test_without_credentials_nothing_is_sent(
    verifier: Verifier, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(Unauthenticated, match="sagemaker-mlflow: sign: Unable to locate credentials: set AWS_PROFILE"):
        session.get(verifier.url, auth=SigV4(Aws("eu-west-1", provider="sagemaker-mlflow"), "sagemaker"))
    assert verifier.seen == []


def test_a_stream_is_refused(verifier: Verifier, session: requests.Session) -> None:
    with pytest.raises(TypeError, match="a stream cannot be signed for sagemaker"):
        session.post(verifier.url, data=iter([b"a"]), auth=SigV4(Aws("eu-west-1"), "sagemaker"))
    assert verifier.seen == []


def test_it_shows_no_secret() -> None:
    assert repr(SigV4(Aws("eu-west-1"), "sagemaker", {"x": "y"})) == "SigV4('sagemaker', 'eu-west-1')"
