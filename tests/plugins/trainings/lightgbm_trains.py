"""LightGBM trains tiny models, in each of the ways that a run can go."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
from tests.plugins.trainings.raising import raised

import tracklayer as tl
from tracklayer.plugins.lightgbm import TracklayerCallback

PARAMS = {"max_depth": 2, "learning_rate": 0.3, "objective": "binary", "min_data_in_leaf": 2, "verbose": -1}


#: What is let go when the program ends.
AT_EXIT: list[TracklayerCallback] = []


class Raises:
    def __init__(self, error: BaseException) -> None:
        self.order = 40
        self.error = error

    def __call__(self, env: Any) -> None:
        if env.iteration == env.begin_iteration:
            raise self.error


def data() -> Any:
    x = np.random.default_rng(0).random((40, 3))
    return lgb.Dataset(x, (x[:, 0] > 0.5).astype(int), free_raw_data=False)


def fit(*callbacks: Any, rounds: int = 2, **more: Any) -> Any:
    return lgb.train(PARAMS, data(), rounds, valid_sets=[data()], callbacks=list(callbacks), **more)


def train(folder: Path, place: str) -> None:
    del folder
    fit(TracklayerCallback(to=place, experiment="whole", name="first", log_model=True))
    assert tl.current_run() is None, "the callback is let go, and the run has ended"
    # Whatever it learns is no gain of this size: it stops early.
    patient = lgb.early_stopping(1, min_delta=100.0, verbose=False)
    fit(TracklayerCallback(to=place, experiment="whole", name="stopped"), patient, rounds=9)
    kept = TracklayerCallback(to=place, experiment="whole", name="stopped and kept")
    fit(kept, patient, rounds=9)
    lgb.cv(PARAMS, data(), 2, nfold=2, callbacks=[TracklayerCallback(to=place, experiment="whole", name="folds")])
    del kept

    with TracklayerCallback(to=place, experiment="resumed") as callback:
        model = fit(callback)
        run = tl.current_run()
        assert run is not None
    fit(TracklayerCallback(resume=run.url), init_model=model)

    with raised(KeyboardInterrupt), TracklayerCallback(to=place, experiment="broken", name="interrupted") as callback:
        fit(callback, Raises(KeyboardInterrupt()))
    with raised(ValueError):
        fit(TracklayerCallback(to=place, experiment="broken", name="let go"), Raises(ValueError()))

    AT_EXIT.append(TracklayerCallback(to=place, experiment="exit", name="stopped"))
    fit(AT_EXIT[0], patient, rounds=9)

    os.environ.update(RANK="1", WORLD_SIZE="2")
    fit(TracklayerCallback(to=place, experiment="ranks"))
    del os.environ["RANK"], os.environ["WORLD_SIZE"]
