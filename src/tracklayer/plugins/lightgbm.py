"""A callback for LightGBM: `lightgbm.train(..., callbacks=[TracklayerCallback(to="sagemaker://us-east-1")])`.

Or `LGBMClassifier().fit(..., callbacks=[...])`. Metrics and files are named as by MLflow's autologging of LightGBM:
https://mlflow.org/docs/latest/api_reference/python_api/mlflow.lightgbm.html#mlflow.lightgbm.autolog
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tracklayer.api import ActiveRun
from tracklayer.plugins.held import Held
from tracklayer.plugins.needed import needed
from tracklayer.plugins.ranks import first
from tracklayer.plugins.training import StartArguments, Training

with needed(__name__, "pip install lightgbm"):
    from lightgbm import Booster
    from lightgbm.callback import CallbackEnv

if TYPE_CHECKING:
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
        self.order = ORDER
        self.before_iteration = False
        self._training: _Boosting = _Boosting("TracklayerCallback (LightGBM)", run, start)
        self._training.keep_model = log_model
        self._first = first()

    def __call__(self, env: CallbackEnv) -> None:
        """An iteration has ended."""
        if not self._first:
            return
        if env.iteration == env.begin_iteration:
            self._training.begin()
            self._training.log_params({**env.params, "num_boost_round": env.end_iteration - env.begin_iteration})
        self._training.model, self._training.made = env.model, env.iteration + 1
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


class _Boosting(Training):
    """A training that says of its end only what its model shows.

    * `model`: None before, and when it is settled. * `made`: iterations, those of the model it goes on with included.
    """

    model: Any = None
    made = 0
    keep_model = False

    def settle(self) -> None:
        model = self.model
        if model is None:
            return
        if model.best_iteration > 0:  # set when it stopped early
            self.complete()
        if self.going:
            return
        self.model = None
        if model.best_iteration > 0:
            self.log_metrics({"best_iteration": model.best_iteration, "stopped_iteration": self.made}, 0)
        if isinstance(model, Booster):
            self._log_result(model)
        self.end()

    def end(self, status: str = "finished") -> None:
        self.model = None  # of one that was left in the middle
        super().end(status)

    def fresh(self) -> Training:
        other = super().fresh()
        vars(other).pop("model", None)
        return other

    def _log_result(self, model: Booster) -> None:
        with self.opened() as run:
            for kind in ("split", "gain"):
                scores = model.feature_importance(importance_type=kind).tolist()
                run.log_dict(dict(zip(model.feature_name(), scores, strict=True)), f"feature_importance_{kind}.json")
        if self.keep_model:
            self.log_file("model.txt", model.save_model)
