"""One cloud and one process of each SDK for all tests here; each test makes experiments of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from contract_tests.targets.vertex import made
from contract_tests.witnesses import cloud
from contract_tests.witnesses.sdk import Sdk

import tracklayer as tl
from tracklayer.emulators.stage import Stage, emulated

#: The zone of the SDK's processes, without summer time: nine hours ahead.
ZONE, AHEAD = "Asia/Tokyo", 9 * 3600


@dataclass(frozen=True)
class Speaker:
    """An official SDK that keeps to one transport."""

    sdk: Sdk
    transport: str

    def ask(self, do: str, **arguments: Any) -> Any:
        """What it says; see `contract_tests/witnesses/vertex.py`."""
        return self.sdk.ask(do, transport=self.transport, **arguments)


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    with emulated("vertex") as running:
        yield running


@pytest.fixture(autouse=True)
def inside(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The test's process is in the cloud too, and nobody asked for a host that is not of it."""
    with cloud.inside(stage, tmp_path_factory.mktemp("journal")):
        yield


@pytest.fixture(scope="session")
def board(stage: Stage) -> str:
    """The number of a TensorBoard."""
    return made(stage.emulators["vertex"].url)


@pytest.fixture(scope="session")
def charted_url(stage: Stage, board: str) -> str:
    return f"{stage.places['vertex']}?tensorboard={board}"


@pytest.fixture
def client(charted_url: str) -> Iterator[tl.Client]:
    """With a TensorBoard."""
    with tl.connect(charted_url) as client:
        yield client


@pytest.fixture
def plain(stage: Stage) -> Iterator[tl.Client]:
    """Without one."""
    with tl.connect(stage.places["vertex"]) as client:
        yield client


def _process(name: str, stage: Stage, factory: pytest.TempPathFactory) -> Iterator[Sdk]:
    with Sdk(name, factory.mktemp(name), {**stage.environment, "TZ": ZONE}) as sdk:
        yield sdk


@pytest.fixture(scope="session")
def vertex2(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sdk]:
    yield from _process("vertex2", stage, tmp_path_factory)


@pytest.fixture(scope="session")
def vertex1(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sdk]:
    yield from _process("vertex1", stage, tmp_path_factory)


@pytest.fixture(scope="session")
def google_api(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sdk]:
    yield from _process("google_api", stage, tmp_path_factory)


def _speaking(request: pytest.FixtureRequest) -> Speaker:
    name, _, transport = str(request.param).partition("-")
    return Speaker(request.getfixturevalue(name), transport)


@pytest.fixture(scope="session", params=["vertex2-grpc", "vertex2-rest", "vertex1-grpc", "vertex1-rest"])
def every_sdk(request: pytest.FixtureRequest) -> Speaker:
    """The official SDK, in each version over each transport."""
    return _speaking(request)


@pytest.fixture(scope="session", params=["vertex2-grpc", "vertex1-rest"])
def sdk(request: pytest.FixtureRequest) -> Speaker:
    """The official SDK: each version and each transport once."""
    return _speaking(request)


def new_name() -> str:
    """A name that no experiment has."""
    return f"e-{uuid4().hex[:12]}"


@pytest.fixture
def experiment() -> str:
    return new_name()
