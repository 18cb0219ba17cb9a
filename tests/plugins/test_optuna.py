from __future__ import annotations

from tests.plugins.trained import Trained

import tracklayer as tl

TRAINING = "optuna_studies"


def trials(logged: Trained, experiment: str, study: tl.Run) -> dict[str | None, tl.Run]:
    """The runs within that of a study."""
    return {run.name: run for run in logged.client.runs(experiment) if run.parent == study.ref}


def test_a_study_is_a_run_with_a_run_for_each_trial_and_goes_on(logged: Trained) -> None:
    study = logged.run("whole", "whole")
    assert study.status == "finished"
    assert logged.steps(study, "best_value") == [0, 1, 2, 3], "of two sittings"
    found = trials(logged, "whole", study)
    assert {name: run.status for name, run in found.items()} == {
        "0": "finished",
        "1": "killed",
        "2": "failed",
        "3": "finished",
    }


def test_a_trial_is_logged_as_optunas_mlflow_callback_logs_it(logged: Trained) -> None:
    found = trials(logged, "whole", logged.run("whole", "whole"))
    run = found["0"]
    x = run.params["x"]
    assert isinstance(x, float)
    assert logged.points(run, "value") == [(0, x * x)]
    assert logged.points(run, "intermediate_value") == [(0, x * x), (1, x * x + 1)]
    wanted = {"number": "0", "state": "COMPLETE", "direction": "MINIMIZE", "kind": "square"}
    assert {key: run.tags[key] for key in wanted} == wanted
    assert run.tags["x_distribution"].startswith("FloatDistribution(")
    assert set(run.tags) == {*wanted, "datetime_start", "datetime_complete", "x_distribution"}
    assert [found[name].tags["state"] for name in "123"] == ["PRUNED", "FAIL", "COMPLETE"]


def test_a_tracked_objective_logs_to_its_trials_run_in_threads_too(logged: Trained) -> None:
    study = logged.run("tracked", "pareto")
    assert study.status == "finished"
    found = trials(logged, "tracked", study)
    for name in ("0", "1"):
        run = found[name]
        assert logged.points(run, "inside") == [(3, int(name))]
        n = run.params["n"]
        assert isinstance(n, int)
        assert (logged.points(run, "loss"), logged.points(run, "score")) == ([(0, n)], [(0, -n)])


def test_all_processes_of_a_study_log_to_its_run(logged: Trained) -> None:
    study = logged.run("shared", "shared")
    assert study.status == "finished"
    assert set(trials(logged, "shared", study)) == {"0", "1", "2", "3"}
    assert sorted(logged.steps(study, "best_value")) == [0, 1, 2, 3]


def test_each_study_of_a_callback_is_a_run(logged: Trained) -> None:
    for name in ("one", "two"):
        study = logged.run("both", name)
        assert study.status == "finished"
        assert set(trials(logged, "both", study)) == {"0"}


def test_a_place_that_is_down_ends_no_study(logged: Trained) -> None:
    assert logged.waiting > 4, "it is kept"


def test_a_study_that_is_given_up_ends_as_its_trial_did(logged: Trained) -> None:
    for error, status in (("ValueError", "failed"), ("KeyboardInterrupt", "killed")):
        name = f"broken by {error}"
        assert logged.statuses(name) == {name: status, "0": status}
        assert "n" in logged.run(name, "0").params
