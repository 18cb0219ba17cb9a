"""One emulator behind its proxy for all tests here: workspaces on three clouds, and a profile for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract_tests.witnesses.cloud import inside as on_stage
from tests.drivers.databricks.places import PLACES

from tracklayer.emulators.databricks import DatabricksEmulator
from tracklayer.emulators.stage import Stage, emulated


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    with emulated("databricks") as stage:
        yield stage


@pytest.fixture(scope="session")
def profiles(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of profiles: one token for each workspace, and a service principal."""
    emulator = _emulator(stage)
    lines = []
    for name, host in {**PLACES, "far": PLACES["azure"]}.items():  # a client of MLflow's is cached by its profile
        lines += [f"[{name}]", f"host = https://{host}/", f"token = {emulator.account.token(host)}", ""]
    client, secret = emulator.account.client(PLACES["azure"])
    lines += ["[robot]", f"host = {PLACES['azure']}", f"client_id = {client}", f"client_secret = {secret}"]
    path = tmp_path_factory.mktemp("profiles") / "databrickscfg"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture(autouse=True)
def inside(stage: Stage, profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The test's process is led to the emulator; what the environment says is the workspace on AWS."""
    with on_stage(stage, tmp_path):
        monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(profiles))
        yield


@pytest.fixture
def emulator(stage: Stage) -> Iterator[DatabricksEmulator]:
    """The emulator, whose knobs are as they were when the test is over."""
    found = _emulator(stage)
    before = found.knobs
    found.calls.clear()
    yield found
    found.knobs = before
    found.faults.clear()


def _emulator(stage: Stage) -> DatabricksEmulator:
    found = stage.emulators["databricks"]
    assert isinstance(found, DatabricksEmulator)
    return found
