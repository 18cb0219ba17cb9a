"""One emulator and one driver for all tests here; each test makes experiments of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import count
from typing import Any
from uuid import uuid4

import boto3
import pytest

from tracklayer.drivers.sagemaker.driver import SagemakerDriver
from tracklayer.emulators.sagemaker import Knobs, SagemakerEmulator
from tracklayer.layers.retry import RetryPolicy
from tracklayer.layers.stack import stack
from tracklayer.model import Experiment, ExperimentDraft, Run, RunDraft
from tracklayer.spi import Driver

URL = "sagemaker://us-east-1"
_made = count()


@pytest.fixture(scope="session")
def service() -> Iterator[SagemakerEmulator]:
    with SagemakerEmulator(Knobs(experiments=10_000)) as running:
        yield running


@pytest.fixture(scope="session")
def opened(service: SagemakerEmulator) -> Iterator[SagemakerDriver]:
    """A driver that has made its clients already: they keep the address that they were made with."""
    with pytest.MonkeyPatch.context() as patch:
        surroundings(service, patch)
        driver = driver_of(URL)
        driver.get_sidecars(driver.create_experiment(ExperimentDraft(name=fresh_name())).ref)
    yield driver
    driver.close()


@pytest.fixture
def emulator(service: SagemakerEmulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[SagemakerEmulator]:
    """The emulator, as it is by default, with an empty log; the environment leads to it."""
    surroundings(service, monkeypatch)
    before = service.knobs
    service.calls.clear()
    yield service
    service.knobs = before
    service.faults.clear()


@pytest.fixture
def driver(opened: SagemakerDriver, emulator: SagemakerEmulator) -> SagemakerDriver:
    emulator.calls.clear()
    return opened


@pytest.fixture
def layers(driver: SagemakerDriver) -> Driver:
    """The driver with all layers on it, which try everything once."""
    return stack(driver, retry=RetryPolicy(attempts=1))


@pytest.fixture
def experiment(driver: SagemakerDriver, emulator: SagemakerEmulator) -> Experiment:
    made = driver.create_experiment(ExperimentDraft(name=fresh_name()))
    emulator.calls.clear()
    return made


@pytest.fixture
def run(driver: SagemakerDriver, emulator: SagemakerEmulator, experiment: Experiment) -> Run:
    made = new_run(driver, experiment)
    emulator.calls.clear()
    return made


def surroundings(service: SagemakerEmulator, patch: pytest.MonkeyPatch) -> None:
    """What a user's environment would hold, and nothing that it does hold."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        patch.delenv(name)
    for name, value in service.environment().items():
        patch.setenv(name, value)
    patch.setenv("AWS_ENDPOINT_URL", service.url)
    patch.setenv("AWS_CONFIG_FILE", os.devnull)
    patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    patch.setenv("TRACKLAYER_SAGEMAKER_RATES", "off")


def driver_of(url: str) -> SagemakerDriver:
    driver = SagemakerDriver.open(url)
    assert isinstance(driver, SagemakerDriver)
    return driver


def fresh_name() -> str:
    """A legal name that nothing has."""
    return f"e{uuid4().hex[:8]}x{next(_made)}"


def new_run(driver: Driver, experiment: Experiment, **fields: object) -> Run:
    return driver.create_run(experiment.ref, RunDraft(**{"token": uuid4().hex} | fields))


@pytest.fixture(scope="session")
def others(service: SagemakerEmulator) -> Callable[[str], Any]:
    """Plain boto3 clients by service: what others do, without the driver's opinions."""
    given = service.environment()
    session = boto3.Session(
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        region_name="us-east-1",
    )
    return lru_cache(lambda name: session.client(name, endpoint_url=service.url))
