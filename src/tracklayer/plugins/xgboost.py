"""A callback for XGBoost: `xgboost.train(..., callbacks=[TracklayerCallback(to="sagemaker://us-east-1")])`.

Or `XGBClassifier(callbacks=[...])`. Metrics and files are named as by MLflow's autologging of XGBoost:
https://mlflow.org/docs/latest/api_reference/python_api/mlflow.xgboost.html#mlflow.xgboost.autolog
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tracklayer.api import ActiveRun
from tracklayer.plugins.held import Held
from tracklayer.plugins.needed import needed
from tracklayer.plugins.training import StartArguments, Training

with needed(__name__, "pip install xgboost"):
    import numpy as np
    from xgboost import Booster, collective
    from xgboost.callback import TrainingCallback

if TYPE_CHECKING:
    from typing_extensions import Unpack

#: Parts of a booster's configuration that are no settings: what the model has become, and how it is debugged.
NO_SETTINGS = ("model_param", "hist_train_param")


class TracklayerCallback(Held, TrainingCallback):
    """Logs each iteration's metrics (`train-logloss`), and what the model is made with and has become.

    * `run`: an `ActiveRun`; or what `tracklayer.start_run` takes, for a run of its own. With neither, it is the current
      run, if there is one.
    * `params=` becomes the params; without, all settings of the booster do. A model that is trained further goes on
      with its steps.
    * `importance_types`: of the files `feature_importance_weight.json`. * `log_model`: the model becomes `model.ubj`.
    * Only rank 0 of XGBoost's collective logs. The run ends with the training. XGBoost does not say when a training
      raised: in `with TracklayerCallback(...) as callback:` the run ends `failed`, or `killed` by an interrupt, at
      once; else when the callback is let go, with the next training of the thread, or with the program.
    """

    def __init__(
        self,
        run: ActiveRun | None = None,
        *,
        importance_types: Sequence[str] = ("weight",),
        log_model: bool = False,
        **start: Unpack[StartArguments],
    ) -> None:
        super().__init__()
        self._training = Training("TracklayerCallback (XGBoost)", run, start)
        self._configured = start.get("params") is None
        self._importance_types = tuple(importance_types)
        self._log_model = log_model
        self._done = 0

    def before_training(self, model: Any) -> Any:
        """Start the run, and log the params."""
        if collective.get_rank() == 0:
            self._training.begin()
            self._done = model.num_boosted_rounds() if isinstance(model, Booster) else 0
            if self._configured and isinstance(model, Booster):
                self._training.log_params(dict(_settings(json.loads(model.save_config()))))
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Mapping[str, Sequence[Any]]]) -> bool:
        """Log an iteration's metrics; of `xgboost.cv`, `train-logloss-mean` and `train-logloss-std`."""
        del model
        if collective.get_rank() == 0:
            found: dict[str, float] = {}
            for data, metrics in evals_log.items():
                for metric, values in metrics.items():
                    name = f"{data}-{metric}".replace("@", "_at_")
                    if isinstance(values[-1], tuple):
                        found[f"{name}-mean"], found[f"{name}-std"] = values[-1]
                    else:
                        found[name] = values[-1]
            self._training.log_metrics(found, self._done + epoch)
        return False

    def after_training(self, model: Any) -> Any:
        """Log what came out, and end the run."""
        if collective.get_rank() == 0:
            if isinstance(model, Booster):
                self._log_result(model)
            self._training.end()
        return model

    def _log_result(self, model: Any) -> None:
        run = self._training.run()
        best = model.attr("best_iteration")
        if best is not None:  # it was to stop early
            last = model.num_boosted_rounds() - 1
            found = {
                "best_iteration": int(best),
                "best_score": float(model.attr("best_score")),
                "stopped_iteration": last,
            }
            self._training.log_metrics(found, 0)
        for kind in self._importance_types:
            run.log_dict(model.get_score(importance_type=kind), f"feature_importance_{kind}.json")
        if self._log_model:
            self._training.log_file("model.ubj", model.save_model)


def _settings(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The settings in a booster's configuration, by the names that users give them."""
    for key, value in config.items():
        if key.endswith(NO_SETTINGS):
            continue
        if key.endswith("_param"):
            yield from ((name, _number(text)) for name, text in value.items())
        elif isinstance(value, Mapping):
            yield from _settings(value)


def _number(text: str) -> Any:
    """A setting's value. XGBoost holds 0.3 as a 32-bit float and prints it as 0.300000012."""
    for read in (int, lambda said: float(str(np.float32(said)))):
        try:
            return read(text)
        except ValueError:  # noqa: PERF203 -- of two
            continue
    return text
