"""XGBoost trains tiny models, in each of the ways that a run can go."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb
from sklearn.base import clone
from tests.plugins.trainings.down import DOWN, note
from tests.plugins.trainings.raising import raised
from xgboost.callback import TrainingCallback

import tracklayer as tl
from tracklayer.plugins.xgboost import TracklayerCallback

PARAMS = {"max_depth": 2, "eta": 0.3, "objective": "binary:logistic", "eval_metric": ["logloss", "error@0.4"]}


class Raises(TrainingCallback):
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def after_iteration(self, *_: Any) -> bool:
        raise self.error


def matrix() -> Any:
    x = np.random.default_rng(0).random((40, 3))
    return xgb.DMatrix(x, (x[:, 0] > 0.5).astype(int))


def fit(*callbacks: Any, rounds: int = 2, **more: Any) -> Any:
    data = matrix()
    return xgb.train(
        PARAMS, data, rounds, evals=[(data, "train")], verbose_eval=False, callbacks=list(callbacks), **more
    )


def train(folder: Path, place: str) -> None:
    fit(TracklayerCallback(to=place, experiment="whole", name="first", log_model=True), early_stopping_rounds=5)
    fit(TracklayerCallback(to=place, experiment="whole", name="mine", params=PARAMS))
    xgb.cv(
        PARAMS,
        matrix(),
        2,
        nfold=2,
        callbacks=[TracklayerCallback(to=place, experiment="whole", name="folds", params=PARAMS)],
    )
    estimator = xgb.XGBClassifier(
        n_estimators=2, max_depth=2, callbacks=[TracklayerCallback(to=place, experiment="estimator")]
    )
    x = np.random.default_rng(0).random((40, 3))
    for _ in range(2):
        estimator.fit(x, (x[:, 0] > 0.5).astype(int), eval_set=[(x, (x[:, 0] > 0.5).astype(int))], verbose=False)

    callback = TracklayerCallback(to=place, experiment="resumed")
    model = fit(callback)
    assert callback.run is not None
    fit(TracklayerCallback(resume=callback.run.url), xgb_model=model)

    estimator.set_params(callbacks=[TracklayerCallback(to=place, experiment="copied")])
    for copied in (clone(estimator), pickle.loads(pickle.dumps(estimator))):  # noqa: S301 -- what was made here
        copied.fit(x, (x[:, 0] > 0.5).astype(int), verbose=False)
    assert tl.current_run() is None

    callback = TracklayerCallback(**DOWN, log_model=True)
    fit(callback)
    note(folder, callback.run)

    with raised(KeyboardInterrupt), TracklayerCallback(to=place, experiment="broken", name="interrupted") as callback:
        fit(callback, Raises(KeyboardInterrupt()))
    with raised(ValueError):
        fit(TracklayerCallback(to=place, experiment="broken", name="let go"), Raises(ValueError()))
