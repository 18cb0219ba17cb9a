from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from uuid import uuid4

import pytest
from contract_tests.servers.recorder import Recorder

from tracklayer.drivers.aws import Aws, Objects
from tracklayer.emulators.aws.backing import Backing
from tracklayer.emulators.aws.signatures import scope_of
from tracklayer.emulators.serving import Request, Response, Server

REGION = "eu-west-1"
KEY, SECRET = "AKIAEXAMPLE000000000", "secret/of+nobody"
_session, _made = uuid4().hex[:8], count()


@pytest.fixture(scope="session")
def storage() -> Iterator[str]:
    """The address of a stand-in for S3 and STS, which answers whoever asks: signatures are tried elsewhere."""
    backing = Backing()

    def answer(request: Request) -> Response:
        scope = scope_of(request.headers, request.query)
        assert scope is not None, "every request is signed"
        return backing.asked(scope.service, scope.region, request)

    server = Server(answer)
    server.start()
    yield server.url
    server.stop()
    backing.forget()


@pytest.fixture(autouse=True)
def aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of nobody, and nobody's files."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")


@pytest.fixture(scope="session")
def _recorder(storage: str) -> Iterator[Recorder]:
    with Recorder(storage) as recorder:
        yield recorder


@pytest.fixture
def recorder(_recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """What is asked of the storage, and the faults it is asked with."""
    _recorder.clear()
    _recorder._faults.clear()
    monkeypatch.setenv("AWS_ENDPOINT_URL", _recorder.url)
    return _recorder


@pytest.fixture
def aws(recorder: Recorder) -> Iterator[Aws]:
    assert recorder.url  # it is what the environment names
    aws = Aws(REGION)
    yield aws
    aws.close()


@pytest.fixture
def direct(storage: str) -> Iterator[Objects]:
    """Files with nobody in between: the recorder says of each HEAD that it is empty."""
    aws = Aws(REGION, endpoints={"s3": storage})
    yield Objects(aws)
    aws.close()


@pytest.fixture
def objects(aws: Aws) -> Objects:
    return Objects(aws)


@pytest.fixture
def bucket(objects: Objects, recorder: Recorder) -> str:
    """A new bucket; the requests for it are not kept."""
    name = f"bucket-{_session}-{next(_made)}"
    objects.ensure_bucket(name)
    recorder.clear()
    return name
