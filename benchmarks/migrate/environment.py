"""The processes' surroundings: the peer's environment, and variables that let nothing leave the machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from benchmarks.logging.surroundings import surroundings
from contract_tests.witnesses.environments import python_of

HERE = Path(__file__).resolve().parent
#: Where the peer and MLflow are locked: requirements.txt in a folder of this name.
PEER = "mlflow_export_import"


def peer_python() -> Path:
    """The Python that has mlflow-export-import, MLflow's client and its server; made once and kept."""
    return python_of(PEER, HERE)


def peer_packages() -> dict[str, str]:
    """The versions that are asked for."""
    lines = (HERE / PEER / "requirements.in").read_text(encoding="utf-8").splitlines()
    asked = (line.partition("#")[0].strip().split("==") for line in lines if "==" in line)
    return dict(asked)


def ours() -> str:
    """The command that users type."""
    return str(Path(sys.executable).with_name("tracklayer"))


def variables(folder: Path, **added: str) -> dict[str, str]:
    """All variables of a process whose folder this is."""
    quiet = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "0"}
    return surroundings(folder, str(os.getpid())) | quiet | added
