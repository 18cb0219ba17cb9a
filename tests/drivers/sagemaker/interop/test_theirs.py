"""What the official SDK writes, ours reads: values, statuses, times, files, charts; and says what is approximate."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timezone
from typing import Any

import pytest
from contract_tests.witnesses.cloud import ACCOUNT, REGION, Cloud
from contract_tests.witnesses.sdk import Sdk
from tests.drivers.sagemaker.interop.conftest import new_name

import tracklayer as tl

#: A quarter past a full hour or so: whole seconds, as the SDK sends them, and not long ago.
SECOND = int(datetime.now(timezone.utc).timestamp()) // 3600 * 3600 - 3600
CURVE = [["loss", 1.0 / (step + 1), step, SECOND + step] for step in range(40)]
TWICE = [["twice", value, step, SECOND + step] for step in range(5) for value in (1.0 + step, 2.0 + step)]
UNSTEPPED = [["unstepped", float(at), None, SECOND + 60 * at] for at in range(5)]
CHARTS = [
    ["ROCCurve", "roc", True],
    ["PrecisionRecallCurve", "precision-recall", True],
    ["ConfusionMatrix", "confusion", False],
]
FILES = {"notes.txt": b"some notes", "weights.bin": bytes(range(256)) * 20}
PARAMS: dict[str, Any] = {"lr": 0.1, "layers": 3, "optimizer": "adam", "empty": "", "zero": 0, "none": None}


def encoded(files: dict[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(data).decode() for name, data in files.items()}


@pytest.fixture(scope="module")
def theirs(sdk: Sdk) -> dict[str, str]:
    """A run with everything, by `with Run(...)`; to be read only."""
    made: dict[str, str] = sdk.ask(
        "write_run",
        experiment=new_name(),
        run="Their-Run",
        display="shown",
        tags={"stage": "dev", "owner": "grace"},
        params=PARAMS,
        points=CURVE + TWICE + UNSTEPPED,
        files=encoded(FILES),
        inputs=encoded({"train.csv": b"a,b\n1,2\n"}),
        artifacts=[
            ["model", "s3://elsewhere/model.tar.gz", "application/x-tar", True],
            ["page", "https://example.org/x", None, True],
            ["digits", "s3://elsewhere/digits", "text/csv", False],
        ],
        charts=CHARTS,
    )
    return made


def test_we_read_their_runs(client: tl.Client, theirs: dict[str, str]) -> None:
    run, experiment = client.run(theirs["component"]), theirs["experiment"]
    assert (run.name, run.status, run.token, run.parent) == ("shown", "finished", None, None)
    assert run.params == {"lr": 0.1, "layers": 3.0, "optimizer": "adam", "empty": "", "zero": 0.0, "none": "None"}
    assert run.tags.items() >= {"stage": "dev", "owner": "grace"}.items()
    assert run.started is not None
    assert run.ended is not None
    assert 0 <= (run.ended - run.started).total_seconds() < 60
    assert abs((datetime.now(timezone.utc) - run.ended).total_seconds()) < 120
    assert run.experiment == client.experiment(experiment).ref
    assert [found.id for found in client.runs(experiment)] == [run.id]
    (listed,) = client.runs(experiment)
    assert listed == run


def test_we_read_their_points_as_far_as_sagemaker_gives_them(client: tl.Client, theirs: dict[str, str]) -> None:
    run = client.run(theirs["component"])
    assert {key: summary.count for key, summary in run.metrics.items()} == {"loss": 40, "twice": 10, "unstepped": 5}
    assert (run.metrics["loss"].min, run.metrics["loss"].max, run.metrics["loss"].last) == (1 / 40, 1.0, 1 / 40)
    assert {f"metrics.{key}" for key in run.metrics} <= set(run.approximate)
    loss = list(client.metric_history(run, "loss").rows())
    assert [(step, value) for step, _, value in loss] == [(step, value) for _, value, step, _ in CURVE]
    assert all(abs(time / 1e9 - SECOND) <= 60 for _, time, _ in loss)  # the minute is what is known
    twice = list(client.metric_history(run, "twice").rows())
    assert sorted((step, value) for step, _, value in twice) == [(step, value) for _, value, step, _ in TWICE]
    unstepped = list(client.metric_history(run, "unstepped").rows())
    assert [(value, time / 1e9) for _, time, value in unstepped] == [(value, at) for _, value, _, at in UNSTEPPED]


def test_we_read_their_files(client: tl.Client, theirs: dict[str, str]) -> None:
    run = client.run(theirs["component"])
    listed = {file.path: file.size for file in client.artifacts(run)}
    for path, data in FILES.items():
        assert listed[path] == len(data)
        with client.open_artifact(run, path) as stream:
            assert stream.read() == data


def test_we_read_their_charts(client: tl.Client, theirs: dict[str, str]) -> None:
    run = client.run(theirs["component"])
    found = {}
    for file in client.artifacts(run):
        if file.path.endswith(".json"):
            with client.open_artifact(run, file.path) as stream:
                chart = json.loads(stream.read())
                found[chart["title"]] = chart
    assert {title: chart["type"] for title, chart in found.items()} == {title: kind for kind, title, _ in CHARTS}
    assert found["confusion"]["confusionMatrix"] == [[1, 1], [0, 2]]
    assert found["roc"]["areaUnderCurve"] == 0.75


def test_we_read_their_inputs_as_data_sets(client: tl.Client, theirs: dict[str, str]) -> None:
    run = client.run(theirs["component"])
    inputs = {one.name: one.source for one in run.inputs}
    bucket = f"sagemaker-{REGION}-{ACCOUNT}"
    assert inputs == {
        "train.csv": f"s3://{bucket}/trial-component-artifacts/{theirs['component']}/train.csv",
        "digits": "s3://elsewhere/digits",
    }
    assert "inputs" in run.approximate


def test_a_file_of_theirs_that_is_not_there_is_not_found(client: tl.Client, theirs: dict[str, str]) -> None:
    with pytest.raises(tl.TracklayerError), client.open_artifact(theirs["component"], "model") as stream:
        stream.read()


@pytest.mark.parametrize("message", ["out of memory", "a\tb é", "x" * 900], ids=["plain", "odd", "long"])
def test_we_read_their_failures(client: tl.Client, sdk: Sdk, experiment: str, message: str) -> None:
    made = sdk.ask("write_run", experiment=experiment, run="failing", fail=message, params={"a": "b"})
    run = client.run(made["component"])
    assert (run.status, run.params) == ("failed", {"a": "b"})
    assert message in run.tags.values()
    assert run.ended is not None


def test_we_find_their_runs(client: tl.Client, sdk: Sdk, experiment: str) -> None:
    for number in range(3):
        sdk.ask(
            "write_run", experiment=experiment, run=f"r{number}", params={"lr": number / 10},
            points=[["loss", float(number), 0, None]],
        )  # fmt: skip
    assert len(list(client.runs(experiment))) == 3
    (found,) = client.runs(experiment, filter="params.lr = '0.1'")
    assert found.id == f"{experiment}-r1"
    found_by_metric = client.runs(experiment, filter="metrics.loss > 0.5", order_by=["metrics.loss DESC"])
    assert [run.id for run in found_by_metric] == [f"{experiment}-r2", f"{experiment}-r1"]


def test_names_that_only_differ_in_case_are_one_experiment(client: tl.Client, sdk: Sdk, experiment: str) -> None:
    made = sdk.ask("write_run", experiment=experiment.upper(), run="A")
    assert made["experiment"] == experiment
    assert [run.id for run in client.runs(experiment)] == [made["component"]]


def test_deleting_their_run_leaves_them_their_files(aws: Cloud, client: tl.Client, sdk: Sdk, experiment: str) -> None:
    made = sdk.ask("write_run", experiment=experiment, run="gone", charts=CHARTS, files=encoded(FILES))
    client.delete(client.run(made["component"]))
    with pytest.raises(tl.NotFound):
        client.run(made["component"])
    assert list(client.runs(experiment)) == []
    # Files that others put are theirs.
    kept = aws.client("s3").list_objects_v2(Bucket=f"sagemaker-{REGION}-{ACCOUNT}", Prefix="trial-component-artifacts/")
    assert any(f"/{made['component']}/" in one["Key"] for one in kept["Contents"])
