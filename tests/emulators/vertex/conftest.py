from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.emulators.vertex.wire import Wire

from tracklayer.emulators.vertex import Knobs, VertexEmulator


@pytest.fixture(scope="session")
def running() -> Iterator[VertexEmulator]:
    """One for all: its start imports Google's package, which takes seconds."""
    with VertexEmulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(running: VertexEmulator) -> VertexEmulator:
    running.knobs = Knobs()
    running.reset()
    return running


@pytest.fixture
def bare(emulator: VertexEmulator) -> Iterator[Wire]:
    """REST to an emulator that holds nothing."""
    with Wire(emulator) as wire:
        yield wire


@pytest.fixture
def wire(bare: Wire) -> Wire:
    """REST to an emulator that has the default metadata store."""
    bare.post(f"{bare.location}/metadataStores?metadataStoreId=default", {})
    return bare


@pytest.fixture
def board(wire: Wire) -> str:
    """The name of a TensorBoard with an experiment `exp` and a run `run` in it."""
    name: str = wire.post(f"{wire.location}/tensorboards", {"displayName": "board"})["response"]["name"]
    wire.post(f"{name}/experiments?tensorboardExperimentId=exp", {})
    wire.post(f"{name}/experiments/exp/runs?tensorboardRunId=run", {"displayName": "run"})
    return name
