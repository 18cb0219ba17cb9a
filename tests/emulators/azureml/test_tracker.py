"""The edge before MLflow: ids, places of files, what the service does not have, and what it says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from tests.emulators.azureml.asking import HOST, Azure, code_of, message_of, scope

from tracklayer.emulators.faults import Fault


def test_ids_are_guids_and_files_lie_where_the_workspace_says(azure: Azure) -> None:
    name = uuid4().hex
    one = azure.made("experiments/create", {"name": name, "artifact_location": "s3://elsewhere"})["experiment_id"]
    assert str(UUID(one)) == one
    root = f"azureml://{HOST}/mlflow/v2.0{scope()}/experiments/{one}"
    found = azure.made("experiments/get-by-name", {"experiment_name": name}, method="GET")["experiment"]
    assert (found["experiment_id"], found["artifact_location"]) == (one, root)
    _, run = azure.run(one)
    info = azure.shown(run)["info"]
    assert (info["experiment_id"], info["artifact_uri"]) == (one, f"{root}/runs/{run}/artifacts")
    (listed,) = azure.made("runs/search", {"experiment_ids": [one, str(uuid4())]})["runs"]
    assert listed["info"] == info


def test_other_forms_of_places_are_knobs(azure: Azure) -> None:
    name = uuid4().hex
    one, run = azure.run(azure.experiment(name))
    azure.emulator.tune(artifact_uris="experiment", artifact_locations="empty")
    assert azure.shown(run)["info"]["artifact_uri"] == f"azureml://experiments/{name}/runs/{run}/artifacts"
    found = azure.made("experiments/get", {"experiment_id": one}, method="GET")["experiment"]
    assert found["artifact_location"] == ""


def test_the_default_experiment_is_number_zero_too(azure: Azure) -> None:
    where, _ = azure.run("0")
    default = azure.made("experiments/get-by-name", {"experiment_name": "Default"}, method="GET")["experiment"]
    assert where == "0"
    assert default["experiment_id"] != "0"
    assert azure.made("runs/search", {"experiment_ids": [default["experiment_id"]]})["runs"]


def test_version_one_of_the_prefix_is_the_same(azure: Azure) -> None:
    one, run = azure.run()
    answer = azure.ask(HOST, f"/mlflow/v1.0{scope().upper()}/api/2.0/mlflow/runs/get?run_id={run}")
    assert answer.json()["run"]["info"]["experiment_id"] == one


def test_errors_have_azure_s_shape_and_mlflow_s_word(azure: Azure) -> None:
    answer = azure.track("runs/get", {"run_id": "0" * 32}, method="GET")
    content = answer.json()
    assert (answer.status_code, code_of(answer)) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert set(content) == {
        "Error", "Correlation", "Environment", "Location", "Time", "ComponentName", "statusCode", "error_code"
    }  # fmt: skip
    assert (content["statusCode"], content["Error"]["Code"], content["ComponentName"]) == (404, "UserError", "mlflow")
    unknown = azure.track("experiments/get", {"experiment_id": str(uuid4())}, method="GET")
    assert (unknown.status_code, code_of(unknown)) == (404, "RESOURCE_DOES_NOT_EXIST")
    name = uuid4().hex
    azure.experiment(name)
    assert code_of(azure.track("experiments/create", {"name": name})) == "RESOURCE_ALREADY_EXISTS"
    assert code_of(azure.track("runs/log-batch", {"run_id": "0" * 32})) == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize(
    ("call", "prefix"),
    [
        ("logged-models", "/api/2.0/mlflow/"),
        ("logged-models/search", "/api/2.0/mlflow/"),
        ("experiments/search", "/api/3.0/mlflow/"),
        ("artifacts/e/r", "/api/2.0/mlflow-artifacts/"),
        ("version", "/"),
        ("traces/search", "/api/2.0/mlflow/"),
        ("runs/log-inputs", "/api/2.0/mlflow/"),
    ],
)
def test_what_the_service_does_not_have_is_404_with_nothing(azure: Azure, call: str, prefix: str) -> None:
    answer = azure.track(call, prefix=prefix)
    assert (answer.status_code, answer.content) == (404, b"")


def test_inputs_are_taken_where_the_knob_says_so(azure: Azure) -> None:
    azure.emulator.tune(log_inputs="accepted")
    _, run = azure.run()
    dataset = {"name": "d", "digest": "1", "source_type": "local", "source": "s"}
    azure.made("runs/log-inputs", {"run_id": run, "datasets": [{"dataset": dataset, "tags": []}]})
    assert azure.shown(run)["inputs"]["dataset_inputs"][0]["dataset"]["name"] == "d"


def test_experiments_are_not_renamed_and_those_with_runs_not_deleted(azure: Azure) -> None:
    one, run = azure.run()
    rename = azure.track("experiments/update", {"experiment_id": one, "new_name": "other"})
    assert (rename.status_code, message_of(rename)) == (400, "Renaming an experiment is not supported.")
    assert "empty" in message_of(azure.track("experiments/delete", {"experiment_id": one}))
    azure.made("runs/delete", {"run_id": run})
    azure.emulator.tune(deleting_experiments="without any runs")
    assert azure.track("experiments/delete", {"experiment_id": one}).status_code == 400
    azure.emulator.tune(deleting_experiments="without active runs")
    azure.made("experiments/delete", {"experiment_id": one})


def test_searches_pass_or_are_refused(azure: Azure) -> None:
    one, run = azure.run()
    azure.made("runs/update", {"run_id": run, "status": "FINISHED", "end_time": 2})
    asked = {"experiment_ids": [one], "filter": "attributes.status = 'Finished'", "order_by": ["start_time DESC"]}
    assert len(azure.made("runs/search", asked)["runs"]) == 1
    assert code_of(azure.track("runs/search", {**asked, "order_by": ["metrics.m"]})) == "BAD_REQUEST"


def test_an_experiment_with_a_slash_is_found_by_its_id_only(azure: Azure) -> None:
    name = f"a/{uuid4().hex}"
    one = azure.experiment(name)
    assert azure.made("experiments/get", {"experiment_id": one}, method="GET")["experiment"]["name"] == name
    asked = {"experiment_name": name}
    assert code_of(azure.track("experiments/get-by-name", asked, method="GET")) == "RESOURCE_DOES_NOT_EXIST"
    every = {"max_results": 1000}
    assert name not in {found["name"] for found in azure.made("experiments/search", every)["experiments"]}
    azure.emulator.tune(slashes="fine")
    assert azure.made("experiments/get-by-name", asked, method="GET")["experiment"]["experiment_id"] == one
    assert name in {found["name"] for found in azure.made("experiments/search", every)["experiments"]}


def test_names_of_experiments_may_be_checked(azure: Azure) -> None:
    azure.emulator.tune(experiment_names="checked")
    azure.experiment(f"e_{uuid4().hex}-1")
    for name in ("a b", "_a", "a/b", "é"):
        assert "can only contain letters" in message_of(azure.track("experiments/create", {"name": name}))


def test_two_workspaces_know_nothing_of_each_other(azure: Azure) -> None:
    name = uuid4().hex
    one, run = azure.run(azure.experiment(name))
    other = azure.experiment(name, workspace="second")
    assert other != one
    for call, content in [("runs/get", {"run_id": run}), ("experiments/get", {"experiment_id": one})]:
        assert azure.track(call, content, method="GET", workspace="second").status_code == 404


def test_a_workspace_that_is_not_there(azure: Azure) -> None:
    azure.emulator.tune(workspaces=())
    answer = azure.track("experiments/search")
    assert (answer.status_code, message_of(answer)) == (404, "Workspace main was not found in eastus.")
    assert azure.track("experiments/search", host="westeurope.api.azureml.ms").status_code == 404
    assert azure.ask(HOST, "/").status_code == 404


def test_batches_may_be_asynchronous(azure: Azure) -> None:
    azure.emulator.tune(async_polls=1)
    _, run = azure.run()
    content = {"run_id": run, "metrics": [{"key": "m", "value": 1.0, "timestamp": 1, "step": 1}]}
    batch = azure.made("runs/log-batch-async", content, prefix="/api/2.0/preview/mlflow/")
    assert azure.shown(run)["data"]["metrics"][0]["value"] == 1.0
    asked = {"run_id": run, **batch}
    said = [azure.made("runs/get-run-data-status", asked, method="GET")["is_complete"] for _ in range(2)]
    assert said == [False, True]
    none = {"run_id": run, "params": [{"key": "p", "value": "1"}]}
    assert azure.made("runs/log-batch-async", none) == {}
    assert azure.track("runs/get-run-data-status", {"batch_tracking_id": "none"}, method="GET").status_code == 400


def test_too_many_calls_are_told_when_to_come_again(azure: Azure) -> None:
    _, run = azure.run()
    azure.emulator.tune(rates={"runs/get": 0.01}, burst=2)
    answers = [azure.track("runs/get", {"run_id": run}, method="GET") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 90 <= int(answers[2].headers["Retry-After"]) <= 100
    assert "too many requests" in message_of(answers[2])


def test_what_is_no_json_is_refused(azure: Azure) -> None:
    answer = azure.ask(HOST, f"/mlflow/v2.0{scope()}/api/2.0/mlflow/runs/create", method="POST", data=b"{")
    assert (answer.status_code, code_of(answer)) == (400, "BAD_REQUEST")


def test_limits_hold_for_those_who_write_at_once(azure: Azure) -> None:
    _, run = azure.run()
    azure.emulator.tune(params_per_run=10)
    with ThreadPoolExecutor(8) as pool:
        asked = [{"run_id": run, "key": f"p{number}", "value": "1"} for number in range(20)]
        statuses = list(pool.map(lambda one: azure.track("runs/log-parameter", one).status_code, asked))
    assert (statuses.count(200), statuses.count(400)) == (10, 10)
    assert len(azure.shown(run)["data"]["params"]) == 10


@pytest.mark.parametrize(("code", "status"), [("TEMPORARILY_UNAVAILABLE", 503), ("TooManyRequests", 429)])
def test_faults_have_its_shape(azure: Azure, code: str, status: int) -> None:
    azure.emulator.fault(Fault("experiments/search", "answer", status=status, code=code, headers={"Retry-After": "1"}))
    answer = azure.track("experiments/search")
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "1")
    assert answer.json().get("error_code") == (code if code.isupper() else None)
