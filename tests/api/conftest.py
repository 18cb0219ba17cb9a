from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

import tracklayer as tl
from tracklayer.api import current


@pytest.fixture
def place() -> str:
    """The URL of a place that nobody has written to."""
    return f"memory://{uuid4().hex}"


@pytest.fixture
def client(place: str) -> Iterator[tl.Client]:
    with tl.connect(place) as client:
        yield client


@pytest.fixture
def default(place: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same place, as that of a program that names none."""
    monkeypatch.setenv("TRACKLAYER_URL", place)
    return place


@pytest.fixture(autouse=True)
def _no_run_is_left() -> Iterator[None]:
    yield
    current.end_all()
    assert tl.current_run() is None
