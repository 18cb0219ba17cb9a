"""A callback for scikit-learn: `estimator.set_callbacks(TracklayerCallback(to="sagemaker://us-east-1")).fit(X, y)`.

For the estimators that take callbacks (scikit-learn 1.9: https://scikit-learn.org/stable/modules/callbacks.html).
Params, metrics and tags are named as by MLflow's autologging of scikit-learn:
https://mlflow.org/docs/latest/api_reference/python_api/mlflow.sklearn.html#mlflow.sklearn.autolog
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from tracklayer.api import ActiveRun, start_run
from tracklayer.api.current import status_after
from tracklayer.plugins.children import Children
from tracklayer.plugins.held import Held
from tracklayer.plugins.needed import needed
from tracklayer.plugins.training import StartArguments, Training

with needed(__name__, "pip install 'scikit-learn>=1.9'"):
    from sklearn.callback import CallbackContext
    from sklearn.metrics import check_scoring

if TYPE_CHECKING:
    from typing_extensions import Unpack

log = logging.getLogger("tracklayer")

KIND = "TracklayerCallback (scikit-learn)"


class TracklayerCallback(Held):
    """A run for each `fit` of the estimator that this is set on.

    * `run`: an `ActiveRun`; or what `tracklayer.start_run` takes, for a run of its own. With neither, it is the current
      run, if there is one.
    * The estimator's params become the run's; `training_score` is its own score on what it was trained with.
    * A search (`GridSearchCV` and its like) logs its best params as `best_C`, `best_cv_score`, the table
      `cv_results.csv`, and a run within its own for each of the best `max_tuning_runs` candidates (None: for all).
    * `scoring`: as `sklearn.callback.ScoringMonitor` takes it: these scores are logged at each iteration.
    * A fit that raises ends its run `failed`, Ctrl+C `killed`. In `with TracklayerCallback(...) as callback:` all fits
      are one run. A fit in another process of joblib's has a run of its own.
    """

    def __init__(
        self,
        run: ActiveRun | None = None,
        *,
        scoring: Any = None,
        max_tuning_runs: int | None = 5,
        **start: Unpack[StartArguments],
    ) -> None:
        self._training = Training(KIND, run, start)
        self._training.sure = True
        self._scoring = [scoring] if isinstance(scoring, str) else scoring
        self._most = max_tuning_runs
        self._fits: list[_Fit] = []
        self._lock = Lock()  # fits may run in threads

    def setup(self, estimator: Any, context: CallbackContext) -> None:
        """A fit begins: start the run, and log the params."""
        with self._lock:
            training = self._training.fresh() if self._fits and not self._training.held else self._training
            scorer = None if self._scoring is None else check_scoring(estimator, self._scoring)
            self._fits.append(_Fit(context, training, scorer, sys.exc_info()[1]))
        training.begin()
        training.log_params(estimator.get_params(deep=not _searches(estimator)))
        kind = type(estimator)
        tags = {"estimator_name": kind.__name__, "estimator_class": f"{kind.__module__}.{kind.__name__}"}
        training.run().set_tags(tags)

    def on_fit_task_begin(self, estimator: Any, context: CallbackContext) -> None:
        """Nothing is logged before a task."""

    def on_fit_task_end(
        self,
        estimator: Any,
        context: CallbackContext,
        *,
        X: Any = None,  # noqa: N803 -- scikit-learn looks for this name
        y: Any = None,
        metadata: Mapping[str, Any] | None = None,
        fitted_estimator: Any = None,
    ) -> None:
        """A task has ended: an iteration, or the whole fit."""
        fit = self._fit(context)
        if fit is None:  # another process of a search
            return
        if context is fit.context:
            self._log_result(fit.training, estimator, X, y, metadata or {})
        elif fit.scorer is not None and fitted_estimator is not None and y is not None:
            scores = fit.scorer(fitted_estimator, X, y, **(metadata or {}))
            above = "".join(f"{task}/" for task in _tasks(context.parent, fit.context))
            fit.training.log_metrics({above + name: score for name, score in scores.items()}, context.task_id)

    def teardown(self, estimator: Any, context: CallbackContext) -> None:
        """The fit has ended, or raised: scikit-learn calls this in either case."""
        del estimator
        fit = self._fit(context)
        if fit is not None:
            error = sys.exc_info()[1]
            fit.training.end("finished" if error is fit.outer else status_after(error))
            self._fits.remove(fit)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_training": self._training.fresh(), "_fits": [], "_lock": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=Lock())

    def _fit(self, context: CallbackContext | None) -> _Fit | None:
        """The fit that a task is of; None when it is of one in another process."""
        while context is not None:
            for fit in self._fits:
                if fit.context is context:
                    return fit
            context = context.parent
        return None

    def _log_result(
        self,
        training: Training,
        estimator: Any,
        X: Any,  # noqa: N803 -- likewise
        y: Any,
        metadata: Mapping[str, Any],
    ) -> None:
        if y is not None and hasattr(estimator, "score"):
            try:
                training.log_metrics({"training_score": estimator.score(X, y, **metadata)}, 0)
            except Exception as error:  # noqa: BLE001 -- such as of a search with weights, or without refit
                log.warning("%s: no training_score: %s", KIND, error)
        if _searches(estimator):
            self._log_search(training, estimator)

    def _log_search(self, training: Training, search: Any) -> None:
        """The candidates, the best first."""
        run = training.run()
        results = search.cv_results_
        run.log_table({key: list(column) for key, column in results.items()}, "cv_results.csv")
        if hasattr(search, "best_index_"):
            training.log_params({f"best_{key}": value for key, value in search.best_params_.items()})
        if hasattr(search, "best_score_"):
            training.log_metrics({"best_cv_score": search.best_score_}, 0)
        refit = f"rank_test_{search.refit}"  # of several scores, the one that decides
        ranks = results[refit if refit in results else next(key for key in results if key.startswith("rank_test_"))]
        order = sorted(range(len(ranks)), key=lambda candidate: ranks[candidate])
        children = Children()
        for candidate in order[: self._most]:
            child = Training(KIND, start_run(parent=run, name=str(candidate)), {})
            child.log_params(results["params"][candidate])
            scores = {key: column[candidate] for key, column in results.items() if "_test_" in key or "_time" in key}
            child.log_metrics(scores, 0)
            children.end(child.run(), "finished")


class _Fit(NamedTuple):
    """A fit that goes on. `outer`: the error that its caller is handling, within which nothing has failed yet."""

    context: CallbackContext
    training: Training
    scorer: Any
    outer: BaseException | None


def _searches(estimator: Any) -> bool:
    return hasattr(estimator, "_run_search")


def _tasks(context: CallbackContext, fit: CallbackContext) -> list[int]:
    """The numbers of a task and those above it, without the fit itself."""
    return [] if context is fit else [*_tasks(context.parent, fit), context.task_id]
