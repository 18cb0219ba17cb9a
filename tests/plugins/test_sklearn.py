from __future__ import annotations

from tests.plugins.trained import Trained

TRAINING = "sklearn_fits"


def test_a_fit_is_logged_at_each_iteration(logged: Trained) -> None:
    run = logged.run("whole", "iterations")
    assert run.status == "finished", "though it was made while an error was handled"
    assert (run.params["C"], run.params["max_iter"], run.params["solver"]) == (1.0, 3, "lbfgs")
    assert run.tags["estimator_name"] == "LogisticRegression"
    assert logged.steps(run, "neg_log_loss") == [0, 1, 2]
    assert logged.steps(run, "training_score") == [0]


def test_a_pipeline_has_the_params_of_its_steps(logged: Trained) -> None:
    run = logged.run("whole", "pipeline")
    assert (run.status, run.params["logisticregression__C"]) == ("finished", 0.5)


def test_a_search_has_a_run_for_each_of_its_best_candidates(logged: Trained) -> None:
    run = logged.run("search", "grid")
    assert run.status == "finished"
    assert run.params["best_C"] in {0.01, 1.0, 10.0}
    children = [child for child in logged.client.runs("search") if child.parent == run.ref]
    assert len(children) == 2, "of three"
    best = logged.points(run, "best_cv_score")
    assert any(logged.points(child, "mean_test_score") == best for child in children)
    assert {child.params["C"] for child in children} >= {run.params["best_C"]}
    assert logged.files(run) == {"cv_results.csv"}
    table = logged.text(run, "cv_results.csv")
    assert len(table.splitlines()) == 4


def test_of_several_scores_the_one_that_decides_ranks_the_candidates(logged: Trained) -> None:
    for name, best in (("decided", 0.01), ("undecided", 1.0)):
        run = logged.run("search", name)
        assert (run.status, set(run.metrics)) == (
            "finished",
            {"best_cv_score", "training_score"} if name == "decided" else set(),
        )
        assert [child.params["C"] for child in logged.client.runs("search") if child.parent == run.ref] == [best]


def test_fits_of_one_callback_in_threads_have_a_run_each(logged: Trained) -> None:
    runs = list(logged.client.runs("threads"))
    assert [run.status for run in runs] == ["finished"] * 2
    assert {run.params["C"] for run in runs} == {1.0, 1.01}
    assert all(logged.steps(run, "turn") == [0, 1, 2] for run in runs)


def test_a_run_goes_on(logged: Trained) -> None:
    run = logged.run("resumed")
    assert (run.status, run.params["C"]) == ("finished", 1.0)
    assert len(logged.points(run, "training_score")) == 2


def test_a_fit_that_raises_has_failed_and_one_that_is_interrupted_is_killed(logged: Trained) -> None:
    assert logged.statuses("broken") == {"ValueError": "failed", "KeyboardInterrupt": "killed"}
