"""One cloud and one process of Microsoft's clients for all tests here; each test makes experiments of its own."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from contract_tests.witnesses import cloud
from contract_tests.witnesses.sdk import Sdk

import tracklayer as tl
from tracklayer.emulators.azureml import GROUP, REGION, SUBSCRIPTION, AzuremlEmulator
from tracklayer.emulators.stage import Stage, emulated

#: A second workspace beside the emulator's own.
OTHER = "other"


def theirs(workspace: str, version: str = "v2.0") -> str:
    """A workspace as MLflow's clients name it."""
    return (
        f"azureml://{REGION}.api.azureml.ms/mlflow/{version}/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{workspace}"
    )


def ours(workspace: str) -> str:
    """The same, as tracklayer does."""
    return f"azureml://{SUBSCRIPTION}/{GROUP}/{workspace}"


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with emulated("azureml") as running:
        with cloud.inside(running, tmp_path_factory.mktemp("ready")):
            cloud.ready(running.places["azureml"], ours(OTHER))
        yield running


@pytest.fixture(autouse=True)
def inside(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The test's process is in the cloud too, and nobody asked for a host that is not of it."""
    with cloud.inside(stage, tmp_path_factory.mktemp("journal")):
        yield


@pytest.fixture
def azure(stage: Stage) -> Iterator[AzuremlEmulator]:
    """The emulator, whose knobs are turned back afterwards."""
    emulator = stage.emulators["azureml"]
    assert isinstance(emulator, AzuremlEmulator)
    before = emulator.knobs
    yield emulator
    emulator.knobs = before


@pytest.fixture(scope="session")
def microsoft(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sdk]:
    with Sdk("azureml_plugin", tmp_path_factory.mktemp("azureml_plugin"), stage.environment) as sdk:
        yield sdk


@pytest.fixture
def client(stage: Stage) -> Iterator[tl.Client]:
    with tl.connect(stage.places["azureml"]) as client:
        yield client


@pytest.fixture
def experiment() -> str:
    """A name that no experiment has."""
    return f"e-{uuid4().hex[:12]}"
