"""An official SDK as an independent witness, in an environment and a process of its own::

    with Sdk("sagemaker2", tmp_path, {**emulator.environment(), **proxy.environment()}) as sdk:
        sdk.ask("write_run", experiment="e", run="one", params={"lr": 0.1})

What it can be asked is in `<name>/client.py`. It takes 4 to 8 s to come up: ask much of one. NaN and infinities travel
as JSON's extensions, bytes as base64. What the SDK prints goes to `<folder>/<name>.log`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contract_tests.servers.witness import Witness
from contract_tests.witnesses.environments import ROOT, python_of

#: Opts out of the SDK's own telemetry: https://github.com/aws/sagemaker-python-sdk (README, "Telemetry").
CONFIG = """
SchemaVersion: '1.0'
SageMaker:
  PythonSDK:
    Modules:
      TelemetryOptOut: true
"""
#: Of our own surroundings only this: no credentials, no settings, no proxy.
KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


class Sdk(Witness):
    """The process, while it is entered. `folder` is its home."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str]) -> None:
        config = folder / "sagemaker.yaml"
        config.write_text(CONFIG)
        self.log = folder / f"{name}.log"
        surroundings = {key: os.environ[key] for key in KEPT if key in os.environ} | {
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "SAGEMAKER_USER_CONFIG_OVERRIDE": str(config),
            "SAGEMAKER_SUPPRESS_V2_WARNING": "1",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [python_of(name), "-W", "ignore", "-m", f"contract_tests.witnesses.{name}.client"],
                env={**surroundings, **environment},
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def ask(self, do: str, **arguments: Any) -> Any:
        """What it says, or RuntimeError with what went wrong there and the end of its log."""
        try:
            return super().ask(do, **arguments)
        except (RuntimeError, BrokenPipeError) as error:
            message = f"{error}\n{self.log.read_text(errors='replace')[-3000:]}"
            raise RuntimeError(message) from None
