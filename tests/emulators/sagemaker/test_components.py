from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from tests.emulators.sagemaker.clients import Aws, code, refused

START = datetime(2020, 1, 2, 3, 4, 5, 678901, tzinfo=timezone.utc)


def numbers(count: int, start: int = 0) -> dict[str, dict[str, float]]:
    return {f"p{number}": {"NumberValue": float(number)} for number in range(start, start + count)}


def files(count: int, start: int = 0) -> dict[str, dict[str, str]]:
    return {f"f{number}": {"Value": f"s3://b/{number}"} for number in range(start, start + count)}


def test_a_component_comes_back_as_it_was_made(aws: Aws) -> None:
    given: dict[str, Any] = {
        "DisplayName": "Shown",
        "Status": {"PrimaryStatus": "Completed", "Message": "done"},
        "StartTime": START,
        "EndTime": START + timedelta(hours=1),
        "Parameters": {"lr": {"NumberValue": 0.1}, "zero": {"NumberValue": 0.0}, "opt": {"StringValue": ""}},
        "InputArtifacts": {"data": {"Value": "s3://b/data", "MediaType": "text/csv"}},
        "OutputArtifacts": {"model": {"Value": "s3://b/model"}},
        "MetadataProperties": {"CommitId": "abc", "Repository": "git@host"},
    }
    arn = aws.component("My-TC", **given)
    assert arn == "arn:aws:sagemaker:us-east-1:123456789012:experiment-trial-component/my-tc"
    for name in ("my-tc", "MY-TC", arn):
        described = aws.described(name)
        kept = {key: described[key] for key in given if not key.endswith("Time")}
        assert kept == {key: value for key, value in given.items() if not key.endswith("Time")}
    assert described["StartTime"] == START.replace(microsecond=678000)
    assert (described["TrialComponentName"], described["TrialComponentArn"], described["Metrics"]) == ("My-TC", arn, [])
    assert aws.described("my-tc").keys() & {"Source", "Sources"} == set()


@pytest.mark.parametrize(("kept", "microsecond"), [("seconds", 0), ("milliseconds", 678000), ("microseconds", 678901)])
def test_how_exactly_times_are_kept_is_a_knob(aws: Aws, kept: str, microsecond: int) -> None:
    aws.tune(time_kept=kept)
    aws.component(StartTime=START)
    assert aws.described()["StartTime"] == START.replace(microsecond=microsecond)


def test_an_update_merges_and_then_removes(aws: Aws) -> None:
    aws.component(
        Parameters=numbers(2), InputArtifacts=files(1), Status={"PrimaryStatus": "InProgress", "Message": "m"}
    )
    aws.sm.update_trial_component(
        TrialComponentName="TC",
        Parameters={"p1": {"StringValue": "other"}, "p2": {"NumberValue": 2.0}, "gone": {"NumberValue": 1.0}},
        ParametersToRemove=["p0", "gone", "never"],
        OutputArtifacts=files(1),
        InputArtifactsToRemove=["f0"],
        Status={"PrimaryStatus": "Failed"},
        EndTime=START,
    )
    described = aws.described()
    assert described["Parameters"] == {"p1": {"StringValue": "other"}, "p2": {"NumberValue": 2.0}}
    assert (described["InputArtifacts"], described["OutputArtifacts"]) == ({}, files(1))
    assert described["Status"] == {"PrimaryStatus": "Failed"}
    aws.sm.update_trial_component(TrialComponentName="tc", DisplayName="x", Parameters={})
    assert aws.described()["Parameters"] == described["Parameters"]
    assert aws.described()["EndTime"] == described["EndTime"]


def test_the_sizes_of_maps_hold_after_the_merge_too(aws: Aws) -> None:
    aws.component(Parameters=numbers(300), InputArtifacts=files(60), OutputArtifacts=files(60))
    for name, one in (
        ("Parameters", numbers(1, 300)),
        ("InputArtifacts", files(1, 60)),
        ("OutputArtifacts", files(1, 60)),
    ):
        kind, message = refused(aws.sm.update_trial_component, TrialComponentName="tc", **{name: one})
        assert (kind, "length less than or equal to" in message) == ("ValidationException", True)
        first = next(iter(aws.described()[name]))
        aws.sm.update_trial_component(TrialComponentName="tc", **{name: one, f"{name}ToRemove": [first]})
        assert len(aws.described()[name]) == (300 if name == "Parameters" else 60)


def test_a_refused_update_changes_nothing(aws: Aws) -> None:
    aws.component(Parameters=numbers(300))
    before = aws.described()
    update = {"DisplayName": "other", "OutputArtifacts": files(1), "Parameters": numbers(1, 300)}
    assert code(aws.sm.update_trial_component, TrialComponentName="tc", **update) == "ValidationException"
    after = aws.described()
    assert {**after, "ResponseMetadata": 0} == {**before, "ResponseMetadata": 0}


@pytest.mark.parametrize("value", [{}, {"StringValue": "a", "NumberValue": 1.0}, {"NumberValue": float("nan")}])
def test_a_parameter_is_one_text_or_one_finite_number(aws: Aws, value: dict[str, object]) -> None:
    assert (
        code(aws.sm.create_trial_component, TrialComponentName="tc", Parameters={"p": value}) == "ValidationException"
    )


def test_a_component_may_be_in_many_trials(aws: Aws) -> None:
    aws.experiment("a")
    aws.experiment("b")
    for trial, experiment in (("t1", "a"), ("t2", "a"), ("t3", "b")):
        aws.trial(trial, experiment)
    aws.component()
    for trial in ("t1", "t2", "t3", "T3"):
        answer = aws.sm.associate_trial_component(TrialComponentName="TC", TrialName=trial)
        assert answer["TrialArn"].endswith(f"experiment-trial/{trial.lower()}")
    listed = aws.sm.list_trial_components(ExperimentName="A")["TrialComponentSummaries"]
    assert [one["TrialComponentName"] for one in listed] == ["tc"]
    aws.sm.disassociate_trial_component(TrialComponentName="tc", TrialName="t3")
    assert aws.sm.list_trial_components(ExperimentName="b")["TrialComponentSummaries"] == []
    assert code(aws.sm.disassociate_trial_component, TrialComponentName="tc", TrialName="t3") == "ValidationException"
    for call in (aws.sm.associate_trial_component, aws.sm.disassociate_trial_component):
        assert code(call, TrialComponentName="tc", TrialName="x") == "ResourceNotFound"
        assert code(call, TrialComponentName="x", TrialName="t1") == "ResourceNotFound"


def test_a_trial_takes_fifty(aws: Aws) -> None:
    aws.experiment()
    aws.trial()
    for number in range(50):
        aws.component(f"tc-{number}", "trial")
    aws.component("tc-50")
    kind, message = refused(aws.sm.associate_trial_component, TrialComponentName="tc-50", TrialName="trial")
    assert kind == "ResourceLimitExceeded"
    assert message.startswith(
        "The account-level service limit 'Total number of trial components allowed in a single trial, excluding those "
        "automatically created by SageMaker' is 50 Trial Components, with current utilization of 0 Trial Components "
        "and a request delta of 51 Trial Components. Please use AWS Service Quotas to request an increase for this "
        "quota. If AWS Service Quotas is not available, contact AWS support"
    )
    aws.sm.associate_trial_component(TrialComponentName="tc-49", TrialName="trial")
    aws.tune(reassociating="counted")
    assert (
        code(aws.sm.associate_trial_component, TrialComponentName="tc-49", TrialName="trial") == "ResourceLimitExceeded"
    )


def test_components_are_listed_by_one_thing_at_a_time(aws: Aws) -> None:
    aws.experiment()
    aws.trial()
    aws.component("a", "trial", Status={"PrimaryStatus": "Failed"}, StartTime=START)
    aws.component("b")
    listed = aws.sm.list_trial_components(TrialName="TRIAL")["TrialComponentSummaries"]
    assert [(one["TrialComponentName"], one["Status"]["PrimaryStatus"]) for one in listed] == [("a", "Failed")]
    assert listed[0].keys().isdisjoint({"Parameters", "Metrics", "InputArtifacts"})
    assert len(aws.sm.list_trial_components()["TrialComponentSummaries"]) == 2
    assert (
        aws.sm.list_trial_components(SourceArn="arn:aws:sagemaker:us-east-1:123456789012:training-job/x")[
            "TrialComponentSummaries"
        ]
        == []
    )
    both = {"TrialName": "trial", "ExperimentName": "exp"}
    assert code(aws.sm.list_trial_components, **both) == "ValidationException"
    assert code(aws.sm.list_trial_components, TrialName="x") == "ResourceNotFound"
    ordered = aws.sm.list_trial_components(SortBy="Name", SortOrder="Ascending")["TrialComponentSummaries"]
    assert [one["TrialComponentName"] for one in ordered] == ["a", "b"]


def test_what_is_missing_is_not_found(aws: Aws) -> None:
    arn = aws.component()
    for other in (arn.replace("us-east-1", "eu-west-1"), arn.replace("-trial-component", "-trial"), f"{arn}x"):
        assert code(aws.sm.describe_trial_component, TrialComponentName=other) == "ResourceNotFound"
    for call in (aws.sm.describe_trial_component, aws.sm.update_trial_component, aws.sm.delete_trial_component):
        assert refused(call, TrialComponentName="x") == ("ResourceNotFound", "Trial component 'x' does not exist.")
