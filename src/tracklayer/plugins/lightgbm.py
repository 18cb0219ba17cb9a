"""A callback for LightGBM: `lightgbm.train(..., callbacks=[TracklayerCallback(to="sagemaker://us-east-1")])`.

Or `LGBMClassifier().fit(..., callbacks=[...])`. Metrics and files are named as by MLflow's autologging of LightGBM:
https://mlflow.org/docs/latest/api_reference/python_api/mlflow.lightgbm.html#mlflow.lightgbm.autolog
"""

from __future__ import annotations

import atexit
import sys
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from tracklayer.api import ActiveRun
from tracklayer.plugins.held import Held
from tracklayer.plugins.needed import needed
from tracklayer.plugins.ranks import first
from tracklayer.plugins.training import StartArguments, Training

with needed(__name__, "pip install lightgbm"):
    from lightgbm import Booster
    from lightgbm.callback import CallbackEnv

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Unpack


#: After LightGBM's own callbacks of each iteration (10, 20), before the one that stops early (30).
ORDER = 25


class TracklayerCallback(Held):
    """Logs each iteration's metrics (`valid_0-auc`), the params, and what the model has become.

    * `run`: an `ActiveRun`; or what `tracklayer.start_run` takes, for a run of its own. With neither, it is the current
      run, if there is one.
    * `log_model`: the model becomes the file `model.txt`. Importances become `feature_importance_split.json` and
      `feature_importance_gain.json`. A model that is trained further goes on with its steps.
    * Only the first process of a launch logs. LightGBM says neither when a training ended nor when it raised: the run
      ends when the callback is let go, which is at once where it was made for one call, with the next training of the
      thread, in a `with` with the block, or with the program: `finished` if all iterations were made or it stopped
      early, else `failed`.
    """

    def __init__(
        self, run: ActiveRun | None = None, *, log_model: bool = False, **start: Unpack[StartArguments]
    ) -> None:
        self._training = Training("TracklayerCallback (LightGBM)", run, start)
        self.order = ORDER
        self.before_iteration = False
        self._keep_model = log_model
        _callbacks.add(self)
        self._first = first()
        self._model: Any = None

    def __call__(self, env: CallbackEnv) -> None:
        """An iteration has ended."""
        if not self._first:
            return
        if env.iteration == env.begin_iteration:
            _conclude_all()
            self._training.begin()
            self._training.log_params({**env.params, "num_boost_round": env.end_iteration - env.begin_iteration})
        self._model = env.model
        found: dict[str, float] = {}
        for data, metric, value, _, *deviation in env.evaluation_result_list or ():
            name = f"{data}-{metric}".replace("@", "_at_")
            if deviation:  # of lightgbm.cv
                found[f"{name}-mean"], found[f"{name}-stdv"] = value, deviation[0]
            else:
                found[name] = value
        self._training.log_metrics(found, env.iteration)
        if env.iteration + 1 == env.end_iteration:
            self._training.complete()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.conclude()
        self._model = None  # one that was left in the middle
        super().__exit__(kind, error, trace)

    def __del__(self) -> None:
        if not sys.is_finalizing():
            self.conclude()

    def conclude(self) -> None:
        """Log what came out of a training that has ended, and end its run; nothing while one is going on."""
        model = self._model
        if model is None:
            return
        if model.best_iteration > 0:  # set when it stopped early
            self._training.complete()
        if self._training.going:
            return
        self._model = None
        if model.best_iteration > 0:
            self._training.log_metrics({"best_iteration": model.best_iteration}, 0)
        if isinstance(model, Booster):
            self._log_model(model)
        self._training.end()

    def _log_model(self, model: Booster) -> None:
        with self._training.opened() as run:
            for kind in ("split", "gain"):
                scores = model.feature_importance(importance_type=kind).tolist()
                run.log_dict(dict(zip(model.feature_name(), scores, strict=True)), f"feature_importance_{kind}.json")
        if self._keep_model:
            self._training.log_file("model.txt", model.save_model)


_callbacks: WeakSet[TracklayerCallback] = WeakSet()


@atexit.register  # later than the hook of Training, so it comes before that
def _conclude_all() -> None:
    """Those whose training has ended, in whatever thread it was."""
    for callback in list(_callbacks):
        callback.conclude()
