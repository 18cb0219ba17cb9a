from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tracklayer.drivers.archive import ArchiveDriver
from tracklayer.model import ExperimentDraft, RunDraft, RunRef


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def archive(path: Path) -> Iterator[ArchiveDriver]:
    driver = ArchiveDriver(path)
    yield driver
    driver.close()


@pytest.fixture
def run(archive: ArchiveDriver) -> RunRef:
    made = archive.create_experiment(ExperimentDraft(name="e", tags={"a": "b"}, description="words"))
    return archive.create_run(made.ref, RunDraft(token="t")).ref
