from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from tests.emulators.sagemaker.clients import Aws, code, refused

NOW = datetime.now(timezone.utc)


def test_an_experiment_is_made_described_changed_and_deleted(aws: Aws) -> None:
    arn = aws.experiment("My-Exp", Description="why")
    assert arn == "arn:aws:sagemaker:us-east-1:123456789012:experiment/my-exp"
    described = aws.sm.describe_experiment(ExperimentName="MY-EXP")
    assert (described["ExperimentName"], described["DisplayName"], described["Description"]) == (
        "My-Exp",
        "My-Exp",
        "why",
    )
    assert NOW - timedelta(minutes=1) < described["CreationTime"] == described["LastModifiedTime"]
    assert described["CreatedBy"]["IamIdentity"]["Arn"].startswith("arn:aws:iam::123456789012:")
    aws.tune(ahead=60)
    aws.sm.update_experiment(ExperimentName="my-exp", DisplayName="Shown")
    described = aws.sm.describe_experiment(ExperimentName="my-exp")
    assert (described["DisplayName"], described["Description"]) == ("Shown", "why")
    assert described["LastModifiedTime"] - described["CreationTime"] >= timedelta(seconds=59)
    assert aws.sm.delete_experiment(ExperimentName="my-exp")["ExperimentArn"] == arn
    assert refused(aws.sm.describe_experiment, ExperimentName="my-exp") == (
        "ResourceNotFound",
        "Experiment 'my-exp' does not exist.",
    )


def test_a_name_is_taken_in_any_case(aws: Aws) -> None:
    aws.experiment("exp")
    taken = refused(aws.sm.create_experiment, ExperimentName="EXP")
    assert taken == ("ValidationException", "Experiment with name EXP already exists.")
    aws.trial("trial")
    assert "already exists" in refused(aws.sm.create_trial, TrialName="TRIAL", ExperimentName="exp")[1]
    aws.component("tc")
    assert "already exists" in refused(aws.sm.create_trial_component, TrialComponentName="TC")[1]


@pytest.mark.parametrize(
    "wording", ["already exists", "must be unique within an AWS account", "Cannot create already existing"]
)
def test_how_a_taken_name_is_told_of_is_a_knob(aws: Aws, wording: str) -> None:
    aws.tune(taken=wording)
    aws.experiment()
    kind, message = refused(aws.sm.create_experiment, ExperimentName="exp")
    assert (kind, wording in message) == ("ValidationException", True)


def test_what_is_missing_is_not_found(aws: Aws) -> None:
    aws.experiment()
    for call, arguments in (
        (aws.sm.update_experiment, {"ExperimentName": "x"}),
        (aws.sm.delete_experiment, {"ExperimentName": "x"}),
        (aws.sm.create_trial, {"TrialName": "t", "ExperimentName": "x"}),
        (aws.sm.describe_trial, {"TrialName": "x"}),
        (aws.sm.update_trial, {"TrialName": "x"}),
        (aws.sm.delete_trial, {"TrialName": "x"}),
        (aws.sm.list_trials, {"ExperimentName": "x"}),
        (aws.sm.list_trials, {"TrialComponentName": "x"}),
    ):
        assert code(call, **arguments) == "ResourceNotFound", arguments


def test_a_trial_belongs_to_one_experiment(aws: Aws) -> None:
    aws.experiment("Exp")
    aws.trial("T1", "exp", DisplayName="Shown", MetadataProperties={"CommitId": "abc"})
    described = aws.sm.describe_trial(TrialName="t1")
    assert (described["ExperimentName"], described["DisplayName"]) == ("Exp", "Shown")
    assert described["MetadataProperties"] == {"CommitId": "abc"}
    aws.sm.update_trial(TrialName="t1", DisplayName="Other")
    assert aws.sm.describe_trial(TrialName="t1")["DisplayName"] == "Other"


def test_deletes_go_from_the_inside_out(aws: Aws) -> None:
    aws.experiment()
    aws.trial()
    aws.component(trial="trial")
    assert refused(aws.sm.delete_experiment, ExperimentName="exp")[0] == "ValidationException"
    assert refused(aws.sm.delete_trial, TrialName="trial")[0] == "ValidationException"
    assert refused(aws.sm.delete_trial_component, TrialComponentName="tc")[0] == "ValidationException"
    aws.sm.disassociate_trial_component(TrialComponentName="tc", TrialName="trial")
    aws.sm.delete_trial_component(TrialComponentName="tc")
    aws.sm.delete_trial(TrialName="trial")
    aws.sm.delete_experiment(ExperimentName="exp")
    assert aws.sm.list_experiments()["ExperimentSummaries"] == []
    aws.experiment()
    assert aws.sm.list_trials(ExperimentName="exp")["TrialSummaries"] == []


def test_lists_are_newest_first_ten_a_page(aws: Aws) -> None:
    for number in range(23):
        aws.tune(ahead=number)
        aws.experiment(f"e-{number}")
    first = aws.sm.list_experiments()
    assert [one["ExperimentName"] for one in first["ExperimentSummaries"]] == [f"e-{n}" for n in range(22, 12, -1)]
    pages = aws.sm.get_paginator("list_experiments").paginate()
    assert [len(page["ExperimentSummaries"]) for page in pages] == [10, 10, 3]
    named = aws.sm.list_experiments(SortBy="Name", SortOrder="Ascending", MaxResults=3)
    assert [one["ExperimentName"] for one in named["ExperimentSummaries"]] == ["e-0", "e-1", "e-10"]


def test_a_page_survives_what_comes_and_goes(aws: Aws) -> None:
    for number in range(4):
        aws.tune(ahead=number)
        aws.experiment(f"e-{number}")
    first = aws.sm.list_experiments(MaxResults=2)
    aws.tune(ahead=9)
    aws.experiment("new")
    second = aws.sm.list_experiments(MaxResults=2, NextToken=first["NextToken"])
    assert [one["ExperimentName"] for one in second["ExperimentSummaries"]] == ["e-1", "e-0"]
    aws.sm.delete_experiment(ExperimentName="e-2")
    again = aws.sm.list_experiments(MaxResults=2, NextToken=first["NextToken"])
    assert [one["ExperimentName"] for one in again["ExperimentSummaries"]] == ["e-1", "e-0"]


def test_a_token_is_good_for_its_own_question(aws: Aws) -> None:
    for number in range(3):
        aws.experiment(f"e-{number}")
    token = aws.sm.list_experiments(MaxResults=1)["NextToken"]
    assert code(aws.sm.list_experiments, MaxResults=1, SortBy="Name", NextToken=token) == "ValidationException"
    assert code(aws.sm.list_experiments, NextToken="nonsense") == "ValidationException"


def test_lists_are_cut_by_time_and_parent(aws: Aws) -> None:
    aws.experiment("a")
    aws.experiment("b")
    aws.trial("ta", "a")
    aws.trial("tb", "b")
    aws.component("tc", "tb")
    of_a = aws.sm.list_trials(ExperimentName="A")["TrialSummaries"]
    of_tc = aws.sm.list_trials(TrialComponentName="TC")["TrialSummaries"]
    assert ([one["TrialName"] for one in of_a], [one["TrialName"] for one in of_tc]) == (["ta"], ["tb"])
    hour = timedelta(hours=1)
    assert len(aws.sm.list_trials(CreatedAfter=NOW - hour, CreatedBefore=NOW + hour)["TrialSummaries"]) == 2
    assert aws.sm.list_trials(CreatedAfter=NOW + hour)["TrialSummaries"] == []
    assert aws.sm.list_experiments(CreatedBefore=NOW - hour)["ExperimentSummaries"] == []


def test_quotas_are_told_of_in_aws_own_words(aws: Aws) -> None:
    aws.tune(trials_per_experiment=3, experiments=2)
    aws.experiment()
    for number in range(3):
        aws.trial(f"t-{number}")
    kind, message = refused(aws.sm.create_trial, TrialName="t-3", ExperimentName="exp")
    assert kind == "ResourceLimitExceeded"
    assert (
        "'Total number of trials allowed in a single experiment, excluding those automatically created by SageMaker'"
        in message
    )
    assert "is 3 Trials, with current utilization of 0 Trials and a request delta of 4 Trials." in message
    aws.experiment("other")
    assert code(aws.sm.create_experiment, ExperimentName="third") == "ResourceLimitExceeded"


def test_regions_are_apart(aws: Aws) -> None:
    aws.experiment()
    other = Aws(aws.emulator, "eu-central-1")
    assert other.sm.list_experiments()["ExperimentSummaries"] == []
    assert other.experiment() == "arn:aws:sagemaker:eu-central-1:123456789012:experiment/exp"
    other.close()
    assert (
        aws.emulator.region("cn-north-1").arn("experiment", "A")
        == "arn:aws-cn:sagemaker:cn-north-1:123456789012:experiment/a"
    )
