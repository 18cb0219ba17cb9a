from __future__ import annotations

import pytest
from tests.plugins.trained import Trained

TRAINING = "keras_fits"


def test_a_fit_is_logged_at_each_epoch(logged: Trained) -> None:
    run = logged.run("whole", "epochs")
    assert run.status == "finished"
    assert run.params["optimizer_name"] == "sgd"
    assert run.params["optimizer_learning_rate"] == pytest.approx(0.1)
    assert logged.steps(run, "loss") == logged.steps(run, "val_loss") == [0, 1]
    assert dict(logged.points(run, "learning_rate")) == pytest.approx({0: 0.1, 1: 0.1})
    assert len(logged.points(run, "validation_loss")) == 1, "of model.evaluate, after the fit"
    assert logged.files(run) == {"model_summary.txt", "model.keras"}
    assert "Total params" in logged.text(run, "model_summary.txt")


def test_a_fit_is_logged_at_every_so_many_batches(logged: Trained) -> None:
    run = logged.run("whole", "steps")
    assert logged.steps(run, "loss") == [3], "of four batches, each third"
    assert logged.steps(run, "val_loss") == [2, 4], "of two epochs"


def test_a_run_goes_on(logged: Trained) -> None:
    assert logged.steps(logged.run("resumed"), "loss") == [0, 1, 2, 3]


def test_a_fit_that_raises_has_failed_and_one_that_is_interrupted_is_killed(logged: Trained) -> None:
    assert logged.statuses("broken") == {"ValueError": "failed", "KeyboardInterrupt": "killed", "let go": "failed"}


def test_a_place_that_is_down_ends_no_training(logged: Trained) -> None:
    assert logged.waiting > 4, "it is kept"


def test_other_processes_than_the_first_log_nothing(logged: Trained) -> None:
    assert logged.experiments() == {"whole", "resumed", "broken"}
