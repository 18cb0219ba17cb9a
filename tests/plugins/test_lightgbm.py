from __future__ import annotations

import json

from tests.plugins.trained import Trained

TRAINING = "lightgbm_trains"
IMPORTANCES = {"feature_importance_split.json", "feature_importance_gain.json"}


def test_a_training_is_logged_at_each_iteration(logged: Trained) -> None:
    run = logged.run("whole", "first")
    assert run.status == "finished"
    assert (run.params["max_depth"], run.params["learning_rate"], run.params["num_boost_round"]) == (2, 0.3, 2)
    assert logged.steps(run, "valid_0-binary_logloss") == [0, 1]
    assert logged.files(run) == {*IMPORTANCES, "model.txt"}
    assert set(json.loads(logged.text(run, "feature_importance_gain.json"))) >= {"Column_0"}


def test_a_training_that_stops_early_has_finished(logged: Trained) -> None:
    for run in (*map(logged.run, ["whole"] * 2, ["stopped", "stopped and kept"]), logged.run("exit")):
        assert run.status == "finished", run.name
        assert logged.points(run, "best_iteration") == [(0, 1)]
        assert logged.points(run, "stopped_iteration") == [(0, 2)]
        assert logged.steps(run, "valid_0-binary_logloss") == [0, 1], "of nine"
        assert logged.files(run) == IMPORTANCES


def test_a_cross_validation_has_means_and_deviations(logged: Trained) -> None:
    run = logged.run("whole", "folds")
    assert run.status == "finished"
    assert set(run.metrics) == {"valid-binary_logloss-mean", "valid-binary_logloss-stdv"}


def test_a_model_that_is_trained_further_goes_on_with_its_steps(logged: Trained) -> None:
    assert logged.steps(logged.run("resumed"), "valid_0-binary_logloss") == [0, 1, 2, 3]


def test_a_training_that_raises_has_failed_and_one_that_is_interrupted_is_killed(logged: Trained) -> None:
    assert logged.statuses("broken") == {"interrupted": "killed", "let go": "failed"}
    assert logged.files(logged.run("broken", "interrupted")) == set(), "there is no result"


def test_other_processes_than_the_first_log_nothing(logged: Trained) -> None:
    assert "ranks" not in logged.experiments()
