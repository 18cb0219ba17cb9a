"""MLflow's own server over a place: what any client finds there that speaks its REST API, in whatever language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from contract_tests.servers.mlflow_server import MlflowServer, running_server

import tracklayer as tl

NOW = 1_700_000_000_000


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"local:{tmp_path_factory.mktemp('place')}/store.db"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, place: str) -> Iterator[MlflowServer]:
    folder = tmp_path_factory.mktemp("server")
    environment = {
        "_MLFLOW_SERVER_FILE_STORE": f"tracklayer+{place}",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": f"tracklayer+{place}",
        "TRACKLAYER_HOME": str(folder / "journal"),
    }
    with running_server(folder, environment) as running:
        yield running


def test_a_rest_client_writes_and_reads_a_place_through_mlflow_s_server(server: MlflowServer, place: str) -> None:
    def ask(call: str, how: str = "POST", **body: Any) -> Any:
        url = f"{server.url}/api/2.0/mlflow/{call}"
        sent, asked = (body, None) if how == "POST" else (None, body)
        answer = requests.request(how, url, timeout=60, json=sent, params=asked)
        answer.raise_for_status()
        return answer.json()

    home = ask("experiments/create", name="from afar")["experiment_id"]
    info = ask("runs/create", experiment_id=home, run_name="by hand", start_time=NOW)["run"]["info"]
    run, files = info["run_id"], info["artifact_uri"].removeprefix("mlflow-artifacts:/")
    metrics = [{"key": "loss", "value": 1 / (step + 1), "timestamp": NOW, "step": step} for step in range(3)]
    ask("runs/log-batch", run_id=run, metrics=metrics, params=[{"key": "lr", "value": "0.1"}])
    data = {"name": "iris", "digest": "d1", "source_type": "local", "source": "{}"}
    ask("runs/log-inputs", run_id=run, datasets=[{"dataset": data, "tags": []}])
    file = f"{server.url}/api/2.0/mlflow-artifacts/artifacts/{files}/notes/a.txt"
    assert requests.put(file, data=b"hello", timeout=60).ok
    ask("runs/update", run_id=run, status="FINISHED", end_time=NOW + 9)

    (found,) = ask("runs/search", experiment_ids=[home], filter="metrics.loss < 0.5", max_results=5)["runs"]
    assert found["info"]["run_id"] == run
    assert [one["step"] for one in ask("metrics/get-history", "GET", run_id=run, metric_key="loss")["metrics"]] == [
        0,
        1,
        2,
    ]
    assert [one["path"] for one in ask("artifacts/list", "GET", run_id=run, path="notes")["files"]] == ["notes/a.txt"]
    assert requests.get(file, timeout=60).content == b"hello"
    with tl.connect(place) as client:
        (ours,) = client.runs("from afar")
        assert (ours.name, ours.status, ours.params, ours.metrics["loss"].last) == (
            "by hand",
            "finished",
            {"lr": "0.1"},
            1 / 3,
        )
        with client.open_artifact(ours, "notes/a.txt") as kept:
            assert kept.read() == b"hello"


def test_the_pages_are_served_and_what_a_place_has_not_is_said_in_words(server: MlflowServer) -> None:
    pages = f"{server.url}/ajax-api"
    assert "<html" in requests.get(server.url, timeout=60).text
    made = requests.post(f"{pages}/2.0/mlflow/experiments/create", json={"name": "looked at"}, timeout=60)
    ids = [made.json()["experiment_id"]]
    listed = requests.post(f"{pages}/2.0/mlflow/experiments/search", json={"max_results": 5}, timeout=60)
    assert "looked at" in [one["name"] for one in listed.json()["experiments"]]
    known = requests.post(f"{pages}/2.0/mlflow/experiments/search-datasets", json={"experiment_ids": ids}, timeout=60)
    assert known.status_code == 200
    models = requests.get(f"{pages}/2.0/mlflow/model-versions/search", params={"filter": "run_id='x'"}, timeout=60)
    assert (models.status_code, models.json()) == (200, {})
    traces = requests.post(f"{pages}/3.0/mlflow/traces/search", json={"locations": []}, timeout=60)
    assert traces.status_code == 501
    assert "keeps experiments, runs and models, and has no 'search traces'" in traces.json()["message"]
