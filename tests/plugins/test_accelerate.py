from __future__ import annotations

from tests.plugins.trained import Trained

TRAINING = "accelerate_loops"


def test_a_registered_tracker_logs_and_goes_on(logged: Trained) -> None:
    run = logged.run("whole")
    assert (run.name, run.status) == ("first", "finished")
    assert run.params == {"lr": 0.1, "epochs": 2, "optimizer": "{'kind': 'sgd'}", "more": True}, "a param stays"
    assert logged.points(run, "epoch") == [(0, 0), (1, 1), (2, 2), (3, 3)]
    assert logged.steps(run, "loss") == [0, 1, 2, 3]
    assert set(run.metrics) == {"epoch", "loss"}, "a text is no metric"
    assert logged.files(run) == {"notes/note.txt"}


def test_a_loop_that_raises_has_failed(logged: Trained) -> None:
    run = logged.run("broken")
    assert run.status == "failed"
    assert logged.steps(run, "loss") == [0]


def test_of_two_processes_the_first_logs(logged: Trained) -> None:
    run = logged.run("launched")
    assert (run.name, run.status) == ("all", "finished")
    assert run.params == {"rank": 0, "of": 2}
    assert set(run.metrics) == {"epoch", "loss", "late"}
    assert logged.steps(run, "loss") == [0, 1]
    assert logged.points(run, "late") == [(9, 0)]
