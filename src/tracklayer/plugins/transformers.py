"""A callback for Transformers' `Trainer`: `Trainer(..., callbacks=[TracklayerCallback(to="sagemaker://us-east-1")])`.

Params and metrics are named as by Transformers' own `MLflowCallback`:
https://huggingface.co/docs/transformers/main_classes/callback#transformers.integrations.MLflowCallback
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracklayer.api import ActiveRun
from tracklayer.plugins.held import Held
from tracklayer.plugins.needed import needed
from tracklayer.plugins.training import StartArguments, Training

with needed(__name__, "pip install transformers torch accelerate"):
    from transformers import TrainerCallback
    from transformers.utils.generic import flatten_dict

if TYPE_CHECKING:
    from typing_extensions import Unpack


class TracklayerCallback(Held, TrainerCallback):
    """Logs what Transformers logs, at `global_step`; the model's configuration and the training arguments are params.

    * `run`: an `ActiveRun`; or what `tracklayer.start_run` takes, for a run of its own: its name is
      `TrainingArguments.run_name` (or the trial's, in a search) if nothing else is said. With neither, it is the
      current run, if there is one.
    * `log_artifacts`: each checkpoint becomes a folder of files, `checkpoint-500`. * `flatten_params`: nested params
      become `a.b`, instead of text.
    * Only the world's first process logs. The run ends with `train`; what is logged afterwards (`evaluate`, `predict`)
      goes to the same run.
    * Transformers does not say when a training raised. In `with TracklayerCallback(...) as callback:` the run ends
      `failed`, or `killed` by an interrupt, at once; else with the next training of the thread, or with the program.
    """

    def __init__(
        self,
        run: ActiveRun | None = None,
        *,
        log_artifacts: bool = False,
        flatten_params: bool = False,
        **start: Unpack[StartArguments],
    ) -> None:
        self._training = Training("TracklayerCallback (Transformers)", run, start)
        self._log_artifacts = log_artifacts
        self._flatten = flatten_params

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any) -> None:
        """Start the run, and log the params."""
        del control, kwargs
        if not state.is_world_process_zero:
            return
        self._name(args, state)
        self._training.begin()
        self._describe(args, model)

    def on_log(
        self, args: Any, state: Any, control: Any, logs: Mapping[str, Any], model: Any = None, **kwargs: Any
    ) -> None:
        """Log metrics."""
        del control, kwargs
        self._log(args, state, model, logs)

    def on_predict(
        self, args: Any, state: Any, control: Any, metrics: Mapping[str, Any], model: Any = None, **kwargs: Any
    ) -> None:
        """Log the metrics of a prediction, which Transformers gives to nobody else."""
        del control, kwargs
        self._log(args, state, model, metrics)

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Log a checkpoint."""
        del control, kwargs
        if state.is_world_process_zero and self._log_artifacts:
            name = f"checkpoint-{state.global_step}"
            with self._training.opened() as run:
                run.log_artifacts(_checkpoint(Path(args.output_dir), name, state), name)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """End the run."""
        del args, control, kwargs
        if state.is_world_process_zero:
            self._training.end()

    def _name(self, args: Any, state: Any) -> None:
        self._training.defaults["name"] = state.trial_name or args.run_name

    def _describe(self, args: Any, model: Any) -> None:
        """Log what the model is made of, and how it is trained."""
        config = getattr(model, "config", None)
        settings = {} if config is None else config if isinstance(config, Mapping) else config.to_dict()
        adapters = {name: adapter.to_dict() for name, adapter in (getattr(model, "peft_config", None) or {}).items()}
        params = {**settings, **({"peft_config": adapters} if adapters else {}), **args.to_dict()}
        self._training.log_params(flatten_dict(params) if self._flatten else params)

    def _log(self, args: Any, state: Any, model: Any, metrics: Mapping[str, Any]) -> None:
        if not state.is_world_process_zero:
            return
        if self._training.last is None:  # a model that is evaluated only
            self._name(args, state)
            self._describe(args, model)
        self._training.log_metrics(metrics, state.global_step)


def _checkpoint(output: Path, name: str, state: Any) -> Path:
    """The folder of a checkpoint that was just saved. In a search, it lies in that of its trial."""
    if not state.is_hyper_param_search:
        return output / name
    return max(output.glob(f"*/{name}"), key=lambda path: path.stat().st_mtime)
