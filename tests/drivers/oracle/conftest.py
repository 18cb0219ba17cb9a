from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from uuid import uuid4

import pytest

from tracklayer.drivers.oracle import Login, Objects, OciUri, Oracle
from tracklayer.drivers.oracle.login import STORAGE
from tracklayer.emulators.oci import BUCKET, HOME, OciEmulator

_session, _made = uuid4().hex[:8], count()


@pytest.fixture(scope="session")
def everything() -> Iterator[OciEmulator]:
    """Object Storage, and whoever signs; no MLflow server is started here."""
    with OciEmulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(everything: OciEmulator) -> Iterator[OciEmulator]:
    everything.calls.clear()
    yield everything
    everything.faults.clear()
    everything.tune(skew=0.0, buckets=(BUCKET,))


@pytest.fixture(autouse=True)
def environment(everything: OciEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator's user, and nobody's files."""
    for name in [name for name in os.environ if name.startswith("OCI_")]:
        monkeypatch.delenv(name)
    for name, value in everything.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(STORAGE, everything.url)


@pytest.fixture
def oracle(emulator: OciEmulator) -> Iterator[Oracle]:
    assert emulator.url  # it is what the environment names
    oracle = Oracle(Login.read())
    yield oracle
    oracle.close()


@pytest.fixture
def objects(oracle: Oracle) -> Objects:
    return Objects(oracle)


@pytest.fixture
def at() -> OciUri:
    """A folder that nobody has written to."""
    return OciUri(BUCKET, HOME.namespace, f"{_session}/{next(_made)}")
