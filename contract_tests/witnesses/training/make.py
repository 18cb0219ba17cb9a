"""What a tool leaves, and what it says of it: `python -m contract_tests.witnesses.training.make PART FOLDER`.

Writes the tool's files into the folder, and `NAME.json` beside them: what its own reader finds there.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def mlflow(folder: Path, *, trained: bool) -> None:
    """`mlruns` and `mlflow.db`, which keeps its files in `mlruns` too, as MLflow has it if nothing else is said."""
    from contract_tests.witnesses.training import mlflow_runs  # noqa: PLC0415 -- each part needs its own tool

    for name, place in (("mlruns", f"file://{folder}/mlruns"), ("database", f"sqlite:///{folder}/mlflow.db")):
        mlflow_runs.write(place, folder / "elsewhere")
        if trained:
            mlflow_runs.train(place)
        _keep(folder / f"{name}.json", mlflow_runs.read(place))


def events(folder: Path) -> None:
    """`logs`."""
    from contract_tests.witnesses.training import event_files  # noqa: PLC0415

    event_files.write(folder / "logs")
    _keep(folder / "logs.json", event_files.read(folder / "logs"))


def offline(folder: Path) -> None:
    """`wandb`."""
    from contract_tests.witnesses.training import offline_runs  # noqa: PLC0415

    offline_runs.write(folder)
    _keep(folder / "wandb.json", offline_runs.read(folder))


def _keep(path: Path, truth: object) -> None:
    path.write_text(json.dumps(truth))


if __name__ == "__main__":
    part, target = sys.argv[1], Path(sys.argv[2])
    os.chdir(target)
    if part == "events":
        events(target)
    elif part == "offline":
        offline(target)
    else:
        mlflow(target, trained=part == "mlflow3")
