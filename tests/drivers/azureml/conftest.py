from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from uuid import uuid4

import pytest

from tracklayer.drivers.azureml import AzuremlDriver
from tracklayer.emulators.azureml import GROUP, REGION, SUBSCRIPTION, AzuremlEmulator
from tracklayer.emulators.stage import Stage, emulated
from tracklayer.model import ExperimentDraft, ExperimentRef, RunDraft, RunRef

_session, _made = uuid4().hex[:8], count()
KIND = "providers/Microsoft.MachineLearningServices/workspaces"


def unique(name: str = "e") -> str:
    return f"{name}-{_session}-{next(_made)}"


def short(workspace: str) -> str:
    return f"azureml://{SUBSCRIPTION}/{GROUP}/{workspace}"


def official(workspace: str) -> str:
    scope = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/{KIND}/{workspace}"
    return f"azureml://{REGION}.api.azureml.ms/mlflow/v1.0{scope}"


def opened(url: str) -> AzuremlDriver:
    driver = AzuremlDriver.open(url)
    assert isinstance(driver, AzuremlDriver)
    return driver


@pytest.fixture(scope="session")
def staged() -> Iterator[Stage]:
    with emulated("azureml") as stage:
        yield stage


@pytest.fixture
def stage(staged: Stage) -> Iterator[Stage]:
    """Azure's hosts, this process led to them; nothing else was asked for in the end."""
    with staged.here():
        azure = staged.emulators["azureml"]
        azure.calls.clear()
        knobs = azure.knobs
        yield staged
        azure.knobs = knobs
        azure.faults.clear()
        assert staged.proxy is not None
        assert staged.proxy.refused == []


@pytest.fixture
def azure(stage: Stage) -> AzuremlEmulator:
    found = stage.emulators["azureml"]
    assert isinstance(found, AzuremlEmulator)
    return found


@pytest.fixture
def driver(stage: Stage) -> Iterator[AzuremlDriver]:  # noqa: ARG001 -- leads to the emulator
    driver = opened(short("main"))
    yield driver
    driver.close()


@pytest.fixture
def home(driver: AzuremlDriver) -> ExperimentRef:
    return driver.create_experiment(ExperimentDraft(name=unique())).ref


@pytest.fixture
def run(driver: AzuremlDriver, home: ExperimentRef) -> RunRef:
    return driver.create_run(home, RunDraft(token=uuid4().hex)).ref


def asked(azure: AzuremlEmulator, *services: str) -> list[str]:
    """What was asked of some services, in order."""
    return [call.operation for call in azure.calls.all() if call.service in services]
