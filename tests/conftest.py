"""What all tests start from: journals of their own, nothing captured unless asked for, and nothing left behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tracklayer.layers.journal.carrier import close_all


@pytest.fixture(autouse=True)
def _journals_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TRACKLAYER_HOME", str(tmp_path_factory.mktemp("journal")))
    monkeypatch.setenv("TRACKLAYER_CAPTURE", "off")
    monkeypatch.setenv("TRACKLAYER_SYSTEM_METRICS", "off")
    yield
    close_all()
