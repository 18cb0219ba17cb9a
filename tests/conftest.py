"""What all tests start from: journals of their own, nothing captured unless asked for, and nothing left behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tracklayer.layers.journal.carrier import close_all

if TYPE_CHECKING:
    from contract_tests.witnesses.places import Places


@pytest.fixture(scope="session")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """All places, running; nobody is led to them yet. Others' experiments are in them too."""
    from contract_tests.witnesses.places import places  # noqa: PLC0415 -- it imports the emulators

    with places(tmp_path_factory.getbasetemp()) as running:
        yield running


@pytest.fixture(autouse=True)
def _journals_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TRACKLAYER_HOME", str(tmp_path_factory.mktemp("journal")))
    monkeypatch.setenv("TRACKLAYER_CAPTURE", "off")
    monkeypatch.setenv("TRACKLAYER_SYSTEM_METRICS", "off")
    yield
    close_all()
