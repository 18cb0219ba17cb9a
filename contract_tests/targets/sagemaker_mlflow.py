"""SageMaker's managed MLflow: the emulator's, real MLflow servers behind AWS's signatures, with files in S3."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from contract_tests.targets.base import Target
from contract_tests.targets.mlflow import MlflowTarget

from tracklayer.emulators.sagemaker import SagemakerEmulator
from tracklayer.spi import Driver, open_driver

REGION, BUCKET = "eu-west-1", "managed-mlflow"
ROLE = "arn:aws:iam::123456789012:role/mlflow"


class SagemakerMlflowTarget(Target):
    """`arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/contract`."""

    name = "sagemaker-mlflow"
    processes = True
    effort = (15, 15)
    beyond = MlflowTarget.beyond

    def __init__(self) -> None:
        self.emulator: SagemakerEmulator | None = None
        self.before: dict[str, str | None] = {}

    def start(self) -> str:
        self.emulator = SagemakerEmulator()
        self.emulator.start()
        url = self.emulator.url
        environment = {
            **self.emulator.environment(),
            # Not AWS_ENDPOINT_URL: another target of the session may stand behind another one.
            "SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT": url,
            "MLFLOW_S3_ENDPOINT_URL": url,
        }
        return json.dumps({"environment": environment, "arn": made(url, environment)})

    def join(self, where: str) -> None:
        """Credentials and addresses are read from the environment when the driver first needs them."""
        super().join(where)
        self.before = {name: os.environ.get(name) for name in self.environment()}
        os.environ.update(self.environment())

    def stop(self) -> None:
        super().stop()
        for name, value in self.before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if self.emulator is not None:
            self.emulator.stop()

    def open(self) -> Driver:
        return open_driver(self.live or json.loads(self.where)["arn"])

    def environment(self) -> Mapping[str, str]:
        found: Mapping[str, str] = {} if self.live else json.loads(self.where)["environment"]
        return found


def made(url: str, environment: Mapping[str, str]) -> str:
    """The ARN of a new tracking server, with a bucket for its files."""
    import boto3  # noqa: PLC0415 -- 0.9 s

    session = boto3.Session(
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
    where = {"LocationConstraint": REGION}
    session.client("s3", endpoint_url=url).create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
    answer = session.client("sagemaker", endpoint_url=url).create_mlflow_tracking_server(
        TrackingServerName="contract", ArtifactStoreUri=f"s3://{BUCKET}/contract", RoleArn=ROLE
    )
    arn: str = answer["TrackingServerArn"]
    return arn


TARGET = SagemakerMlflowTarget()
