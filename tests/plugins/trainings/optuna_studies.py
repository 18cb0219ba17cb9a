"""Optuna's studies, in each of the ways that a run can go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import optuna
from tests.plugins.trainings.down import DOWN, note
from tests.plugins.trainings.raising import raised

import tracklayer as tl
from tracklayer.plugins.optuna import TracklayerCallback

#: One of several processes that work on a study.
WORKER = """
import sys
from tests.plugins.trainings.optuna_studies import TracklayerCallback, optuna, storage_of
study = optuna.load_study(study_name="shared", storage=storage_of(sys.argv[1]))
with TracklayerCallback(to=sys.argv[2]) as callback:
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2, callbacks=[callback])
"""

optuna.logging.set_verbosity(optuna.logging.CRITICAL)


def storage_of(path: str) -> Any:
    """A storage that several processes share."""
    return optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(path))


def objective(trial: Any) -> float:
    x: float = trial.suggest_float("x", -1, 1)
    trial.set_user_attr("kind", "square")
    for step in range(2):
        trial.report(x * x + step, step)
    if trial.number == 1:
        raise optuna.TrialPruned
    if trial.number == 2:
        raise ValueError
    return x * x


def train(folder: Path, place: str) -> None:
    storage = optuna.storages.InMemoryStorage()
    for _ in range(2):  # the second time, the study goes on, and so does its run
        study = optuna.create_study(
            study_name="whole", storage=storage, load_if_exists=True, sampler=optuna.samplers.RandomSampler(seed=0)
        )
        with TracklayerCallback(to=place) as callback:
            study.optimize(objective, n_trials=2, callbacks=[callback], catch=[ValueError])

    study = optuna.create_study(study_name="tracked", directions=["minimize", "maximize"])
    callback = TracklayerCallback(to=place, metric_name=["loss", "score"], experiment="tracked", name="pareto")

    @callback.track
    def two(trial: Any) -> tuple[float, float]:
        tl.log_metric("inside", trial.number, step=3)
        value = trial.suggest_int("n", 0, 9)
        return value, -value

    study.optimize(two, n_trials=2, callbacks=[callback], n_jobs=2)
    assert tl.current_run() is not None, "the study's"
    del two, callback
    assert tl.current_run() is None

    studies = str(folder / "studies.log")
    optuna.create_study(study_name="shared", storage=storage_of(studies))
    worker = [sys.executable, "-c", WORKER, studies, place]
    workers = [subprocess.Popen(worker, cwd=folder) for _ in range(2)]
    assert [process.wait() for process in workers] == [0, 0]

    callback = TracklayerCallback(to=place, experiment="both")
    for name in ("one", "two"):
        study = optuna.create_study(study_name=name)
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1, callbacks=[callback])
    del callback

    study = optuna.create_study(study_name="down")
    with TracklayerCallback(**DOWN) as callback:
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3, callbacks=[callback])
        note(folder, callback.run)

    for error in (ValueError, KeyboardInterrupt):
        study = optuna.create_study(study_name=f"broken by {error.__name__}")
        with raised(error), TracklayerCallback(to=place) as callback:

            @callback.track
            def broken(trial: Any, error: type[BaseException] = error) -> float:
                trial.suggest_int("n", 0, 9)
                raise error

            study.optimize(broken, n_trials=2, callbacks=[callback])
