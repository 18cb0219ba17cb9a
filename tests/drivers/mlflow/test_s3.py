"""Servers that leave their files in S3 to their clients."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import boto3
import pytest
from contract_tests.servers.recorder import Recorder
from tests.drivers.mlflow.conftest import lead

from tracklayer.drivers._stores.s3 import ENDPOINT, S3Files, s3_endpoints
from tracklayer.drivers.aws import session
from tracklayer.drivers.mlflow import MlflowDriver
from tracklayer.emulators.sagemaker import Knobs, SagemakerEmulator
from tracklayer.errors import InvalidInput, NotFound, Unsupported
from tracklayer.model import RunRef
from tracklayer.spi import every

ROOT = "s3://of-mlflow/prefix/1/r/artifacts"


@pytest.fixture(scope="module")
def storage() -> Iterator[SagemakerEmulator]:
    with SagemakerEmulator(Knobs(), parts=()) as emulator:
        made = emulator.environment()
        keys = {"aws_access_key_id": made["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": made["AWS_SECRET_ACCESS_KEY"]}
        client = boto3.client("s3", endpoint_url=emulator.url, region_name="us-east-1", **keys)
        client.create_bucket(Bucket="of-mlflow")
        client.close()
        yield emulator


@pytest.fixture
def with_files(
    storage: SagemakerEmulator, recorder: Recorder, run: RunRef, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MlflowDriver]:
    """A driver of a plain server, whose run's files lie in S3, at MLflow's own name for its address."""
    for name, value in storage.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(ENDPOINT, storage.url)
    driver = MlflowDriver.open(recorder.tracklayer_url)
    assert isinstance(driver, MlflowDriver)
    lead(driver, run, ROOT)
    yield driver
    driver.close()


def test_files_and_sidecars_go_to_the_bucket(
    with_files: MlflowDriver, run: RunRef, storage: SagemakerEmulator, recorder: Recorder
) -> None:
    storage.calls.clear()
    recorder.clear()
    for path in ("a b/c#d.txt", "top.txt", ".hidden"):
        with_files.put_artifact(run, path, BytesIO(path.encode()))
        with with_files.open_artifact(run, path) as stream:
            assert stream.read() == path.encode()
    files = S3Files()
    files.put(ROOT, ".tracklayer/k-1", BytesIO(b"beside"))
    assert with_files.get_sidecars(run) == {"k-1": b"beside"}
    listed = list(every(lambda after: with_files.list_artifacts(run, after)))
    assert sorted((file.path, file.size) for file in listed) == [(".hidden", 7), ("a b/c#d.txt", 11), ("top.txt", 7)]
    with pytest.raises(NotFound, match=r"^mlflow: GetObject: "):
        with_files.open_artifact(run, "missing")
    assert storage.calls.count("PutObject") == 4
    assert recorder.seen == [], "the server has nothing to do with it"
    files.close()


def test_a_folder_of_many_files_is_listed_whole(with_files: MlflowDriver, run: RunRef) -> None:
    for number in range(7):
        with_files.put_artifact(run, f"many/{number}", BytesIO(b"x"))
    assert with_files._artifacts is not None
    files = S3Files()
    client = files._objects._aws.client("s3")
    asked = client.list_objects_v2
    client.list_objects_v2 = lambda **given: asked(**given, MaxKeys=2)
    assert sorted(entry.name for entry in files.entries(ROOT, "many")) == [str(number) for number in range(7)]
    files.close()


def test_a_root_may_be_a_bucket_itself(with_files: MlflowDriver, run: RunRef) -> None:
    lead(with_files, run, "s3://of-mlflow")
    with_files.put_artifact(run, "in-the-bucket", BytesIO(b"x"))
    assert "in-the-bucket" in {file.path for file in every(lambda after: with_files.list_artifacts(run, after))}


def test_media_types_are_those_of_names(with_files: MlflowDriver, run: RunRef, storage: SagemakerEmulator) -> None:
    client = S3Files()._objects._aws.client("s3")
    for path, media_type in (
        ("a.json", "application/json"),
        ("a.png", "image/png"),
        ("a.tar.gz", "binary/octet-stream"),
    ):
        with_files.put_artifact(run, path, BytesIO(b"x"))
        found = client.head_object(Bucket="of-mlflow", Key=f"prefix/1/r/artifacts/{path}")
        assert found["ContentType"] == media_type
    client.close()
    assert storage.calls.count("HeadObject") >= 3


def test_without_boto3_it_says_what_to_install(
    recorder: Recorder, run: RunRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "find_spec", lambda _: None)
    driver = MlflowDriver.open(recorder.tracklayer_url)
    assert isinstance(driver, MlflowDriver)
    lead(driver, run, ROOT)
    with pytest.raises(Unsupported, match=r"lie in S3, which needs boto3: pip install 'tracklayer\[sagemaker\]'"):
        driver.put_artifact(run, "a", BytesIO(b"x"))
    assert driver.get_sidecars(run) == {}
    driver.close()


def test_only_roots_of_s3_are_its_own() -> None:
    files = S3Files()
    assert files.why_not(ROOT) is None
    assert [files.why_not(root) for root in ("gs://b/x", "file:///x", "", "s3:x", "mlflow-artifacts:/1")] == [""] * 5
    with pytest.raises(InvalidInput, match="not a place in S3"):
        files.open("s3://a b/c", "x")


def test_the_address_is_mlflows_own_variable() -> None:
    assert s3_endpoints({}) == {}
    assert s3_endpoints({ENDPOINT: "http://minio:9000"}) == {"s3": "http://minio:9000"}
