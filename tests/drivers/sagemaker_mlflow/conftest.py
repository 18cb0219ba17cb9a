from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from tests.drivers.sagemaker_mlflow.servers import BUCKET, EXECUTION, Managed, client, opened, unique

from tracklayer.drivers.sagemaker_mlflow import SagemakerMlflowDriver
from tracklayer.drivers.sagemaker_mlflow.config import ENDPOINT, ROLE
from tracklayer.emulators.sagemaker import SagemakerEmulator
from tracklayer.model import ExperimentDraft, RunDraft, RunRef


@pytest.fixture(scope="session")
def managed() -> Iterator[Managed]:
    with SagemakerEmulator() as emulator:
        client(emulator, "s3", "us-east-1").create_bucket(Bucket=BUCKET)

        def server(name: str, region: str) -> str:
            made = client(emulator, "sagemaker", region).create_mlflow_tracking_server(
                TrackingServerName=name, ArtifactStoreUri=f"s3://{BUCKET}/{region}", RoleArn=EXECUTION
            )
            return str(made["TrackingServerArn"])

        app = client(emulator, "sagemaker", "eu-west-1").create_mlflow_app(
            Name="app", ArtifactStoreUri=f"s3://{BUCKET}/app", RoleArn=EXECUTION
        )
        yield Managed(emulator, server("one", "eu-west-1"), server("one", "us-east-1"), app["Arn"])


@pytest.fixture(autouse=True)
def environment(managed: Managed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator's credentials and addresses, and nobody's files."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "MLFLOW_S3_ENDPOINT_URL", ROLE):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    for name, value in managed.emulator.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", managed.emulator.url)
    monkeypatch.setenv(ENDPOINT, managed.emulator.url)
    managed.emulator.calls.clear()


@pytest.fixture(params=["europe", "america", "app"])
def driver(request: pytest.FixtureRequest, managed: Managed) -> Iterator[SagemakerMlflowDriver]:
    driver = opened(getattr(managed, request.param))
    yield driver
    driver.close()


@pytest.fixture
def run(driver: SagemakerMlflowDriver) -> RunRef:
    experiment = driver.create_experiment(ExperimentDraft(name=unique("e")))
    return driver.create_run(experiment.ref, RunDraft(token=uuid4().hex)).ref
