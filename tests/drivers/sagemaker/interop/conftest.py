"""One cloud and one process of each SDK for all tests here; each test makes experiments of its own."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from contract_tests.witnesses.cloud import Cloud, cloud
from contract_tests.witnesses.sdk import Sdk

import tracklayer as tl


@pytest.fixture(scope="session")
def aws() -> Iterator[Cloud]:
    with cloud() as running:
        yield running


@pytest.fixture(autouse=True)
def inside(aws: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The test's process is in the cloud too, and nobody asked for a host that is not of it."""
    with aws.entered(tmp_path_factory.mktemp("journal")):
        yield
    assert aws.proxy.refused == []


@pytest.fixture
def client(aws: Cloud) -> Iterator[tl.Client]:
    with tl.connect(aws.url) as client:
        yield client


@pytest.fixture(scope="session")
def sagemaker2(aws: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sdk]:
    with Sdk("sagemaker2", tmp_path_factory.mktemp("sagemaker2"), aws.environment) as sdk:
        yield sdk


@pytest.fixture(scope="session")
def sagemaker3(aws: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sdk]:
    with Sdk("sagemaker3", tmp_path_factory.mktemp("sagemaker3"), aws.environment) as sdk:
        yield sdk


@pytest.fixture(scope="session", params=["sagemaker2", "sagemaker3"])
def sdk(request: pytest.FixtureRequest) -> Sdk:
    """The official SDK, in each version."""
    found: Sdk = request.getfixturevalue(request.param)
    return found


def new_name() -> str:
    """A name that no experiment has."""
    return f"e-{uuid4().hex[:12]}"


@pytest.fixture
def experiment() -> str:
    return new_name()
