"""Each identity that Oracle's tools know signs for ours too, at the real host names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from tests.drivers.oci.interop.conftest import OURS

import tracklayer as tl
from tracklayer.emulators.oci import OciEmulator
from tracklayer.emulators.stage import Stage

Surroundings = Callable[[OciEmulator], Mapping[str, str]]
KINDS: dict[str, Surroundings] = {
    "api-key": lambda emulator: emulator.environment(),
    "session": lambda emulator: {
        **emulator.environment(),
        "OCI_CONFIG_PROFILE": "SESSION",
        "OCI_IAM_TYPE": "security_token",
    },
    "resource-principal": lambda emulator: emulator.resource_principal(),
    "instance-principal": lambda emulator: emulator.instance_principal(),
}


@pytest.mark.parametrize("surroundings", KINDS.values(), ids=KINDS)
def test_each_identity_logs_a_run_with_a_file(
    stage: Stage, experiment: str, surroundings: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator = stage.emulators["oci"]
    assert isinstance(emulator, OciEmulator)
    for name in emulator.environment():
        monkeypatch.delenv(name)
    for name, value in surroundings(emulator).items():
        monkeypatch.setenv(name, value)
    with tl.connect(OURS["aidp"]) as client:
        with client.start_run(experiment, params={"lr": 0.1}) as run:
            run.log_text("text", "a.txt")
        (found,) = client.runs(experiment)
        assert (found.id, found.params) == (run.id, {"lr": 0.1})
        with client.open_artifact(found, "a.txt") as stream:
            assert stream.read() == b"text"
