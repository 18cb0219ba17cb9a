"""scikit-learn fits tiny models, in each of the ways that a run can go."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tests.plugins.trainings.raising import raised

from tracklayer.plugins.sklearn import TracklayerCallback


def data() -> tuple[Any, Any]:
    x = np.random.default_rng(0).random((40, 3))
    return x, (x[:, 0] > 0.5).astype(int)


class Interrupting(LogisticRegression):
    def __init__(self, error: type[BaseException] = ValueError) -> None:
        super().__init__()
        self.error = error

    def fit(self, *_: Any) -> Any:
        raise self.error


def train(folder: Path, place: str) -> None:
    del folder
    callback = TracklayerCallback(to=place, experiment="whole", name="iterations", scoring="neg_log_loss")
    model = LogisticRegression(max_iter=3).set_callbacks(callback)
    try:
        raise ValueError  # noqa: TRY301 -- a fit within a handler has not failed
    except ValueError:
        model.fit(*data())

    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=0.5))
    pipeline.set_callbacks(TracklayerCallback(to=place, experiment="whole", name="pipeline")).fit(*data())

    search = GridSearchCV(LogisticRegression(), {"C": [0.01, 1.0, 10.0]}, cv=2, n_jobs=2)
    search.set_callbacks(TracklayerCallback(to=place, experiment="search", name="grid", max_tuning_runs=2))
    search.fit(*data(), sample_weight=np.ones(40))

    scores = {"first": lambda model, *_: model.C, "second": lambda model, *_: -model.C}
    for name, refit in (("decided", "second"), ("undecided", False)):
        search = GridSearchCV(LogisticRegression(), {"C": [0.01, 1.0]}, cv=2, scoring=scores, refit=refit)
        search.set_callbacks(TracklayerCallback(to=place, experiment="search", name=name, max_tuning_runs=1))
        search.fit(*data())

    both = Barrier(2, timeout=60)
    callback = TracklayerCallback(to=place, experiment="threads", scoring={"turn": lambda *_: both.wait()})
    models = [LogisticRegression(max_iter=3, C=c).set_callbacks(callback) for c in (1.0, 1.01)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda model: model.fit(*data()), models))

    callback = TracklayerCallback(to=place, experiment="resumed")
    LogisticRegression().set_callbacks(callback).fit(*data())
    assert callback.run is not None
    LogisticRegression(C=2.0).set_callbacks(TracklayerCallback(resume=callback.run.url)).fit(*data())

    for error in (ValueError, KeyboardInterrupt):
        broken = make_pipeline(StandardScaler(), Interrupting(error))
        broken.set_callbacks(TracklayerCallback(to=place, experiment="broken", name=error.__name__))
        with raised(error):
            broken.fit(*data())
