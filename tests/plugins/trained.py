"""What the real frameworks logged through their plugins: trained once a test run, in environments of their own.

* `trained(basetemp, "xgboost_trains")` is what `trainings/xgboost_trains.py` logged.
* All of one environment are trained in one process: to import a framework takes longer than to train with it.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contract_tests.witnesses.environments import python_of
from contract_tests.witnesses.installed import installed
from contract_tests.witnesses.sdk import KEPT

import tracklayer as tl

#: Environment -> what is trained in it, in this order: the first forks, which wants a process where nothing has begun;
#: the last leaves a run to the end of the program.
TRAININGS = {
    "frameworks_torch": ("accelerate_loops", "lightning_fits", "transformers_trains", "keras_fits"),
    "frameworks_trees": ("xgboost_trains", "optuna_studies", "sklearn_fits", "lightgbm_trains"),
}


@dataclass(frozen=True)
class Trained:
    """The place that a training logged to, and the folder that it worked in."""

    client: tl.Client
    folder: Path

    def run(self, experiment: str, name: str | None = None) -> tl.Run:
        """The run of that name, or the experiment's only one."""
        (found,) = (run for run in self.client.runs(experiment) if name in {None, run.name})
        return found

    def points(self, run: tl.Run, key: str) -> list[tuple[int, float]]:
        """Steps and values of a metric."""
        history = self.client.metric_history(run, key)
        return list(zip(history.steps, history.values, strict=True))

    def steps(self, run: tl.Run, key: str) -> list[int]:
        return [step for step, _ in self.points(run, key)]

    def files(self, run: tl.Run) -> set[str]:
        return {artifact.path for artifact in self.client.artifacts(run)}

    def text(self, run: tl.Run, path: str) -> str:
        """A file's content."""
        with self.client.open_artifact(run, path) as file:
            return file.read().decode()

    def statuses(self, experiment: str) -> dict[str | None, str]:
        """Run -> how it ended."""
        return {run.name: run.status for run in self.client.runs(experiment)}

    @property
    def waiting(self) -> int:
        """The records of a run that went to a place that is down."""
        return int((self.folder / "waiting.txt").read_text())

    def experiments(self) -> set[str]:
        return {experiment.name for experiment in self.client.experiments()}


@contextmanager
def trained(basetemp: Path, name: str) -> Iterator[Trained]:
    """What a training logged. `basetemp` is `tmp_path_factory.getbasetemp()`."""
    environment = next(home for home, names in TRAININGS.items() if name in names)
    root = basetemp.parent if "PYTEST_XDIST_WORKER" in os.environ else basetemp
    folder = root / environment
    with (root / f"{environment}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one trains, the others wait here
        if not folder.exists():
            _train(environment, folder)
    error = folder / name / "error.txt"
    assert not error.exists(), error.read_text() + (folder / "output.log").read_text()
    with tl.connect(f"local:{folder}/{name}/store.db") as client:
        yield Trained(client, folder / name)


def _train(environment: str, folder: Path) -> None:
    python = python_of(environment)
    folder.mkdir()
    surroundings = {key: os.environ[key] for key in KEPT if key in os.environ} | {
        "HOME": str(folder),
        "PYTHONPATH": installed(folder),
        "TRACKLAYER_HOME": str(folder / "journal"),
        "TRACKLAYER_CAPTURE": "off",
        "TRACKLAYER_SYSTEM_METRICS": "off",
        "KERAS_BACKEND": "torch",
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
    }
    command = [str(python), "-m", "tests.plugins.trainings.main", str(folder), *TRAININGS[environment]]
    with (folder / "output.log").open("wb") as log:
        subprocess.run(
            command, env=surroundings, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
        )
