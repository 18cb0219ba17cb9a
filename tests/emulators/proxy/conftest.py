from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.emulators.proxy.origin import Origin

from tracklayer.emulators.proxy import Proxy


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin() as origin:
        yield origin


@pytest.fixture
def proxy(origin: Origin) -> Iterator[Proxy]:
    with Proxy([origin]) as proxy:
        yield proxy


@pytest.fixture
def led(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Proxy:
    """The proxy, and this process led through it."""
    for name, text in proxy.environment().items():
        monkeypatch.setenv(name, text)
    return proxy
