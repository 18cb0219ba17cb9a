"""Runs that the official SageMaker SDK wrote, moved to MLflow and back to SageMaker, in another region.

What SageMaker gave up when it took them (times of points within a minute, whole numbers) does not come back: that is
`approximate` at the source, and says so. From there on nothing more is lost.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

import pytest
from contract_tests.servers.mlflow_server import MlflowServer, shared_server
from contract_tests.servers.witness import Witness
from contract_tests.witnesses.cloud import Cloud, cloud
from contract_tests.witnesses.sdk import Sdk
from tests.migrate.nasty import portrait

import tracklayer as tl

BACK = "eu-west-1"
SECOND = int(datetime.now(timezone.utc).timestamp()) // 3600 * 3600 - 3600
CURVE = [["loss", 1.0 / (step + 1), step, SECOND + 2 * step] for step in range(60)]
TWICE = [["twice", value, 3, SECOND] for value in (1.0, 2.0, 5.0)]
PARAMS = {"lr": 0.1, "layers": 3, "optimizer": "adam", "empty": ""}
FILES = {"notes.txt": b"some notes", "weights.bin": bytes(range(256)) * 8}


@pytest.fixture(scope="module")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with shared_server(tmp_path_factory.getbasetemp()) as server:
        yield server


@pytest.fixture(scope="module")
def aws() -> Iterator[Cloud]:
    with cloud() as running:
        yield running


@pytest.fixture(autouse=True)
def inside(aws: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with aws.entered(tmp_path_factory.mktemp("journal")):
        yield
    assert aws.proxy.refused == []


@pytest.fixture(scope="module")
def experiment(aws: Cloud, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An experiment of the official SDK's: one run with everything, one that failed, one that says nothing."""
    name = f"theirs-{uuid4().hex[:8]}"
    with Sdk("sagemaker2", tmp_path_factory.mktemp("sdk"), aws.environment) as sdk:
        sdk.ask(
            "write_run",
            experiment=name,
            run="whole",
            tags={"stage": "dev"},
            params=PARAMS,
            points=CURVE + TWICE,
            files={path: base64.b64encode(data).decode() for path, data in FILES.items()},
            artifacts=[["digits", "s3://elsewhere/digits", "text/csv", False]],
            charts=[["ROCCurve", "roc", True], ["ConfusionMatrix", "confusion", True]],
        )
        sdk.ask("write_run", experiment=name, run="failed", fail="out of memory", points=[["loss", 9.0, 0, SECOND]])
        sdk.ask("write_run", experiment=name, run="silent")
    return name


def by_name(client: tl.Client, experiment: str) -> dict[str, tl.Run]:
    return {str(run.name): run for run in client.runs(experiment)}


def test_to_mlflow_and_back(
    aws: Cloud, mlflow_server: MlflowServer, experiment: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    back_url = f"sagemaker://{BACK}"
    with (
        tl.connect(aws.url) as source,
        tl.connect(mlflow_server.tracklayer_url) as server,
        tl.connect(back_url) as back,
    ):
        there = tl.migrate(source, server, experiment=experiment)
        assert (there.failed, there.copied, there.experiments) == ((), 3, 1)
        assert (there.points, there.params) == (len(CURVE) + 2 + 1, len(PARAMS))
        assert there.files == len(FILES) + 2  # and the charts
        expected = portrait(source, experiment)
        assert portrait(server, experiment) == expected
        whole = by_name(source, experiment)["whole"]
        assert there.approximate[whole.id] == whole.approximate, "the report says what is not exact"

        again = tl.migrate(source, server, experiment=experiment)
        assert (again.failed, again.copied, again.there) == ((), 0, 3)

        home = tl.migrate(server, back, experiment=experiment)
        assert (home.failed, home.copied) == ((), 3)
        assert portrait(back, experiment) == expected
        for run in back.runs(experiment):
            assert run.origin is not None
            assert (run.origin.url, run.origin.experiment) == (source.url, experiment)
            assert not any(field.startswith("metrics.") for field in run.approximate)

        found = tl.compare([source.url, server.url, back.url], experiment=experiment)
        assert {len(row.copies) for row in found.rows} == {3}
        unexcused = [one for row in found.rows for one in row.differences if not one.approximate]
        assert unexcused == []
        _read_by_mlflow(mlflow_server, by_name(server, experiment)["whole"])
    environment = {**aws.environment, "AWS_DEFAULT_REGION": BACK, "AWS_REGION": BACK}
    with Sdk("sagemaker2", tmp_path_factory.mktemp("back"), environment) as sdk:
        seen = {one["display"]: one for one in sdk.ask("list_runs", experiment=experiment)}
        _read_by_sagemaker(seen, sdk)


def _read_by_mlflow(server: MlflowServer, run: tl.Run) -> None:
    with Witness(server.url) as witness:
        read = witness.ask("read_run", run=run.id)
        assert read["params"] == {"lr": "0.1", "layers": "3.0", "optimizer": "adam", "empty": ""}
        assert (read["name"], read["status"], read["tags"]["stage"]) == ("whole", "FINISHED", "dev")
        points = witness.ask("read_points", run=run.id, key="loss")
        assert [(step, value) for step, _, value in points] == [(step, value) for _, value, step, _ in CURVE]
        files = {path: base64.b64decode(data) for path, data in witness.ask("read_files", run=run.id).items()}
        assert {path: files[path] for path in FILES} == FILES
        charts = [json.loads(data)["type"] for path, data in files.items() if path.endswith(".json")]
        assert sorted(charts) == ["ConfusionMatrix", "ROCCurve"]


def _read_by_sagemaker(seen: dict[str, Any], sdk: Sdk) -> None:
    assert {name: one["status"] for name, one in seen.items()} == {
        "whole": "Completed", "failed": "Failed", "silent": "Completed"
    }  # fmt: skip
    whole = seen["whole"]
    assert whole["params"] == {"lr": 0.1, "layers": 3.0, "optimizer": "adam", "empty": ""}
    loss = whole["metrics"]["loss"]
    assert (loss["count"], loss["min"], loss["max"], loss["last"]) == (60, 1 / 60, 1.0, 1 / 60)
    assert sdk.ask("read_file", uri=whole["outputs"]["notes.txt"][0]) == "some notes"
    assert {chart["kind"] for chart in sdk.ask("charts", arn=whole["arn"])} == {"ROCCurve", "ConfusionMatrix"}


def test_what_is_exact_and_what_is_approximate(aws: Cloud, experiment: str) -> None:
    with tl.connect(aws.url) as source:
        runs = by_name(source, experiment)
        whole = runs["whole"]
        assert set(whole.approximate) == {"metrics.loss", "metrics.twice", "inputs", "params"}
        assert all(reason for reason in whole.approximate.values())
        loss = list(source.metric_history(whole, "loss").rows())
        assert [(step, value) for step, _, value in loss] == [(step, value) for _, value, step, _ in CURVE]
        # Three values of one step: the least, the greatest and the last are known, and how many there were.
        twice = list(source.metric_history(whole, "twice").rows())
        assert [(step, value) for step, _, value in twice] == [(3, 1.0), (3, 5.0)]
        assert whole.metrics["twice"].count == 3
        assert runs["silent"].approximate == {}
        assert runs["failed"].status == "failed"
