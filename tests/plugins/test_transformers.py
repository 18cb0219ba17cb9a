from __future__ import annotations

from tests.plugins.trained import Trained

TRAINING = "transformers_trains"


def test_a_training_and_what_is_evaluated_afterwards_are_one_run(logged: Trained) -> None:
    run = logged.run("whole")
    assert (run.name, run.status) == ("first", "finished"), "the name of TrainingArguments"
    wanted = {"width": 1, "num_train_epochs": 2, "learning_rate": 5e-05, "id2label": "{0: 'a'}"}
    assert {key: run.params[key] for key in wanted} == wanted
    assert logged.steps(run, "loss") == [1, 2, 3, 4]
    assert logged.points(run, "epoch") == [(1, 0.5), (2, 1), (3, 1.5), (4, 2), (4, 2), (4, 2)]
    assert logged.steps(run, "train_runtime") == logged.steps(run, "eval_loss") == [4]
    assert {path.partition("/")[0] for path in logged.files(run)} == {"checkpoint-2", "checkpoint-4"}
    assert "checkpoint-4/model.safetensors" in logged.files(run)


def test_each_trial_of_a_search_is_a_run_with_its_checkpoints(logged: Trained) -> None:
    found = {run.name: run for run in logged.client.runs("search")}
    assert {name: run.params["learning_rate"] for name, run in found.items()} == {"trial-0": 0.1, "trial-1": 0.2}
    assert all("checkpoint-2/model.safetensors" in logged.files(run) for run in found.values())


def test_a_model_that_is_evaluated_only_has_its_name_and_params_too(logged: Trained) -> None:
    run = logged.run("evaluated", "only")
    assert run.status == "finished"
    assert (run.params["width"], run.params["peft_config"]) == (1, "{'default': {'r': 8}}")
    assert logged.steps(run, "eval_loss") == [0]


def test_a_place_that_is_down_ends_no_training(logged: Trained) -> None:
    assert logged.waiting > 4, "it is kept"


def test_a_run_goes_on_with_its_steps_and_params_can_be_flat(logged: Trained) -> None:
    run = logged.run("resumed")
    assert run.status == "finished"
    assert logged.steps(run, "loss") == [1, 2, 3, 4]
    assert run.params["accelerator_config.even_batches"] is True
    assert run.params["num_train_epochs"] == 1, "a param stays what it was"


def test_a_training_that_raises_has_failed_and_one_that_is_interrupted_is_killed(logged: Trained) -> None:
    assert logged.statuses("broken") == {"interrupted": "killed", "left": "failed", "next": "finished"}


def test_a_callback_that_is_told_nothing_takes_the_current_run(logged: Trained) -> None:
    assert logged.steps(logged.run("around"), "loss") == [1, 2]
