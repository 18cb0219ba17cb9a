"""Large files in parts, through a real MLflow server that keeps its artifacts in a stand-in for S3."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from uuid import uuid4

import pytest
from contract_tests.servers.mlflow_server import MlflowServer, running_server
from contract_tests.servers.recorder import Answer, Recorder
from tests.drivers.mlflow.s3 import S3

from tracklayer.drivers.mlflow import MlflowDriver
from tracklayer.drivers.mlflow.artifacts import Artifacts
from tracklayer.drivers.mlflow.auth import BearerAuth
from tracklayer.drivers.mlflow.multipart import MOST_PARTS, Parts, parts_of
from tracklayer.drivers.mlflow.proxy import ProxyFiles
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.errors import PermissionDenied, Rejected
from tracklayer.model import ExperimentRef, RunDraft, RunRef
from tracklayer.spi import every

PART = 1_000


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    with S3() as s3:
        yield s3


@pytest.fixture(scope="module")
def server(s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    environment = {
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": "s3://bucket/prefix",
        "MLFLOW_S3_ENDPOINT_URL": s3.url,
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with running_server(tmp_path_factory.mktemp("mlflow-on-s3"), environment) as server:
        yield server


@pytest.fixture
def recorder(server: MlflowServer) -> Iterator[Recorder]:
    with Recorder(server.url) as recorder:
        yield recorder


@pytest.fixture
def driver(recorder: Recorder) -> Iterator[MlflowDriver]:
    """A driver for which 2,500 bytes are a large file, in parts of 1,000."""
    rest = Rest(recorder.url, BearerAuth("mine"))
    driver = MlflowDriver(
        recorder.tracklayer_url, rest, artifacts=Artifacts(ProxyFiles(rest, large=2 * PART + 500, part=PART))
    )
    yield driver
    driver.close()


@pytest.fixture
def run(driver: MlflowDriver, recorder: Recorder) -> RunRef:
    made = driver.create_run(ExperimentRef(id="0"), RunDraft(token=uuid4().hex)).ref
    recorder.clear()
    return made


def steps(recorder: Recorder) -> list[str]:
    """What was done with artifacts, in a word each."""
    words = {"create": "create", "complete": "complete", "abort": "abort", "server-info": "info"}
    parts = [(seen.method, seen.path.split("/")) for seen in recorder.seen]
    return [
        next((words[part] for part in path if part in words), method) for method, path in parts if "runs" not in path
    ]


@pytest.mark.parametrize("size", [2 * PART + 500, 3 * PART, 3 * PART + 1, 10 * PART])
def test_a_large_file_goes_in_parts(driver: MlflowDriver, recorder: Recorder, s3: S3, run: RunRef, size: int) -> None:
    data = hashlib.shake_128(b"file").digest(size)
    stream = BytesIO(b"head" + data)
    stream.seek(4)
    s3.authorizations.clear()
    driver.put_artifact(run, "a b/large %é.bin", stream)
    assert steps(recorder) == ["info", "create", "complete"]
    assert len(s3.authorizations) == -(-size // PART)
    assert set(s3.authorizations) == {None}, "our token went to the store"
    with driver.open_artifact(run, "a b/large %é.bin") as read:
        assert read.read() == data
    assert {file.path: file.size for file in every(partial(driver.list_artifacts, run))} == {"a b/large %é.bin": size}


def test_a_small_file_goes_whole_and_nobody_is_asked(driver: MlflowDriver, recorder: Recorder, run: RunRef) -> None:
    driver.put_artifact(run, "small", BytesIO(bytes(2 * PART)))
    assert steps(recorder) == ["PUT"]


def test_a_server_is_asked_once_whether_it_takes_parts(driver: MlflowDriver, recorder: Recorder, run: RunRef) -> None:
    for number in range(2):
        driver.put_artifact(run, f"large {number}", BytesIO(bytes(3 * PART)))
    assert steps(recorder) == ["info", "create", "complete", "create", "complete"]


@pytest.mark.parametrize(
    "answer", [Answer(404), Answer(200, b"{}"), Answer(200, b'{"multipart_uploads_enabled": false}')]
)
def test_a_server_that_offers_no_parts_gets_the_whole(
    driver: MlflowDriver, recorder: Recorder, run: RunRef, answer: Answer
) -> None:
    recorder.inject("GET", "server-info", answer)
    driver.put_artifact(run, "large", BytesIO(bytes(3 * PART)))
    assert steps(recorder) == ["info", "PUT"]
    with driver.open_artifact(run, "large") as read:
        assert read.read() == bytes(3 * PART)


def test_a_server_that_cannot_after_all_gets_the_whole(driver: MlflowDriver, recorder: Recorder, run: RunRef) -> None:
    recorder.inject("POST", "artifacts", Answer(501, b'{"error_code": "NOT_IMPLEMENTED", "message": "not here"}'))
    driver.put_artifact(run, "large", BytesIO(bytes(3 * PART)))
    assert steps(recorder) == ["info", "create", "PUT"]


def test_a_part_that_is_refused_ends_the_upload(driver: MlflowDriver, recorder: Recorder, s3: S3, run: RunRef) -> None:
    s3.refuse_part = 2
    with pytest.raises(PermissionDenied, match="artifacts/put part: Request has expired") as caught:
        driver.put_artifact(run, "large", BytesIO(bytes(3 * PART)))
    s3.refuse_part = None
    assert "Signature" not in str(caught.value)
    assert steps(recorder) == ["info", "create", "abort"]
    assert s3.parts == {}
    driver.put_artifact(run, "large", BytesIO(bytes(3 * PART)))
    with driver.open_artifact(run, "large") as read:
        assert read.read() == bytes(3 * PART)


def test_a_server_that_asks_for_too_few_parts_does_not_get_half_a_file(
    driver: MlflowDriver, recorder: Recorder, run: RunRef
) -> None:
    recorder.inject("POST", "artifacts", Answer(200, b'{"upload_id": "u", "credentials": []}'))
    with pytest.raises(Rejected, match="longer than the parts"):
        driver.put_artifact(run, "large", BytesIO(bytes(3 * PART)))
    assert steps(recorder)[-1] == "abort"


@pytest.mark.parametrize(
    ("whole", "size", "parts"),
    [
        (10, 10, Parts(1, 10)),
        (11, 10, Parts(2, 10)),
        (MOST_PARTS * 10, 10, Parts(MOST_PARTS, 10)),
        (MOST_PARTS * 10 + 1, 10, Parts(9_091, 11)),
    ],
)
def test_parts_are_not_too_many(whole: int, size: int, parts: Parts) -> None:
    assert parts_of(whole, size) == parts
    assert parts.number <= MOST_PARTS
    assert (parts.number - 1) * parts.size < whole <= parts.number * parts.size
