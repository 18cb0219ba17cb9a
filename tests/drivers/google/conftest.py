"""A stand-in of Cloud Storage, and of whoever asks for tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials

from tracklayer.drivers.google import Identity, Objects
from tracklayer.emulators.vertex import PROJECT, VertexEmulator


class Nobody(Identity):
    """Asks without a token. What google-auth asks of other hosts for a service account, it does not ask for nobody."""

    def credentials(self) -> Any:
        made: Any = AnonymousCredentials
        return made()


@pytest.fixture(scope="session")
def service() -> Iterator[VertexEmulator]:
    with VertexEmulator() as running:
        yield running


@pytest.fixture
def emulator(service: VertexEmulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[VertexEmulator]:
    """With nothing in it; the environment leads to it."""
    for name, value in {**service.environment(), **service.direct()}.items():
        monkeypatch.setenv(name, value)
    before = service.knobs
    service.reset()
    yield service
    service.knobs = before
    service.faults.clear()


@pytest.fixture
def objects(emulator: VertexEmulator) -> Iterator[Objects]:
    assert emulator.url
    found = Objects(Nobody(), PROJECT, provider="vertex")
    yield found
    found.close()
