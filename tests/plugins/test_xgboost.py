from __future__ import annotations

import json

from tests.plugins.trained import Trained

TRAINING = "xgboost_trains"


def test_a_training_is_logged_at_each_iteration(logged: Trained) -> None:
    run = logged.run("whole", "first")
    assert run.status == "finished"
    wanted = {"max_depth": 2, "eta": 0.3, "objective": "binary:logistic", "booster": "gbtree", "subsample": 1}
    assert {key: run.params[key] for key in wanted} == wanted, "0.3 is no 0.300000012"
    assert logged.steps(run, "train-logloss") == logged.steps(run, "train-error_at_0.4") == [0, 1]
    assert logged.points(run, "stopped_iteration") == [(0, 1)]
    assert logged.points(run, "best_score") == [(0, run.metrics["train-error_at_0.4"].last)]
    assert logged.files(run) == {"feature_importance_weight.json", "model.ubj"}
    assert json.loads(logged.text(run, "feature_importance_weight.json"))


def test_params_that_are_handed_over_are_the_params(logged: Trained) -> None:
    metrics = "['logloss', 'error@0.4']"
    params = {"max_depth": 2, "eta": 0.3, "objective": "binary:logistic", "eval_metric": metrics}
    assert logged.run("whole", "mine").params == params


def test_a_cross_validation_has_means_and_deviations(logged: Trained) -> None:
    run = logged.run("whole", "folds")
    assert run.status == "finished"
    assert logged.steps(run, "test-logloss-mean") == logged.steps(run, "test-logloss-std") == [0, 1]


def test_an_estimator_has_a_run_for_each_fit(logged: Trained) -> None:
    runs = list(logged.client.runs("estimator"))
    assert [run.status for run in runs] == ["finished"] * 2
    assert all(logged.steps(run, "validation_0-logloss") == [0, 1] for run in runs)


def test_each_copy_of_an_estimator_has_a_run_of_its_own(logged: Trained) -> None:
    assert [run.status for run in logged.client.runs("copied")] == ["finished"] * 2


def test_a_place_that_is_down_ends_no_training(logged: Trained) -> None:
    assert logged.waiting > 4, "it is kept"


def test_a_model_that_is_trained_further_goes_on_with_its_steps(logged: Trained) -> None:
    assert logged.steps(logged.run("resumed"), "train-logloss") == [0, 1, 2, 3]


def test_a_training_that_raises_has_failed_and_one_that_is_interrupted_is_killed(logged: Trained) -> None:
    assert logged.statuses("broken") == {"interrupted": "killed", "let go": "failed"}
