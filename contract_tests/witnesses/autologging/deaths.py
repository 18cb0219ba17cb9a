"""Training that comes to an end that nobody planned, and what MLflow's own client finds afterwards.

`python -m ...deaths OUT.json NAME=URI...`. Each way to end has a process of its own: a fork, made before anything has
begun, for to import MLflow takes longer than all the rest. It ends as any program does. Then `tracklayer sync` is run.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

import mlflow
from contract_tests.witnesses.autologging.train import X, Y, read
from sklearn.linear_model import LinearRegression

EXPERIMENT = "deaths"
#: What every child would import for itself, which takes longer than to train. None of it begins anything.
IMPORTED = (
    "boto3",
    "mlflow.pyfunc",
    "mlflow.store.tracking.sqlalchemy_store",
    "pandas",
    "tracklayer.drivers.local.driver",
    "tracklayer.drivers.sagemaker.driver",
    "tracklayer.plugins.mlflow.store",
)
SYNC = "import sys; sys.argv = ['tracklayer', 'sync']; from tracklayer.cli.main import main; main()"


def begun(name: str) -> None:
    """A run that has been logged to, by autologging and by hand."""
    mlflow.start_run(run_name=name)
    LinearRegression().fit(X, Y)
    for step in range(20):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)


def leaves() -> None:
    """The program ends, and nobody has ended the run."""
    begun("leaves")
    sys.exit(3)


def fails() -> None:
    """An error that nobody catches."""
    begun("fails")
    raise ValueError


def fails_within() -> None:
    """The same, within the run's own block."""
    begun("fails within")
    with mlflow.active_run() or mlflow.start_run():
        raise ValueError


def fits_nothing() -> None:
    """A fit that fails, in a run that autologging makes for itself."""
    LinearRegression().fit(X, Y[:3])


def is_told_to_end() -> None:
    """SIGTERM, as schedulers send it."""
    begun("is told to end")
    os.kill(os.getpid(), signal.SIGTERM)


def is_killed() -> None:
    """SIGKILL."""
    begun("is killed")
    os.kill(os.getpid(), signal.SIGKILL)


DEATHS: Mapping[str, Callable[[], None]] = {
    "leaves": leaves,
    "fails": fails,
    "fails within": fails_within,
    "fits nothing": fits_nothing,
    "is told to end": is_told_to_end,
    "is killed": is_killed,
}


def main(out: str, places: list[str]) -> None:
    """Every death in every place, in a child of this process; then the reading, which a child never comes to."""
    for name in IMPORTED:
        import_module(name)
    mlflow.sklearn.autolog()
    codes: dict[str, dict[str, int]] = {}
    for place in places:
        name, _, uri = place.partition("=")
        mlflow.set_tracking_uri(uri)
        codes[name] = {}
        for death, die in DEATHS.items():
            child = os.fork()
            if child == 0:
                mlflow.set_experiment(EXPERIMENT)
                die()
            _, ended = os.waitpid(child, 0)
            codes[name][death] = os.waitstatus_to_exitcode(ended)
    subprocess.run([sys.executable, "-W", "ignore", "-c", SYNC], check=True, stdout=sys.stderr)
    found = {}
    for place in places:
        name, _, uri = place.partition("=")
        mlflow.set_tracking_uri(uri)
        said = {run if run in DEATHS else "fits nothing": about for run, about in read(EXPERIMENT).items()}
        found[name] = {run: {**about, "code": codes[name][run]} for run, about in said.items()}
    Path(out).write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
