from __future__ import annotations

from tests.plugins.trained import Trained

TRAINING = "lightning_fits"


def test_a_fit_and_what_is_tested_afterwards_are_one_run(logged: Trained) -> None:
    run = logged.run("whole", "first")
    assert run.status == "finished"
    assert run.params == {"lr": 0.1, "optimizer/kind": "sgd", "optimizer/betas": "[1, 2]"}
    assert logged.steps(run, "p-train_loss") == [0, 1, 2, 3]
    assert logged.points(run, "p-epoch") == [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2)]
    assert logged.steps(run, "p-test_loss") == [4]


def test_checkpoints_are_artifacts_as_lightnings_mlflow_logger_has_them(logged: Trained) -> None:
    run = logged.run("whole", "first")
    beside = {"metadata.yaml", "aliases.txt"}
    names = {f"epoch={n}/{name}" for n in (0, 1) for name in (f"epoch={n}.ckpt", *beside)}
    assert logged.files(run) == names
    told = logged.text(run, "epoch=1/metadata.yaml")
    assert "original_filename: epoch=1.ckpt" in told
    assert "monitor: train_loss" in told
    folder = (logged.folder / "checkpoints.txt").read_text()
    assert folder == f"whole/{run.token}/checkpoints", "where Lightning keeps them is named after the run"


def test_each_callbacks_checkpoints_are_artifacts_at_the_end_and_all_fits_of_a_logger_are_one_run(
    logged: Trained,
) -> None:
    run = logged.run("kept")
    assert run.status == "finished"
    assert {path.split("/")[0] for path in logged.files(run)} == {"a-epoch=0", "b-epoch=0"}
    assert logged.steps(run, "train_loss") == [0, 0, 1, 1]


def test_a_logger_that_is_sent_to_other_processes_logs_to_one_run_there_and_here(logged: Trained) -> None:
    sent, copied = sorted(logged.client.runs("sent"), key=lambda run: len(run.metrics), reverse=True)
    assert (logged.steps(sent, "train_loss"), len(logged.points(sent, "test_loss"))) == ([0, 1], 1)
    assert set(copied.metrics) == {"train_loss", "epoch"}
    assert sent.status == copied.status == "finished"


def test_a_fit_that_raises_has_failed_and_one_that_is_interrupted_is_killed(logged: Trained) -> None:
    assert logged.statuses("broken") == {"ValueError": "failed", "KeyboardInterrupt": "killed"}


def test_a_run_goes_on(logged: Trained) -> None:
    run = logged.run("resumed")
    assert (run.name, run.status) == ("first", "finished")
    assert logged.steps(run, "train_loss") == [0, 0, 1, 1, 2, 3], "two steps of the first fit, four of the second"


def test_a_logger_that_is_told_nothing_takes_the_current_run(logged: Trained) -> None:
    run = logged.run("around")
    assert run.params["lr"] == 0.1
    assert logged.steps(run, "train_loss") == [0, 1]


def test_other_ranks_than_the_first_log_nothing(logged: Trained) -> None:
    assert "ranks" not in logged.experiments()
