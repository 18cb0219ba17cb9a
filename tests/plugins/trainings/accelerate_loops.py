"""Loops of Accelerate's users, in each of the ways that a run can go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator, debug_launcher
from accelerate.tracking import register_tracker_class
from tests.plugins.trainings.raising import raised

import tracklayer as tl
from tracklayer.plugins.accelerate import TracklayerTracker

CONFIG = {"lr": 0.1, "epochs": 2, "optimizer": {"kind": "sgd"}}


def loop(accelerator: Any, *, fails: bool = False, first: int = 0) -> None:
    model = torch.nn.Linear(1, 1)
    model, optimizer = accelerator.prepare(model, torch.optim.SGD(model.parameters(), lr=0.1))
    x = torch.arange(8.0).reshape(8, 1) / 8
    for step in range(first, first + 2):
        loss = torch.nn.functional.mse_loss(model(x), 2 * x)
        accelerator.backward(loss)
        optimizer.step()
        accelerator.log({"loss": loss, "epoch": step, "text": "no number"}, step=step)
        if fails:
            raise ValueError


def train(folder: Path, place: str) -> None:
    debug_launcher(launched, (place,), num_processes=2)  # first: it forks

    register_tracker_class(TracklayerTracker)
    accelerator = Accelerator(log_with="tracklayer", cpu=True)
    accelerator.init_trackers("whole", CONFIG, {"tracklayer": {"to": place, "name": "first"}})
    loop(accelerator)
    tracker = accelerator.get_tracker("tracklayer")
    (folder / "note.txt").write_text("a note")
    tracker.log_artifact(folder / "note.txt", "notes")
    first = tracker.tracker.id
    accelerator.end_training()

    accelerator = Accelerator(log_with=TracklayerTracker(to=place, resume=first), cpu=True)
    accelerator.init_trackers("whole", {**CONFIG, "epochs": 4, "more": True})
    loop(accelerator, first=2)
    accelerator.end_training()

    accelerator = Accelerator(log_with=TracklayerTracker("broken", to=place), cpu=True)
    accelerator.init_trackers("broken")
    with raised(ValueError), accelerator.get_tracker("tracklayer"):
        loop(accelerator, fails=True)


def launched(place: str) -> None:
    """One process of two."""
    accelerator = Accelerator(log_with=TracklayerTracker("launched", to=place, name="all"), cpu=True)
    accelerator.init_trackers("launched", {"rank": accelerator.process_index, "of": accelerator.num_processes})
    loop(accelerator)
    assert (tl.current_run() is not None) == accelerator.is_main_process
    tracker = accelerator.get_tracker("tracklayer")
    tracker.log({"late": accelerator.process_index}, step=9)
    accelerator.wait_for_everyone()
    accelerator.end_training()
