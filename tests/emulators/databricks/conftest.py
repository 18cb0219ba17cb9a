"""One emulator for all tests here, asked at its own address."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.emulators.databricks.asking import Asker

from tracklayer.emulators.databricks import DatabricksEmulator


@pytest.fixture(scope="session")
def running() -> Iterator[DatabricksEmulator]:
    with DatabricksEmulator() as emulator:
        yield emulator


@pytest.fixture
def ask(running: DatabricksEmulator) -> Iterator[Asker]:
    """What asks it. Knobs are as they were when the test is over."""
    before = running.knobs
    yield Asker(running)
    running.knobs = before
