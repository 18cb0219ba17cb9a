"""Each limit of the service at n and n + 1, before a real MLflow server; and that what is refused leaves nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from tests.emulators.azureml.asking import Azure, code_of, message_of

NOTE = "mlflow.note.content"


def metrics(count: int, name: str = "m", first: int = 0) -> dict[str, Any]:
    steps = range(first, first + count)
    return {"metrics": [{"key": name, "value": 1.0, "timestamp": at, "step": at} for at in steps]}


def params(count: int, first: int = 0) -> dict[str, Any]:
    return {"params": [{"key": f"p{number}", "value": "1"} for number in range(first, first + count)]}


def tags(count: int) -> dict[str, Any]:
    return {"tags": [{"key": f"t{number}", "value": "1"} for number in range(count)]}


def tag(key: str, value: str) -> dict[str, Any]:
    return {"tags": [{"key": key, "value": value}]}


#: Limit -> (n, what is sent in a log-batch, the field's name, the size that is told).
BATCH: dict[str, tuple[int, Callable[[int], dict[str, Any]], str]] = {
    "metrics of a batch": (250, metrics, "MetricV2Dto.Value/Count"),
    "params of a batch": (100, params, "Parameters/Batch"),
    "the name of a metric": (250, lambda n: metrics(1, "m" * n), ""),
    "the key of a tag": (100, lambda n: tag("t" * n, "v"), "Tags/Key"),
    "a tag": (1000, lambda n: tag("t", "v" * n), "Tags/Value"),
    "the description": (5000, lambda n: tag(NOTE, "v" * n), "Description"),
}


@pytest.fixture(scope="module")
def home(running: Azure) -> str:
    return running.experiment()


@pytest.mark.parametrize("limit", BATCH)
def test_a_batch_at_its_limit_and_above(azure: Azure, home: str, limit: str) -> None:
    n, made, field = BATCH[limit]
    _, run = azure.run(home)
    azure.made("runs/log-batch", {"run_id": run, **made(n)})
    _, other = azure.run(home)
    before = azure.shown(other)
    answer = azure.track("runs/log-batch", {"run_id": other, **params(1), **made(n + 1)})
    assert (answer.status_code, code_of(answer)) == (400, "INVALID_PARAMETER_VALUE")
    if field:  # else it is MLflow's own, which is below Azure's
        assert f"FieldName={field}, Limit={n}, Size={n + 1}. See https://aka.ms/" in message_of(answer)
    assert azure.shown(other) == before, "refused as a whole"


def test_the_params_of_a_run(azure: Azure, home: str) -> None:
    _, run = azure.run(home)
    for first in (0, 100):
        azure.made("runs/log-batch", {"run_id": run, **params(100, first)})
    answer = azure.track("runs/log-parameter", {"run_id": run, "key": "one more", "value": "1"})
    assert "FieldName=Parameters, Limit=200, Size=201." in message_of(answer)
    azure.made("runs/log-batch", {"run_id": run, **params(100, 50)})  # those that are there are no more
    azure.emulator._tracker._ledger.clear()  # as if it had been written by another
    assert azure.track("runs/log-batch", {"run_id": run, **params(10, 195)}).status_code == 400
    assert len(azure.shown(run)["data"]["params"]) == 200


def test_the_tags_of_a_run(azure: Azure, home: str) -> None:
    """MLflow's own count: the run's name is one."""
    _, run = azure.run(home, **tags(49))
    answer = azure.track("runs/set-tag", {"run_id": run, "key": "one more", "value": "1"})
    assert "FieldName=Tags, Limit=50, Size=51." in message_of(answer)
    azure.made("runs/set-tag", {"run_id": run, "key": "t1", "value": "another"})
    azure.made("runs/delete-tag", {"run_id": run, "key": "t0"})
    azure.made("runs/set-tag", {"run_id": run, "key": "one more", "value": "1"})
    create = azure.track("runs/create", {"experiment_id": home, **tags(50)})
    assert "FieldName=Tags, Limit=50, Size=51." in message_of(create)
    azure.emulator.tune(own_tags="free")
    azure.made("runs/create", {"experiment_id": home, **tags(50)})


def test_names(azure: Azure, home: str) -> None:
    _, run = azure.run(home, run_name="n" * 256)
    longer = azure.track("runs/update", {"run_id": run, "run_name": "n" * 257})
    assert "FieldName=DisplayName, Limit=256, Size=257." in message_of(longer)
    assert "FieldName=DisplayName" in message_of(
        azure.track("runs/create", {"experiment_id": home, "run_name": "n" * 257})
    )
    name = uuid4().hex + "e" * 300
    azure.experiment(name[:256])
    assert "FieldName=ExperimentName" in message_of(azure.track("experiments/create", {"name": name[:257]}))


def test_the_tags_of_an_experiment(azure: Azure) -> None:
    name = uuid4().hex
    one = azure.made("experiments/create", {"name": name, **tags(49)})["experiment_id"]
    for content, field in [
        ({"key": "k" * 251, "value": "v"}, "ExperimentTags/Key, Limit=250"),
        ({"key": "k", "value": "v" * 1001}, "ExperimentTags/Value, Limit=1000"),
        ({"key": NOTE, "value": "v" * 5001}, "ExperimentTags/Value, Limit=5000"),
    ]:
        answer = azure.track("experiments/set-experiment-tag", {"experiment_id": one, **content})
        assert f"FieldName={field}" in message_of(answer)
    azure.made("experiments/set-experiment-tag", {"experiment_id": one, "key": "k" * 250, "value": "v" * 1000})
    answer = azure.track("experiments/set-experiment-tag", {"experiment_id": one, "key": "more", "value": "v"})
    assert "FieldName=ExperimentTags, Limit=50, Size=51." in message_of(answer)
    create = azure.track("experiments/create", {"name": name + "2", **tags(51)})
    assert "FieldName=ExperimentTags, Limit=50, Size=51." in message_of(create)


def test_what_is_not_documented_is_a_knob(azure: Azure, home: str) -> None:
    _, run = azure.run(home)
    values = {"run_id": run, "params": [{"key": "p", "value": "v" * 6001}]}
    assert azure.track("runs/log-batch", values).status_code == 400, "nor does MLflow truncate it"
    azure.emulator.tune(param_value=10, metric_names=2, note="tag")
    answer = azure.track("runs/log-parameter", {"run_id": run, "key": "p", "value": "v" * 11})
    assert "FieldName=Parameters/Value, Limit=10, Size=11." in message_of(answer)
    for name in "ab":
        azure.made("runs/log-batch", {"run_id": run, **metrics(1, name)})
    answer = azure.track("runs/log-metric", {"run_id": run, "key": "c", "value": 1.0, "timestamp": 1})
    assert "FieldName=Metrics, Limit=2, Size=3." in message_of(answer)
    note = azure.track("runs/set-tag", {"run_id": run, "key": NOTE, "value": "v" * 1001})
    assert "FieldName=Tags/Value, Limit=1000, Size=1001." in message_of(note)


def test_pages(azure: Azure, home: str) -> None:
    _, run = azure.run(home)
    for first in range(0, 1250, 250):
        azure.made("runs/log-batch", {"run_id": run, **metrics(250, first=first)})
    asked = {"run_id": run, "metric_key": "m"}
    page = azure.made("metrics/get-history", {**asked, "max_results": 999}, method="GET")
    assert len(page["metrics"]) == 999
    rest = {**asked, "max_results": 999, "page_token": page["next_page_token"]}
    assert len(azure.made("metrics/get-history", rest, method="GET")["metrics"]) == 251
    answer = azure.track("metrics/get-history", {**asked, "max_results": 1000}, method="GET")
    assert (answer.status_code, code_of(answer)) == (400, "BAD_REQUEST")
    assert message_of(answer) == "MaxResults = 1000 is invalid: MaxResults must be less than 1000."
    azure.made("runs/search", {"experiment_ids": [home], "max_results": 1000})
    assert azure.track("runs/search", {"experiment_ids": [home], "max_results": 1001}).status_code == 400
