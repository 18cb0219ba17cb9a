"""One process of Databricks' own clients for all tests here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from contract_tests.servers.witness import Witness
from contract_tests.witnesses.environments import ROOT
from contract_tests.witnesses.sdk import KEPT

from tracklayer.emulators.stage import Stage


class Clients(Witness):
    """The process of `witness.py`, in an environment of its own. `folder` is its home."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        surroundings = {key: os.environ[key] for key in KEPT if key in os.environ} | {
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
            "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "0",
        }
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", str(Path(__file__).with_name("witness.py"))],
                env={**surroundings, **environment},
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )


@pytest.fixture(scope="session")
def clients(stage: Stage, profiles: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clients]:
    """MLflow's client and the SDK, with profiles only: no host or token is in their environment."""
    own = {name: text for name, text in stage.environment.items() if not name.startswith("DATABRICKS_")}
    with Clients(tmp_path_factory.mktemp("clients"), {**own, "DATABRICKS_CONFIG_FILE": str(profiles)}) as clients:
        yield clients
