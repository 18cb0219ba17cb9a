"""A callback for Keras: `model.fit(..., callbacks=[TracklayerCallback(to="sagemaker://us-east-1")])`.

Params, metrics and files are named as by MLflow's callback for Keras:
https://mlflow.org/docs/latest/api_reference/python_api/mlflow.keras.html#mlflow.keras.MlflowCallback
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tracklayer.api import ActiveRun
from tracklayer.errors import InvalidInput
from tracklayer.plugins.held import Held
from tracklayer.plugins.needed import needed
from tracklayer.plugins.ranks import first
from tracklayer.plugins.training import StartArguments, Training

with needed(__name__, "pip install keras"):
    from keras.callbacks import Callback
    from keras.ops import convert_to_numpy

if TYPE_CHECKING:
    from typing_extensions import Unpack


class TracklayerCallback(Held, Callback):
    """Logs what Keras logs, and the learning rate: at each epoch, with the epoch as step; or at every so many batches.

    * `run`: an `ActiveRun`; or what `tracklayer.start_run` takes, for a run of its own. With neither, it is the current
      run, if there is one.
    * `log_every_epoch=False, log_every_n_steps=100`: at each hundredth batch instead; steps are the optimizer's
      iterations. * `log_model`: the trained model becomes the artifact `model.keras`.
    * The optimizer's settings become params (`optimizer_learning_rate`), the summary of the model a file.
      `model.evaluate` logs `validation_loss` and its like, to the same run if it comes later.
    * Only the first process of a launch logs. The run ends with `fit`. Keras does not say when a training raised: in
      `with TracklayerCallback(...) as callback:` the run ends `failed`, or `killed` by an interrupt, at once; else when
      the callback is let go, with the next training of the thread, or with the program.
    """

    def __init__(
        self,
        run: ActiveRun | None = None,
        *,
        log_every_epoch: bool = True,
        log_every_n_steps: int | None = None,
        log_model: bool = False,
        **start: Unpack[StartArguments],
    ) -> None:
        super().__init__()
        if log_every_epoch == (log_every_n_steps is not None):
            message = "TracklayerCallback: give log_every_epoch=True, or log_every_epoch=False with log_every_n_steps"
            raise InvalidInput(message)
        self._training = Training("TracklayerCallback (Keras)", run, start)
        self._every = log_every_n_steps
        self._log_model = log_model
        self._first = first()
        self._fitting = False
        self._done = self._before = 0

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Start the run; log the optimizer's settings and the summary of the model."""
        del logs
        if not self._first:
            return
        self._training.begin()
        self._fitting = True
        optimizer = getattr(self.model, "optimizer", None)
        self._done = self._before = 0 if optimizer is None else int(optimizer.iterations)
        if optimizer is not None:
            self._training.log_params({f"optimizer_{key}": value for key, value in optimizer.get_config().items()})
        lines: list[str] = []
        self.model.summary(print_fn=lambda line, *_, **__: lines.append(line))
        self._training.run().log_text("\n".join(lines), "model_summary.txt")

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Count on from the epochs before."""
        del epoch, logs
        self._before = self._done

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Log the metrics of an epoch, and the learning rate; those of the validation where the others are batches'."""
        if not self._first:
            return
        found = dict(logs or {})
        if self._every is not None:
            validated = {key: value for key, value in found.items() if key.startswith("val_")}
            self._training.log_metrics(validated, self._done)
            return
        rate = getattr(getattr(self.model, "optimizer", None), "learning_rate", None)
        rates = {} if rate is None else {"learning_rate": convert_to_numpy(rate)}
        self._training.log_metrics({**rates, **found}, epoch)

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Log the metrics of a batch, if its turn has come."""
        before, self._done = self._done, self._before + batch + 1  # several at once with steps_per_execution
        if self._first and self._every is not None and self._done // self._every > before // self._every:
            self._training.log_metrics(logs or {}, self._done)

    def on_test_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Log the metrics of `model.evaluate`. Those of a validation within `fit` are its epoch's."""
        if self._first and not self._fitting:
            self._training.log_metrics({f"validation_{key}": value for key, value in (logs or {}).items()}, 0)

    def on_train_end(self, logs: Mapping[str, Any] | None = None) -> None:
        """Log the model if that was asked for, and end the run."""
        del logs
        if not self._first:
            return
        self._fitting = False
        if self._log_model:
            self._training.log_file("model.keras", self.model.save)
        self._training.end()
