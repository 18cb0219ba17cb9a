"""MLflow in a workspace: paths, limits at n and n + 1, and how fast it may be asked."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from tests.emulators.databricks.asking import Asker

from tracklayer.emulators.databricks import Knobs


def new() -> str:
    return f"e-{uuid4().hex[:12]}"


@pytest.mark.parametrize("name", ["digits", "", "x/y", "/Shared/"])
def test_an_experiment_is_named_by_an_absolute_path(ask: Asker, name: str) -> None:
    refused = ask("POST", "mlflow/experiments/create", name=name)
    assert (refused.status, refused.code) == (400, "INVALID_PARAMETER_VALUE")
    assert "must be an absolute path within the Databricks workspace" in refused.content["message"]


def test_the_folder_of_an_experiment_must_be_there_and_its_name_be_free(ask: Asker) -> None:
    folder = f"/Shared/{new()}"
    missing = ask("POST", "mlflow/experiments/create", name=f"{folder}/deep/x")
    assert (missing.status, missing.code) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert ask("POST", "workspace/mkdirs", path=f"/Workspace{folder}/deep").status == 200
    assert ask("GET", "workspace/get-status", path=folder).content["object_type"] == "DIRECTORY"
    assert ask("POST", "mlflow/experiments/create", name=f"/Workspace{folder}/deep/x").status == 200
    assert ask("GET", "mlflow/experiments/get-by-name", experiment_name=f"{folder}/deep/x").status == 200
    for name in (f"{folder}/deep/x", f"{folder}/deep"):
        taken = ask("POST", "mlflow/experiments/create", name=name)
        assert (taken.status, taken.code) == (400, "RESOURCE_ALREADY_EXISTS")
    assert ask("POST", "workspace/mkdirs", path=f"{folder}/deep/x/y").code == "RESOURCE_ALREADY_EXISTS"
    ask.emulator.tune(missing_folder="made")
    assert ask("POST", "mlflow/experiments/create", name=f"{folder}/other/x").status == 200


def test_a_renamed_experiment_is_held_to_the_same_rules(ask: Asker) -> None:
    made, name = ask.experiment(), new()
    assert ask("POST", "mlflow/experiments/update", experiment_id=made, new_name=name).status == 400
    assert ask("POST", "mlflow/experiments/update", experiment_id=made, new_name=f"/Shared/{name}").status == 200
    assert ask("POST", "mlflow/experiments/create", name=f"/Shared/{name}").code == "RESOURCE_ALREADY_EXISTS"


def test_a_workspace_begins_with_no_experiment_and_gives_each_tags_of_its_own(ask: Asker) -> None:
    assert ask("GET", "mlflow/experiments/get", experiment_id="0").status == 404
    made = ask.experiment(tags=[{"key": "a", "value": "b"}])
    listed = ask("POST", "mlflow/experiments/search").content["experiments"]
    assert "0" not in {one["experiment_id"] for one in listed}
    (found,) = [one for one in listed if one["experiment_id"] == made]
    tags = {tag["key"]: tag["value"] for tag in found["tags"]}
    assert (tags["a"], tags["mlflow.experimentType"]) == ("b", "MLFLOW_EXPERIMENT")
    assert found["artifact_location"] == f"dbfs:/databricks/mlflow-tracking/{made}"


def rows(kind: str, number: int, start: int = 0) -> list[dict[str, Any]]:
    beside = {"value": 0.5, "timestamp": 1, "step": 1} if kind == "metrics" else {"value": "x"}
    return [{"key": f"k{one}", **beside} for one in range(start, start + number)]


@pytest.mark.parametrize(
    ("kind", "knob", "said"),
    [
        ("params", "params_per_run", "maximum allowed number of params per run is 5"),
        ("tags", "tags_per_run", "maximum allowed number of tags per run is 5"),
        ("metrics", "metric_steps", "maximum allowed total metric steps per run is 5"),
    ],
)
def test_a_run_holds_so_much_and_no_more(ask: Asker, kind: str, knob: str, said: str) -> None:
    run = ask.run()
    ask.emulator.tune(**{knob: 5})
    batch = "mlflow/runs/log-batch"
    assert ask("POST", batch, run_id=run, **{kind: rows(kind, 3)}).status == 200
    refused = ask("POST", batch, run_id=run, **{kind: rows(kind, 3, 3)})
    assert (refused.status, refused.code) == (400, "BAD_REQUEST")
    assert said in refused.content["message"]
    assert ask("POST", batch, run_id=run, **{kind: rows(kind, 2, 3)}).status == 200
    one = {"params": "log-parameter", "tags": "set-tag", "metrics": "log-metric"}[kind]
    assert ask("POST", f"mlflow/runs/{one}", run_id=run, **rows(kind, 1, 9)[0]).status == 400
    if kind == "tags":
        assert ask("POST", "mlflow/runs/set-tag", run_id=run, key="k0", value="y").status == 200
        assert ask("POST", "mlflow/runs/delete-tag", run_id=run, key="k0").status == 200
        assert ask("POST", "mlflow/runs/set-tag", run_id=run, key="other", value="y").status == 200


@pytest.mark.parametrize(
    ("operation", "most", "more"),
    [
        ("log-parameter", {"key": "k", "value": "é" * 250}, {"key": "k2", "value": "é" * 250 + "x"}),
        ("set-tag", {"key": "k" * 250, "value": "x"}, {"key": "k" * 251, "value": "x"}),
    ],
)
def test_a_value_and_a_key_hold_so_many_bytes(
    ask: Asker, operation: str, most: dict[str, str], more: dict[str, str]
) -> None:
    run = ask.run()
    assert ask("POST", f"mlflow/runs/{operation}", run_id=run, **most).status == 200
    refused = ask("POST", f"mlflow/runs/{operation}", run_id=run, **more)
    assert (refused.status, refused.code) == (400, "INVALID_PARAMETER_VALUE")


def test_a_value_that_mlflow_would_cut_off_is_refused(ask: Asker) -> None:
    run = ask.run()
    assert ask("POST", "mlflow/runs/set-tag", run_id=run, key="k", value="x" * 8_000).status == 200
    assert ask("POST", "mlflow/runs/set-tag", run_id=run, key="k", value="x" * 8_001).status == 400


@pytest.mark.parametrize(
    ("path", "given", "most"),
    [("metrics/get-history", {"run_id": "r", "metric_key": "m"}, 25_000), ("experiments/search", {}, 3_000)],
)
def test_a_page_holds_so_many(ask: Asker, path: str, given: dict[str, str], most: int) -> None:
    method = "GET" if path.startswith("metrics") else "POST"
    assert ask(method, f"mlflow/{path}", max_results=most, **given).status == 200
    assert ask(method, f"mlflow/{path}", max_results=most + 1, **given).status == 400


def test_a_batch_holds_a_megabyte_and_an_experiment_a_thousand_tags(ask: Asker) -> None:
    tags = [{"key": f"k{one}", "value": "x" * 7_000} for one in range(99)]
    ask.emulator.tune(request_bytes=500_000)
    assert "exceeds the limit" in ask("POST", "mlflow/runs/log-batch", run_id="r", tags=tags).content["message"]
    ask.emulator.tune(tags_per_experiment=10)
    made = ask.experiment(tags=rows("tags", 9))
    for key, status in (("k9", 400), ("k1", 200)):  # four are Databricks' own
        said = ask("POST", "mlflow/experiments/set-experiment-tag", experiment_id=made, key=key, value="x")
        assert said.status == status


def test_calls_come_at_the_documented_rates_or_at_those_that_are_asked_for(ask: Asker) -> None:
    ask.emulator.tune(paced=True)
    found = [ask("POST", "mlflow/experiments/search", max_results=1) for _ in range(20)]
    refused = [one for one in found if one.status == 429]
    assert refused
    assert (refused[0].code, refused[0].headers["Retry-After"]) == ("RESOURCE_EXHAUSTED", "1")
    ask.emulator.tune(paced=False, rates={"runs/search": 0.001}, retry_after=False)
    assert ask("POST", "mlflow/runs/search", experiment_ids=["1"], max_results=1).status == 200
    late = ask("POST", "mlflow/runs/search", experiment_ids=["1"], max_results=1)
    assert (late.status, "Retry-After" in late.headers) == (429, False)


def test_whose_a_run_is_may_be_for_the_workspace_to_say(ask: Asker) -> None:
    for user_ids, who in (("kept", "me"), ("replaced", "emulator@example.com")):
        ask.emulator.tune(user_ids=user_ids)
        run = ask("GET", "mlflow/runs/get", run_id=ask.run(user_id="me")).content["run"]
        assert run["info"]["user_id"] == who


def test_every_open_question_is_read_otherwise_by_otherwise() -> None:
    knobs, other = Knobs(), Knobs.otherwise(url_seconds=5)
    turned = {name for name in Knobs.model_fields if getattr(knobs, name) != getattr(other, name)}
    assert turned == {
        "azure_storage", "missing_folder", "missing_key", "bad_token", "upload_folder", "run_files", "system_tags",
        "user_ids", "url_seconds",
    }  # fmt: skip
