"""Requests out of the model, and the model out of records, without a server."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tracklayer.drivers.sagemaker import reading, record, wire
from tracklayer.model import Batch, Dataset, MetricSummary, RunDraft, Source

NOW = datetime(2026, 3, 4, 5, 6, 7, 891_000, tzinfo=timezone.utc)


def component(**fields: Any) -> dict[str, Any]:
    return {"TrialComponentName": "vision-first", "DisplayName": "vision-first", **fields}


def made(**fields: Any) -> dict[str, Any]:
    draft = RunDraft(**{"token": "t", "name": "First run!"} | fields)
    return wire.new_component("vision-first-x", draft, record.made("t", "s3://b/k", "vision"), NOW)


def test_a_new_run_is_marked_for_the_official_sdk() -> None:
    tags = wire.tag_map(made(tags={"stage": "dev", "tracklayer.made": "{}"})["Tags"])
    assert tags == {"stage": "dev", "sagemaker:trial-component-source": "run"}


def test_what_is_made_is_read_back() -> None:
    run = reading.run(made(tags={"stage": "dev", "tracklayer.made": "{}"}), "")
    assert (run.name, run.status, run.token, run.started) == ("First run!", "running", "t", NOW)
    assert run.tags == {"stage": "dev", "tracklayer.made": "{}"}
    assert run.experiment.id == "experiment/vision"
    assert run.beside == {}


def test_a_scheduled_run_has_not_started() -> None:
    request = made(status="scheduled")
    assert request["StartTime"] is None
    assert reading.run(request, "").status == "scheduled"


def test_source_is_shown_and_not_read_from_there() -> None:
    request = made(source=Source(commit="4f1c", remote="https://git.example/x.git", branch="main"))
    assert request["MetadataProperties"] == {"CommitId": "4f1c", "Repository": "https://git.example/x.git"}
    assert reading.run(request, "").source is None
    assert made(source=Source(commit="x" * 1_025))["MetadataProperties"] is None


def test_a_name_given_in_studio_is_the_runs_name() -> None:
    assert reading.run({**made(), "DisplayName": "Renamed"}, "").name == "Renamed"
    assert reading.run({**made(), "DisplayName": "First-run"}, "").name == "First run!"
    assert reading.run(made(name=None), "").name is None
    assert reading.run(made(name="🚀"), "").name == "🚀"


def test_a_change_names_only_what_changes() -> None:
    assert wire.change("n", Batch()) == {}
    assert wire.change("n", Batch(tags={"t": "x"})) == {}
    request = wire.change("n", Batch(params={"a": "", "b": 0.0}, status="killed", tags={"tracklayer.page0": "{}"}))
    assert request["Parameters"] == {"a": {"StringValue": ""}, "b": {"NumberValue": 0.0}}
    assert request["Status"] == {"PrimaryStatus": "Stopped", "Message": "killed"}
    assert request["InputArtifacts"] == {"tracklayer.page0": record.ours("{}")}


@pytest.mark.parametrize(
    ("why", "said"), [("node died", "node died"), ("", "failed"), ("a\nb", "failed"), ("x" * 1_025, "failed")]
)
def test_the_reason_of_a_failure_is_shown(why: str, said: str) -> None:
    batch = Batch(status="failed", tags={"audit.ended": why})
    assert wire.change("n", batch)["Status"]["Message"] == said
    run = reading.run({**made(tags={"audit.ended": why}), "Status": wire.change("n", batch)["Status"]}, "")
    assert (run.status, run.tags) == ("failed", {"audit.ended": why})


@pytest.mark.parametrize(
    ("primary", "message", "status", "tag"),
    [
        ("InProgress", "Within a run context", "running", None),
        ("InProgress", "scheduled", "scheduled", None),
        ("Stopping", "by hand", "running", "by hand"),
        ("Stopped", "", "killed", None),
        ("Completed", "all well", "finished", "all well"),
        ("Failed", "out of memory", "failed", "out of memory"),
    ],
)
def test_a_status_of_others(primary: str, message: str, status: str, tag: str | None) -> None:
    run = reading.run(component(Status={"PrimaryStatus": primary, "Message": message}), "vision")
    assert run.status == status
    assert run.tags.get("sagemaker.status_message") == tag


def test_an_end_counts_as_the_record_says() -> None:
    ended = {"EndTime": NOW, "Status": {"PrimaryStatus": "Completed"}}
    goes_on = {"EndTime": NOW, "Status": {"PrimaryStatus": "InProgress"}}
    assert reading.run(component(**ended), "").ended == NOW
    assert reading.run(component(**goes_on), "").ended is None
    stale, true = (record.end(NOW, counts=counts) for counts in (False, True))
    assert reading.run(component(**ended, InputArtifacts=stale), "").ended is None
    assert reading.run(component(**goes_on, InputArtifacts=true), "").ended == NOW
    later = {**ended, "EndTime": NOW + timedelta(seconds=1)}
    assert reading.run(component(**later, InputArtifacts=stale), "").ended == later["EndTime"]


def test_a_run_of_others_tells_what_it_can() -> None:
    run = reading.run(
        component(
            Parameters={"lr": {"NumberValue": 1.0}, "name": {"StringValue": "adam"}},
            InputArtifacts={"digits": {"Value": "s3://b/digits.csv", "MediaType": "text/csv"}},
            OutputArtifacts={"image": {"Value": "1.dkr.ecr/x:1"}, "model": {"Value": "s3://b/model"}},
            MetadataProperties={"CommitId": "4f1c", "Repository": "https://x", "GeneratedBy": "pipeline"},
            Source={"SourceArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/j", "SourceType": "Job"},
            CreatedBy={"UserProfileName": "ada"},
            Tags=[{"Key": "team", "Value": "red"}, {"Key": "sagemaker:trial-component-source", "Value": "run"}],
            Metrics=[{"MetricName": "loss", "Last": 0.5, "Min": 0.1, "Max": 2.0, "Count": 3, "TimeStamp": NOW}],
        ),
        "vision",
    )
    assert (run.name, run.user, run.token) == ("first", "ada", None)
    assert run.params == {"lr": 1.0, "name": "adam"}
    assert run.tags == {
        "team": "red",
        "sagemaker.output.image": "1.dkr.ecr/x:1",
        "sagemaker.source_arn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/j",
        "sagemaker.source_type": "Job",
        "sagemaker.generated_by": "pipeline",
    }
    assert run.source == Source(commit="4f1c", remote="https://x")
    assert [(one.name, one.source, one.kind) for one in run.inputs] == [("digits", "s3://b/digits.csv", "s3")]
    when = round(NOW.timestamp() * 1_000) * 10**6
    assert run.metrics == {"loss": MetricSummary(last=0.5, last_step=2, last_time=when, min=0.1, max=2.0, count=3)}
    assert set(run.approximate) == {"metrics.loss", "params", "inputs"}


def test_of_two_sources_of_a_metric_the_one_that_counted_more_is_told() -> None:
    given = [
        {"MetricName": "loss", "Last": float(count), "Count": count, "SourceArn": str(count)} for count in (1, 9, 4)
    ]
    assert reading.summaries(component(Metrics=given))["loss"]["SourceArn"] == "9"


def test_data_sets_are_shown_by_name_and_where_they_are() -> None:
    inputs = [
        Dataset(name="digits", digest="ab12", source="s3://b/digits"),
        Dataset(name="digits", digest="cd34"),
        Dataset(name="taken", digest="1"),
        Dataset(name="n" * 129, digest="1"),
        Dataset(name="long", digest="1", source="x" * 2_049),
        Dataset(name="tracklayer.x", digest="1"),
    ]
    assert wire.shown(inputs, {"taken": {"Value": "theirs"}}) == {
        "digits": {"Value": "s3://b/digits", "MediaType": record.DATASET},
        "digits@cd34": {"Value": "digits@cd34", "MediaType": record.DATASET},
    }
