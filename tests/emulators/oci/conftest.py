from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from tests.emulators.oci.asking import Cloud
from tests.emulators.sagemaker.managed.asking import Behind

from tracklayer.emulators.oci import Knobs, OciEmulator


@pytest.fixture(scope="session")
def _running() -> Iterator[Cloud]:
    behind = Behind()
    behind.server.start()
    with OciEmulator() as emulator, requests.Session() as session:
        session.trust_env = False
        yield Cloud(emulator, behind, session)
    behind.server.stop()


@pytest.fixture
def cloud(_running: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Fresh, with nothing stored."""
    _running.emulator.knobs = Knobs()
    _running.emulator.reset()
    _running.behind.seen.clear()
    _running.started.clear()

    def url(name: str, artifacts: str) -> str:
        _running.started.append((name, artifacts))
        return _running.behind.url

    monkeypatch.setattr(_running.emulator._mlops._servers, "url", url)
    return _running
