"""Transformers' Trainer trains a model of a few weights, in each of the ways that a run can go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tests.plugins.trainings.down import DOWN, note
from tests.plugins.trainings.raising import raised
from transformers import PretrainedConfig, PreTrainedModel, Trainer, TrainerCallback, TrainingArguments, integrations
from transformers.trainer_utils import HPSearchBackend

import tracklayer as tl
from tracklayer.plugins.transformers import TracklayerCallback


class LineConfig(PretrainedConfig):
    model_type = "line"

    def __init__(self, width: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.width = width


class Line(PreTrainedModel):
    config_class = LineConfig

    def __init__(self, config: LineConfig) -> None:
        super().__init__(config)
        self.layer = torch.nn.Linear(config.width, 1)
        self.post_init()

    def forward(self, x: Any, labels: Any = None) -> dict[str, Any]:
        found = self.layer(x)
        return {"loss": torch.nn.functional.mse_loss(found, labels), "logits": found}


class Trial:
    """What Transformers asks a trial of Optuna's for."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.params = {"learning_rate": (1 + number) / 10}


class Adapter:
    """What PEFT puts beside a model's own configuration."""

    def to_dict(self) -> dict[str, int]:
        return {"r": 8}


class Raises(TrainerCallback):
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def on_epoch_end(self, *_: Any, **__: Any) -> None:
        raise self.error


def trainer(folder: Path, *callbacks: Any, epochs: int = 2, **more: Any) -> Any:
    data = [{"x": torch.tensor([n / 8]), "labels": torch.tensor([n / 4])} for n in range(8)]
    arguments = TrainingArguments(
        output_dir=str(folder / "transformers"),
        num_train_epochs=epochs,
        per_device_train_batch_size=4,
        logging_steps=1,
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
        **{"save_strategy": "no", **more},
    )
    model = Line(LineConfig(id2label={0: "a"}))
    return Trainer(model=model, args=arguments, train_dataset=data, eval_dataset=data, callbacks=list(callbacks))


def train(folder: Path, place: str) -> None:
    callback = TracklayerCallback(to=place, experiment="whole", log_artifacts=True)
    whole = trainer(folder, callback, run_name="first", save_strategy="epoch")
    whole.train()
    whole.evaluate()
    assert tl.current_run() is None

    callback = TracklayerCallback(to=place, experiment="search", log_artifacts=True)
    search = trainer(folder, callback, epochs=1, save_strategy="epoch")
    search.model_init = lambda: Line(LineConfig())
    search.hp_search_backend = HPSearchBackend.OPTUNA  # as hyperparameter_search does, without Optuna
    search.hp_space = integrations.hp_params = lambda trial: trial.params
    search.hp_name = lambda trial: f"trial-{trial.number}"
    for number in range(2):
        search.train(trial=Trial(number))

    evaluated = TracklayerCallback(to=place, experiment="evaluated")
    only = trainer(folder, evaluated, run_name="only")
    only.model.peft_config = {"default": Adapter()}
    only.evaluate()
    del evaluated, only

    callback = TracklayerCallback(**DOWN, log_artifacts=True)
    down = trainer(folder, callback, epochs=1, save_strategy="epoch")
    down.train()
    note(folder, callback.run)

    with TracklayerCallback(to=place, experiment="resumed", flatten_params=True) as callback:
        trainer(folder, callback, epochs=1).train()
        run = tl.current_run()
        assert run is not None
    again = trainer(folder, TracklayerCallback(resume=run.url), epochs=2)
    again.train(resume_from_checkpoint=str(folder / "transformers" / "checkpoint-2"))

    with raised(KeyboardInterrupt), TracklayerCallback(to=place, experiment="broken", name="interrupted") as callback:
        trainer(folder, callback, Raises(KeyboardInterrupt())).train()
    left = trainer(folder, TracklayerCallback(to=place, experiment="broken", name="left"), Raises(ValueError()))
    with raised(ValueError):
        left.train()
    trainer(folder, TracklayerCallback(to=place, experiment="broken", name="next"), epochs=1).train()
    del left

    with tl.start_run("around", to=place) as run:
        trainer(folder, TracklayerCallback(), epochs=1).train()
        assert run.active
