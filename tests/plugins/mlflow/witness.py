"""An MLflow of another version than ours, in an environment of its own, with tracklayer as good as installed there."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from contract_tests.witnesses.cloud import quiet
from contract_tests.witnesses.environments import python_of
from contract_tests.witnesses.installed import installed
from contract_tests.witnesses.sdk import KEPT

NOTHING: Mapping[str, str] = MappingProxyType({})


def run(name: str, folder: Path, command: Sequence[str], variables: Mapping[str, str] = NOTHING) -> str:
    """Run the Python of an environment in a folder, and give all that it said. It must end well.

    * `variables`: those that it has besides the ones that any of them needs.
    """
    python = python_of(name)
    surroundings = {
        **{key: os.environ[key] for key in KEPT if key in os.environ},
        **quiet(folder / "journal"),
        "HOME": str(folder),
        "PYTHONPATH": installed(folder),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT": "0",  # a process for each model, whose answer is not looked at
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MPLCONFIGDIR": str(python.parent.parent / "matplotlib"),  # its list of fonts, which takes seconds to make
        **variables,
    }
    done = subprocess.run(
        [str(python), "-W", "ignore", *command],
        env=surroundings,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4_000:]
    return done.stdout


def ask(
    script: str,
    folder: Path,
    arguments: Sequence[str],
    variables: Mapping[str, str] = NOTHING,
    environment: str = "autologging",
) -> dict[str, Any]:
    """What MLflow's client says of each place when a script has trained there."""
    out = folder / "found.json"
    said = run(
        environment, folder, ["-m", f"contract_tests.witnesses.autologging.{script}", str(out), *arguments], variables
    )
    assert "unexpected error during" not in said  # what autologging says when a store fails it
    found: dict[str, Any] = json.loads(out.read_text())
    return found
