"""One emulator for all tests here, asked directly; each test makes experiments of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.emulators.azureml.asking import Azure

from tracklayer.emulators.azureml import AzuremlEmulator


@pytest.fixture(scope="session")
def running() -> Iterator[Azure]:
    with AzuremlEmulator() as emulator, Azure.of(emulator) as azure:
        yield azure


@pytest.fixture
def azure(running: Azure) -> Iterator[Azure]:
    """Its knobs are as they were at first, before and after."""
    knobs = running.emulator.knobs
    yield running
    running.emulator.knobs = knobs
    running.emulator.faults.clear()
