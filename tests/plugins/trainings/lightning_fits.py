"""Lightning's Trainer fits a tiny model, in each of the ways that a run can go."""

from __future__ import annotations

import copy
import os
import pickle
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning_utilities.core.rank_zero import rank_zero_only
from tests.plugins.trainings.raising import raised
from torch.utils.data import DataLoader, TensorDataset

import tracklayer as tl
from tracklayer.plugins.lightning import TracklayerLogger


class Line(LightningModule):
    def __init__(
        self,
        lr: float = 0.1,  # noqa: ARG002 -- Lightning finds it by looking into the frame
        error: BaseException | None = None,
        optimizer: Any = None,  # noqa: ARG002 -- likewise
    ) -> None:
        super().__init__()
        self.save_hyperparameters(ignore=["error"])
        self.error = error
        self.layer = torch.nn.Linear(1, 1)

    def training_step(self, batch: Any) -> Any:
        if self.error is not None and self.current_epoch == 1:
            raise self.error
        loss = torch.nn.functional.mse_loss(self.layer(batch[0]), batch[1])
        self.log("train_loss", loss, on_step=True, on_epoch=False)
        return loss

    def test_step(self, batch: Any) -> None:
        self.log("test_loss", torch.nn.functional.mse_loss(self.layer(batch[0]), batch[1]))

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


def data() -> Any:
    x = torch.arange(8.0).reshape(8, 1) / 8
    return DataLoader(TensorDataset(x, 2 * x), batch_size=4)


def fit(folder: Path, logger: TracklayerLogger, model: Line, *, epochs: int = 2, **more: Any) -> Trainer:
    trainer = Trainer(
        logger=logger,
        max_epochs=epochs,
        log_every_n_steps=1,
        accelerator="cpu",
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder,
        **{"enable_checkpointing": False, **more},
    )
    trainer.fit(model, data())
    return trainer


def train(folder: Path, place: str) -> None:
    logger = TracklayerLogger(to=place, experiment="whole", name="first", log_model="all", prefix="p")
    trainer = fit(
        folder,
        logger,
        Line(optimizer={"kind": "sgd", "betas": [1, 2]}),
        callbacks=[ModelCheckpoint(save_top_k=1, monitor="train_loss", filename="{epoch}")],
        enable_checkpointing=True,
    )
    trainer.test(trainer.model, data(), verbose=False)
    Path(folder, "checkpoints.txt").write_text(os.path.relpath(trainer.checkpoint_callback.dirpath, folder))

    for error in (ValueError, KeyboardInterrupt):  # which Lightning turns into the end of the program
        with raised(error, SystemExit):
            fit(folder, TracklayerLogger(to=place, experiment="broken", name=error.__name__), Line(error=error()))

    monitored = {"a": "train_loss", "b": None}
    kept = [ModelCheckpoint(folder / name, name + "-{epoch}", monitor) for name, monitor in monitored.items()]
    logger = TracklayerLogger(to=place, experiment="kept", log_model=True)
    fit(folder, logger, Line(), epochs=1, callbacks=kept, enable_checkpointing=True)
    fit(folder, logger, Line(), epochs=1, callbacks=kept, enable_checkpointing=True)

    sent = TracklayerLogger(to=place, experiment="sent")
    fit(folder, pickle.loads(pickle.dumps(sent)), Line(), epochs=1)  # noqa: S301 -- as ddp_spawn does, in a process
    fit(folder, copy.deepcopy(sent), Line(), epochs=1)
    Trainer(logger=sent, accelerator="cpu", enable_progress_bar=False).test(Line(), data(), verbose=False)

    first = TracklayerLogger(to=place, experiment="resumed", name="first")
    fit(folder, first, Line(), epochs=1)
    again = TracklayerLogger(to=place, resume=first.experiment.id)
    fit(folder, again, Line(), epochs=2)

    with tl.start_run("around", to=place) as run:
        fit(folder, TracklayerLogger(), Line(), epochs=1)
        assert run.active

    rank_zero_only.rank = 1
    silent = TracklayerLogger(to=place, experiment="ranks")
    fit(folder, silent, Line(), epochs=1)
    silent.experiment.log_text("nothing", "nothing.txt")
    rank_zero_only.rank = 0
