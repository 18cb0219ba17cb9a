"""A logger for Lightning's `Trainer`: `Trainer(logger=TracklayerLogger(to="sagemaker://us-east-1"))`.

Works with `lightning` and with `pytorch_lightning`. Params, metrics, checkpoints and their folders are named as
Lightning's own `MLFlowLogger` names them: https://lightning.ai/docs/pytorch/stable/api/lightning.pytorch.loggers.mlflow.html
"""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tracklayer.api import ActiveRun
from tracklayer.api.current import status_after
from tracklayer.plugins.needed import needed
from tracklayer.plugins.nested import flat
from tracklayer.plugins.training import StartArguments, Training

with needed(__name__, "pip install lightning"):
    # The one that the program trains with, or the only one there.
    if "pytorch_lightning" in sys.modules or (find_spec("pytorch_lightning") and not find_spec("lightning")):
        from pytorch_lightning.loggers.logger import Logger, rank_zero_experiment
        from pytorch_lightning.loggers.utilities import _scan_checkpoints
    else:
        from lightning.pytorch.loggers.logger import Logger, rank_zero_experiment
        from lightning.pytorch.loggers.utilities import _scan_checkpoints
    from lightning_utilities.core.rank_zero import rank_zero_only

if TYPE_CHECKING:
    from typing_extensions import Unpack

#: The experiment of Lightning's own loggers.
EXPERIMENT = "lightning_logs"
#: What is noted of the callback that wrote a checkpoint.
NOTED = (
    "monitor",
    "mode",
    "save_last",
    "save_top_k",
    "save_weights_only",
    "_every_n_train_steps",
    "_every_n_val_epochs",
)


class TracklayerLogger(Logger):
    """Logs what Lightning logs.

    * `run`: an `ActiveRun`; or what `tracklayer.start_run` takes, for a run of its own: `experiment` is
      `lightning_logs` if nothing else is said. With neither, it is the current run, if there is one.
    * `log_model`: checkpoints of `ModelCheckpoint` become artifacts: True: at the end, and while training where
      `save_top_k` is -1; `"all"`: while training. * `prefix`: of metrics, with a `-` behind it.
    * `save_dir`: where Lightning keeps checkpoints, and its CLI the configuration; None: the trainer's
      `default_root_dir`, without the CLI's.
    * Only rank 0 logs. A fit that raises ends the run `failed`, Ctrl+C `killed`. What is logged afterwards
      (`trainer.test`) goes to the same run.
    """

    LOGGER_JOIN_CHAR = "-"

    def __init__(
        self,
        run: ActiveRun | None = None,
        *,
        log_model: Literal[True, False, "all"] = False,
        prefix: str = "",
        save_dir: str | os.PathLike[str] | None = ".",
        **start: Unpack[StartArguments],
    ) -> None:
        super().__init__()
        self._training = Training("TracklayerLogger", run, start, experiment=EXPERIMENT)
        self._training.shared = rank_zero_only.rank == 0  # with the processes of `ddp_spawn`
        self._log_model = log_model
        self._prefix = prefix
        self._save_dir = save_dir
        self._experiment = start.get("experiment") or EXPERIMENT
        self._checkpoints: list[Any] = []
        self._logged: dict[str, float] = {}

    @property
    @rank_zero_experiment
    def experiment(self) -> ActiveRun:
        """The run itself; on other ranks than 0, something that takes every call and does nothing."""
        return self._training.run()

    @property
    def name(self) -> str:
        """The experiment's name, for the folder of checkpoints. Asks nobody."""
        return self._experiment

    @property
    def version(self) -> str | None:
        """The run's token, for the folder of checkpoints. Asks nobody; None on other ranks than 0."""
        return str(self.experiment.delivery.start.token) if rank_zero_only.rank == 0 else None

    @property
    def save_dir(self) -> str | None:
        """Where checkpoints lie."""
        return None if self._save_dir is None else os.fspath(self._save_dir)

    @rank_zero_only
    def log_hyperparams(self, params: Mapping[str, Any] | Namespace | None) -> None:
        """Log hyperparameters, nested ones as `optimizer/lr`."""
        self._training.log_params(flat(vars(params) if isinstance(params, Namespace) else params or {}))

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log metrics at a step."""
        prefix = f"{self._prefix}{self.LOGGER_JOIN_CHAR}" if self._prefix else ""
        self._training.log_metrics({prefix + key: value for key, value in metrics.items()}, step)

    def after_save_checkpoint(self, checkpoint_callback: Any) -> None:
        """Log a checkpoint now, or remember to do so at the end."""
        if self._log_model == "all" or (self._log_model is True and checkpoint_callback.save_top_k == -1):
            self._log_checkpoints(checkpoint_callback)
        elif self._log_model is True and checkpoint_callback not in self._checkpoints:
            self._checkpoints.append(checkpoint_callback)

    @rank_zero_only
    def finalize(self, status: str = "success") -> None:
        """End the run: Lightning calls this within the handler of what ended the training."""
        if self._training.last is None:
            return
        for callback in self._checkpoints:
            self._log_checkpoints(callback)
        error = sys.exc_info()[1]
        self._training.end(("failed" if error is None else status_after(error)) if status == "failed" else "finished")

    @rank_zero_only
    def _log_checkpoints(self, callback: Any) -> None:
        """Each new checkpoint, in a folder of its name, with what MLFlowLogger writes beside it."""
        for saved, path, score, _ in _scan_checkpoints(callback, self._logged):
            folder = Path(path).stem
            about = {
                "score": score.item() if hasattr(score, "item") else score,
                "original_filename": Path(path).name,
                "Checkpoint": {key: getattr(callback, key) for key in NOTED if hasattr(callback, key)},
            }
            aliases = ["latest", "best"] if path == callback.best_model_path else ["latest"]
            with self._training.opened() as run:
                run.log_artifact(path, folder)
                run.log_dict(about, f"{folder}/metadata.yaml")
                run.log_text(str(aliases), f"{folder}/aliases.txt")
            self._logged[path] = saved
