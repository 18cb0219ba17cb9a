"""What ours writes, the official SDK reads, and goes on with; what it added, ours reads."""

from __future__ import annotations

import base64
import json
import math
from array import array
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from contract_tests.witnesses.cloud import Cloud
from contract_tests.witnesses.sdk import Sdk
from tests.drivers.sagemaker.interop.conftest import new_name

import tracklayer as tl
from tracklayer.model import Points, Run

NOW = datetime.now(timezone.utc).replace(microsecond=0)
#: Within what SageMaker takes as a metric's time.
AN_HOUR_AGO = NOW - timedelta(hours=1)
LONG = "a long value " * 1_000
PARAMS: dict[str, Any] = {"lr": 0.1, "layers": 3, "optimizer": "adam", "a/b.c d": "e", "empty": "", "zero": 0}
ROC = {
    "type": "ROCCurve",
    "version": 0,
    "title": "roc",
    "falsePositiveRate": [0.0, 0.5, 1.0],
    "truePositiveRate": [0.0, 0.9, 1.0],
    "areaUnderCurve": 0.8,
}
CURVE = [(step, 1.0 / (step + 1)) for step in range(40)]


def write(client: tl.Client, experiment: str, name: str = "first é") -> Run:
    """A run of ours with everything."""
    with client.start_run(experiment, name=name, params=PARAMS, tags={"stage": "dev", "long": LONG}) as run:
        run.log_params({"long": LONG, "yes": True})
        for step, value in CURVE:
            run.log_metric("loss", value, step=step, time=AN_HOUR_AGO + timedelta(seconds=step))
        run.log_metric("odd", math.nan, step=-5)
        run.log_metric("odd", 2.0, step=0)
        run.log_metric("old", 3.0, step=1, time=NOW - timedelta(days=400))
        run.log_text("the text", "notes/a.txt")
        run.log_text(json.dumps(ROC), "roc.json")
    return client.run(run.id)


def short(run: Run, experiment: str) -> str:
    """What the official SDK calls the run's name."""
    assert run.id.startswith(f"{experiment}-")
    return run.id.removeprefix(f"{experiment}-")


@dataclass(frozen=True)
class Ours:
    """An experiment of ours with two runs; to be read only."""

    experiment: str
    run: Run
    other: Run


@pytest.fixture(scope="module")
def ours(aws: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Ours:
    name = new_name()
    with aws.entered(tmp_path_factory.mktemp("journal")), tl.connect(aws.url) as client:
        return Ours(name, write(client, name), write(client, name, "other"))


def test_the_official_sdk_reads_our_runs(sdk: Sdk, ours: Ours) -> None:
    run = ours.run
    seen = sdk.ask("read_run", experiment=ours.experiment, run=short(run, ours.experiment))
    assert (seen["component"], seen["display"], seen["status"]) == (run.id, "first-e", "Completed")
    assert run.started is not None
    assert run.ended is not None
    assert (seen["start"], seen["end"]) == pytest.approx((run.started.timestamp(), run.ended.timestamp()), abs=0.001)
    assert {key: seen["params"][key] for key in PARAMS} == PARAMS
    assert len(seen["params"]["long"]) <= 2_500
    loss = seen["metrics"]["loss"]
    assert (loss["count"], loss["min"], loss["max"], loss["last"]) == (40, CURVE[-1][1], 1.0, CURVE[-1][1])
    assert (seen["metrics"]["odd"]["count"], seen["metrics"]["odd"]["last"]) == (1, 2.0)
    assert seen["metrics"]["old"]["last"] == 3.0
    uri, media_type = seen["outputs"]["notes/a.txt"]
    assert media_type == "text/plain"
    assert sdk.ask("read_file", uri=uri) == "the text"
    (chart,) = sdk.ask("charts", arn=seen["arn"])
    assert (chart["kind"], json.loads(chart["data"])) == ("ROCCurve", ROC)


def test_the_official_sdk_lists_our_runs_and_makes_none(aws: Cloud, client: tl.Client, sdk: Sdk, ours: Ours) -> None:
    both = {ours.run.id, ours.other.id}
    assert {seen["component"] for seen in sdk.ask("list_runs", experiment=ours.experiment)} == both
    assert {run.id for run in client.runs(ours.experiment)} == both
    listed = aws.client("sagemaker").list_trial_components(ExperimentName=ours.experiment)
    assert {one["TrialComponentName"] for one in listed["TrialComponentSummaries"]} == both


def test_the_official_analytics_read_our_runs(sdk: Sdk, ours: Ours) -> None:
    rows = {row["TrialComponentName"]: row for row in sdk.ask("analytics", experiment=ours.experiment)}
    assert set(rows) == {ours.run.id, ours.other.id}
    row = rows[ours.run.id]
    assert {key: row[key] for key in PARAMS} == PARAMS
    assert (row["loss - Count"], row["loss - Last"]) == (40, CURVE[-1][1])
    assert row["Experiments"] == [ours.experiment]
    assert row["notes/a.txt - MediaType"] == "text/plain"
    found = sdk.ask(
        "analytics",
        experiment=ours.experiment,
        search_expression={"Filters": [{"Name": "Parameters.lr", "Operator": "LessThan", "Value": "0.2"}]},
        sort_by="Metrics.loss.Last",
    )
    assert {row["TrialComponentName"] for row in found} == set(rows)


def test_the_official_sdk_goes_on_with_our_run(client: tl.Client, sdk: Sdk, experiment: str) -> None:
    before = write(client, experiment)
    loss = client.metric_history(before, "loss")
    sdk.ask(
        "go_on",
        experiment=experiment,
        run=short(before, experiment),
        params={"theirs": 7, "optimizer": "sgd"},
        points=[["theirs", 0.5 + step, step, None] for step in range(12)],
        files={"theirs.txt": base64.b64encode(b"more").decode()},
        inputs={"train.csv": base64.b64encode(b"a,b").decode()},
        charts=[["ConfusionMatrix", "confusion", True]],
    )
    after = client.run(before.id)
    assert (after.name, after.status, after.started) == ("first é", "finished", before.started)
    assert before.ended is not None
    assert after.ended is not None
    assert after.ended >= before.ended
    assert after.params == {**before.params, "theirs": 7.0, "optimizer": "sgd"}
    assert type(after.params["layers"]) is int
    assert after.params["yes"] is True
    assert after.params["long"] == LONG
    assert after.tags == before.tags
    assert [one.name for one in after.inputs] == ["train.csv"]
    assert client.metric_history(after, "loss") == loss
    assert "metrics.loss" not in after.approximate
    theirs = client.metric_history(after, "theirs")
    assert [(step, value) for step, _, value in theirs.rows()] == [(step, 0.5 + step) for step in range(12)]
    assert "metrics.theirs" in after.approximate
    files = {file.path for file in client.artifacts(after)}
    assert files >= {"notes/a.txt", "roc.json", "theirs.txt"}
    with client.open_artifact(after, "theirs.txt") as stream:
        assert stream.read() == b"more"
    (chart,) = files - {"notes/a.txt", "roc.json", "theirs.txt", "train.csv"}
    with client.open_artifact(after, chart) as stream:
        assert json.loads(stream.read())["type"] == "ConfusionMatrix"


def test_a_series_that_they_went_on_with_is_all_there(client: tl.Client, sdk: Sdk, experiment: str) -> None:
    before = write(client, experiment)
    loss = list(client.metric_history(before, "loss").rows())
    sdk.ask("go_on", experiment=experiment, run=short(before, experiment), points=[["loss", 9.0, 100, None]])
    after = client.run(before.id)
    assert after.approximate["metrics.loss"] == "41 points are counted, and tracklayer wrote 40 of them"
    read = [(step, value) for step, _, value in client.metric_history(after, "loss").rows()]
    assert read == [*((step, value) for step, _, value in loss), (100, 9.0)]


def test_their_failure_ends_our_run(client: tl.Client, sdk: Sdk, experiment: str) -> None:
    before = write(client, experiment)
    sdk.ask("go_on", experiment=experiment, run=short(before, experiment), fail="out of memory")
    after = client.run(before.id)
    assert after.status == "failed"
    assert "out of memory" in after.tags.values()


def test_what_both_wrote_is_one_run(client: tl.Client, sdk: Sdk, experiment: str) -> None:
    made = sdk.ask("write_run", experiment=experiment, run="shared", params={"a": 1}, points=[["m", 1.0, 0, None]])
    points = Points(
        key="ours", steps=array("q", range(20)), times=array("q", range(20)), values=array("d", [math.nan] * 20)
    )
    with client.start_run(resume=made["component"]) as run:
        run.log_param("b", 2)
        run.log_points(points)
        run.log_text("ours", "ours.txt")
    after = client.run(made["component"])
    assert after.params == {"a": 1.0, "b": 2}
    assert type(after.params["b"]) is int
    assert client.metric_history(after, "ours") == points
    assert [value for *_, value in client.metric_history(after, "m").rows()] == [1.0]
    seen = sdk.ask("read_run", experiment=experiment, run="shared")
    assert seen["params"] == {"a": 1.0, "b": 2.0}
    assert sdk.ask("read_file", uri=seen["outputs"]["ours.txt"][0]) == "ours"
    assert [found["component"] for found in sdk.ask("list_runs", experiment=experiment)] == [made["component"]]


def test_past_the_quota_of_a_trial_the_official_sdk_still_analyses(
    aws: Cloud, client: tl.Client, sdk: Sdk, experiment: str
) -> None:
    """Its `list_runs` and `load_run` want every run in one trial, which AWS lets hold 50: for them this is the end."""
    aws.emulator.tune(components_per_trial=2)
    try:
        made = []
        for number in range(3):
            with client.start_run(experiment, name=f"run {number}") as run:
                run.log_metric("loss", 1.0)
            made.append(run.id)
        assert {row["TrialComponentName"] for row in sdk.ask("analytics", experiment=experiment)} == set(made)
        assert {run.id for run in client.runs(experiment)} == set(made)
        assert sdk.ask("read_run", experiment=experiment, run=made[0].removeprefix(f"{experiment}-"))
        with pytest.raises(RuntimeError, match="ResourceLimitExceeded"):
            sdk.ask("list_runs", experiment=experiment)
    finally:
        aws.emulator.tune(components_per_trial=50)


def test_real_host_names_and_no_others(aws: Cloud, client: tl.Client, sagemaker2: Sdk, ours: Ours) -> None:
    assert client.run(ours.run.id).metrics
    with client.open_artifact(ours.run, "notes/a.txt") as stream:
        assert stream.read() == b"the text"
    sagemaker2.ask("read_run", experiment=ours.experiment, run=short(ours.run, ours.experiment))
    asked = {host.partition(":")[0] for host in aws.proxy.asked}
    assert {"api.sagemaker.us-east-1.amazonaws.com", "metrics.sagemaker.us-east-1.amazonaws.com"} <= asked
    assert all(host.endswith((".amazonaws.com", ".sagemaker.aws", ".app.aws")) for host in asked)
    assert not any("sm-pysdk-t" in host for host in asked)  # its telemetry's bucket
    assert aws.proxy.refused == []
