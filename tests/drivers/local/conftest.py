from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tracklayer.drivers.local import LocalDriver
from tracklayer.model import ExperimentDraft, RunDraft, RunRef


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def driver(path: Path) -> Iterator[LocalDriver]:
    driver = LocalDriver(path)
    yield driver
    driver.close()


@pytest.fixture
def run(driver: LocalDriver) -> RunRef:
    made = driver.create_experiment(ExperimentDraft(name="e"))
    return driver.create_run(made.ref, RunDraft(token="t")).ref
