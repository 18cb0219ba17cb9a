"""The emulator's managed MLflow servers, and how they are opened."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import uuid4

import boto3

from tracklayer.drivers.sagemaker_mlflow import SagemakerMlflowDriver
from tracklayer.emulators.sagemaker import SagemakerEmulator

EXECUTION = "arn:aws:iam::123456789012:role/mlflow"
BUCKET = "managed-mlflow"
_session, _made = uuid4().hex[:8], count()


@dataclass(frozen=True)
class Managed:
    """An emulator with three servers, each a real one: two kinds, two regions."""

    emulator: SagemakerEmulator
    europe: str
    america: str
    app: str

    @property
    def arns(self) -> tuple[str, str, str]:
        return self.europe, self.america, self.app


def client(emulator: SagemakerEmulator, service: str, region: str) -> Any:
    made = emulator.environment()
    session = boto3.Session(made["AWS_ACCESS_KEY_ID"], made["AWS_SECRET_ACCESS_KEY"], region_name=region)
    return session.client(service, endpoint_url=emulator.url)


def unique(name: str) -> str:
    return f"{name} {_session} {next(_made)}"


def opened(arn: str) -> SagemakerMlflowDriver:
    driver = SagemakerMlflowDriver.open(arn)
    assert isinstance(driver, SagemakerMlflowDriver)
    return driver
