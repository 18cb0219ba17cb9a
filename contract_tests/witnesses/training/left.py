"""What real tools left on a disk, for tests: made once a machine, by the tools themselves, and kept.

* `left("mlflow3")`: `mlruns` and `mlflow.db` of the newest MLflow, by hand and by autologging.
  `left("mlflow2")`: by hand, of the last MLflow 2. `left("events")`: `logs`, of TensorBoard's and tensorboardX's
  writers. `left("offline")`: `wandb`.
* Beside them lies what the tool's own reader says: `mlruns.json`, `database.json`, `logs.json`, `wandb.json`.
* It is kept where the witnesses' environments are. Nobody writes there: copy what is to be changed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from contract_tests.witnesses.environments import DONE, HERE, ROOT, python_of
from contract_tests.witnesses.sdk import KEPT

#: Part -> the environment it is made in.
MAKERS = {"mlflow3": "training", "mlflow2": "mlflow2", "events": "training", "offline": "training"}


def left(part: str) -> Path:
    """The folder of a part; it is made if it is not there, which takes 1 to 20 seconds."""
    python = python_of(MAKERS[part])
    sources = b"".join(path.read_bytes() for path in sorted((HERE / "training").glob("*.py")))
    lock = python.parents[2] / f"left-{part}.lock"
    folder = lock.with_name(f"left-{part}-{python.parents[1].name[-8:]}-{hashlib.sha256(sources).hexdigest()[:8]}")
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (folder / DONE).exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()  # under its own name from the beginning: some of the files say where they lie
            _make(part, python, folder)
            (folder / DONE).touch()
    return folder


def _make(part: str, python: Path, folder: Path) -> None:
    surroundings = {key: os.environ[key] for key in KEPT if key in os.environ} | {
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "MLFLOW_ALLOW_FILE_STORE": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "WANDB_ERROR_REPORTING": "false",
    }
    command = [str(python), "-W", "ignore", "-m", "contract_tests.witnesses.training.make", part, str(folder)]
    done = subprocess.run(command, env=surroundings, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"{part} could not be made: {done.stderr[-3000:]}"
        raise RuntimeError(message)
