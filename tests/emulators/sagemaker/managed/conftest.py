from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from tests.emulators.sagemaker.managed.asking import Behind, Managed

from tracklayer.emulators.sagemaker import SagemakerEmulator
from tracklayer.emulators.sagemaker.managed import ManagedMlflow


@pytest.fixture(scope="session")
def _started() -> Iterator[Managed]:
    part, behind = ManagedMlflow(), Behind()
    behind.server.start()
    with SagemakerEmulator(parts=(part,)) as emulator, requests.Session() as session:
        yield Managed(emulator, part, behind, session)
    behind.server.stop()


@pytest.fixture
def managed(_started: Managed, monkeypatch: pytest.MonkeyPatch) -> Managed:
    """Fresh, with nothing made yet."""
    _started.emulator.reset()
    _started.behind.seen.clear()
    monkeypatch.setattr(_started.part._servers, "url", lambda _arn, _artifacts: _started.behind.url)
    return _started
