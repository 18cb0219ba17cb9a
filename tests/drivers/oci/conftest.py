from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from uuid import uuid4

import pytest

from tracklayer.drivers.oci import OciDriver
from tracklayer.drivers.oci.config import ENDPOINT
from tracklayer.drivers.oracle.login import STORAGE
from tracklayer.emulators.oci import PLACE, ROUTES, OciEmulator
from tracklayer.model import ExperimentDraft, RunDraft, RunRef

_session, _made = uuid4().hex[:8], count()


@pytest.fixture(scope="session")
def everything() -> Iterator[OciEmulator]:
    """Two real MLflow servers at most: a workspace of AI Data Platform, and one of one's own that serves its files."""
    with OciEmulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(everything: OciEmulator) -> Iterator[OciEmulator]:
    everything.calls.clear()
    yield everything
    everything.faults.clear()
    everything.tune(skew=0.0, routes=ROUTES, signatures=True, artifacts="oci")


@pytest.fixture(autouse=True)
def environment(everything: OciEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator's user and addresses, and nobody's files."""
    for name in [name for name in os.environ if name.startswith("OCI_")]:
        monkeypatch.delenv(name)
    for name, value in everything.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(STORAGE, everything.url)
    monkeypatch.setenv(ENDPOINT, everything.url)


@pytest.fixture
def driver(emulator: OciEmulator) -> Iterator[OciDriver]:
    """Of the workspace."""
    assert emulator.url  # it is what the environment names
    driver = OciDriver.open(PLACE)
    assert isinstance(driver, OciDriver)
    yield driver
    driver.close()


@pytest.fixture
def own(emulator: OciEmulator) -> Iterator[OciDriver]:
    """Of the server of one's own, which serves its files itself."""
    emulator.tune(artifacts="served")
    driver = OciDriver.open(f"oci+{emulator.url}")
    assert isinstance(driver, OciDriver)
    yield driver
    driver.close()


@pytest.fixture
def name() -> str:
    """Of an experiment that is not there."""
    return f"e {_session} {next(_made)}"


@pytest.fixture
def run(driver: OciDriver, name: str) -> RunRef:
    return made(driver, name)


def made(driver: OciDriver, name: str) -> RunRef:
    experiment = driver.create_experiment(ExperimentDraft(name=name))
    return driver.create_run(experiment.ref, RunDraft(token=uuid4().hex)).ref
