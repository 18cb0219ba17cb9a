from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any

import pytest
from tests.emulators.sagemaker.clients import Aws, code, refused


@pytest.fixture
def three(aws: Aws) -> Aws:
    """Three components, a minute apart: `one` and `two` in experiment `exp`, `two` and `three` in `other`."""
    aws.experiment("exp", Description="first")
    aws.experiment("other")
    aws.trial("t-exp", "exp")
    aws.trial("t-other", "other")
    members = {"one": ["t-exp"], "two": ["t-exp", "t-other"], "three": ["t-other"]}
    for number, (name, trials) in enumerate(members.items(), 1):
        aws.tune(ahead=60 * number)
        aws.component(
            name,
            DisplayName=f"Run-{number}",
            Status={"PrimaryStatus": "Failed" if number == 3 else "Completed", "Message": f"m {number}"},
            StartTime=datetime(2020, 1, number, tzinfo=timezone.utc),
            Parameters={"lr": {"NumberValue": number / 10}, "opt.name": {"StringValue": f"adam-{number}"}}
            | ({"only": {"StringValue": "3"}} if number == 3 else {}),
            OutputArtifacts={"model.tar": {"Value": f"s3://b/{name}", "MediaType": "a/b"}},
            Tags=[{"Key": "team", "Value": "red" if number < 3 else "blue"}],
        )
        for trial in trials:
            aws.sm.associate_trial_component(TrialComponentName=name, TrialName=trial)
        aws.put(
            *({"MetricName": "val:loss", "Timestamp": time.time(), "Value": number + extra} for extra in (0, 5)),
            name=name,
        )
    return aws


@pytest.mark.parametrize(
    ("name", "operator", "value", "found"),
    [
        ("TrialComponentName", "Equals", "ONE", "one"),
        ("TrialComponentName", "Contains", "T", "three two"),
        ("TrialComponentName", "In", "one, three", "one three"),
        ("TrialComponentName", "NotEquals", "one", "three two"),
        ("DisplayName", "Equals", "Run-2", "two"),
        ("DisplayName", "Contains", "Run", "one three two"),
        ("Parents.TrialName", "Equals", "T-EXP", "one two"),
        ("Parents.ExperimentName", "Equals", "other", "three two"),
        ("parents.experimentname", "Equals", "exp", "one two"),
        ("Parents.ExperimentName", "NotEquals", "exp", "three"),
        ("Parents", "Exists", None, "one three two"),
        ("Parameters.lr", "GreaterThan", "0.1", "three two"),
        ("Parameters.lr", "GreaterThanOrEqualTo", "0.1", "one three two"),
        ("Parameters.lr", "LessThan", "0.2", "one"),
        ("Parameters.lr", "LessThanOrEqualTo", "0.20", "one two"),
        ("Parameters.lr", "Equals", "0.30", "three"),
        ("Parameters.lr", "NotEquals", "0.3", "one two"),
        ("Parameters.opt.name", "Equals", "adam-1", "one"),
        ("Parameters.opt.name", "GreaterThan", "0", ""),
        ("Parameters.only", "Exists", None, "three"),
        ("Parameters.only", "NotExists", None, "one two"),
        ("Parameters.never", "Equals", "x", ""),
        ("Metrics.val:loss", "GreaterThan", "7.5", "three"),
        ("metrics.val:loss.Min", "Equals", "2", "two"),
        ("metrics.val:loss.max", "LessThan", "7", "one"),
        ("Tags.team", "Equals", "red", "one two"),
        ("Tags.team", "NotEquals", "red", "three"),
        ("Tags", "Contains", "blu", "three"),
        ("Status.PrimaryStatus", "Equals", "Failed", "three"),
        ("Status.Message", "Contains", "m 2", "two"),
        ("StartTime", "GreaterThan", "2020-01-02T00:00:00", "three"),
        ("StartTime", "LessThanOrEqualTo", "2020-01-02T00:00:00Z", "one two"),
        ("StartTime", "Equals", "2020-01-02T01:00:00+01:00", "two"),
        ("OutputArtifacts.model.tar", "Equals", "s3://b/two", "two"),
        ("OutputArtifacts.model.tar.Value", "Contains", "one", "one"),
        ("OutputArtifacts.model.tar.MediaType", "Equals", "a/b", "one three two"),
        ("OutputArtifacts", "Contains", "b/three", "three"),
        ("Source", "NotExists", None, "one three two"),
    ],
)
def test_filters(three: Aws, name: str, operator: str, value: str | None, found: str) -> None:
    assert sorted(three.found((name, operator, value))) == found.split()


def test_all_filters_hold_unless_one_is_enough(three: Aws) -> None:
    failed, red = ("Status.PrimaryStatus", "Equals", "Failed"), ("Tags.team", "Equals", "red")
    assert three.found(failed, red) == []
    expression = {
        "Operator": "Or",
        "Filters": [{"Name": "Parameters.lr", "Value": "0.1"}],
        "SubExpressions": [
            {"Filters": [dict(zip(("Name", "Operator", "Value"), failed, strict=True))]},
            {"Filters": [dict(zip(("Name", "Operator", "Value"), one, strict=True)) for one in (failed, red)]},
        ],
    }
    assert sorted(three.found(SearchExpression=expression)) == ["one", "three"]


def test_nested_filters_hold_of_one_and_the_same_item(three: Aws) -> None:
    def nested(trial: str, experiment: str) -> dict[str, Any]:
        filters = [
            {"Name": "Parents.TrialName", "Value": trial},
            {"Name": "Parents.ExperimentName", "Value": experiment},
        ]
        return {"NestedFilters": [{"NestedPropertyName": "Parents", "Filters": filters}]}

    assert sorted(three.found(SearchExpression=nested("t-exp", "exp"))) == ["one", "two"]
    assert three.found(SearchExpression=nested("t-exp", "other")) == []
    assert three.found(("Parents.TrialName", "Equals", "t-exp"), ("Parents.ExperimentName", "Equals", "other")) == [
        "two"
    ]


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, "three two one"),
        ({"SortOrder": "Ascending"}, "one two three"),
        ({"SortBy": "CreationTime", "SortOrder": "Ascending"}, "one two three"),
        ({"SortBy": "TrialComponentName"}, "two three one"),
        ({"SortBy": "Parameters.lr", "SortOrder": "Ascending"}, "one two three"),
        ({"SortBy": "metrics.val:loss.max"}, "three two one"),
        ({"SortBy": "Parameters.only", "SortOrder": "Ascending"}, "three one two"),
    ],
)
def test_sorting(three: Aws, more: dict[str, Any], found: str) -> None:
    assert three.found(**more) == found.split()


def test_the_record_is_whole(three: Aws) -> None:
    given = three.sm.search(
        Resource="ExperimentTrialComponent",
        SearchExpression={"Filters": [{"Name": "TrialComponentName", "Operator": "Equals", "Value": "two"}]},
    )
    assert given["TotalHits"] == {"Value": 1, "Relation": "EqualTo"}
    record, described = given["Results"][0]["TrialComponent"], three.described("two")
    assert {key: value for key, value in described.items() if key != "ResponseMetadata"}.items() <= record.items()
    assert record["Tags"] == [{"Key": "team", "Value": "red"}]
    assert record["Parents"] == [
        {"TrialName": "t-exp", "ExperimentName": "exp"},
        {"TrialName": "t-other", "ExperimentName": "other"},
    ]
    assert record["Metrics"][0]["Count"] == 2


def test_experiments_and_trials_are_searched_too(three: Aws) -> None:
    assert three.found(("Description", "Contains", "fir"), resource="Experiment") == ["exp"]
    assert three.found(resource="Experiment", SortBy="ExperimentName") == ["other", "exp"]
    assert three.found(("ExperimentName", "Equals", "EXP"), resource="ExperimentTrial") == ["t-exp"]
    trial = three.sm.search(Resource="ExperimentTrial", SortBy="TrialName", SortOrder="Ascending")["Results"][0][
        "Trial"
    ]
    assert [one["TrialComponentName"] for one in trial["TrialComponentSummaries"]] == ["one", "two"]


def test_pages_of_ten_and_of_at_most_a_hundred(aws: Aws) -> None:
    for number in range(120):
        aws.component(f"tc-{number:03}")
    first = aws.sm.search(Resource="ExperimentTrialComponent")
    assert (len(first["Results"]), first["TotalHits"]["Value"]) == (10, 120)
    asked = {
        "Resource": "ExperimentTrialComponent",
        "SortBy": "CreationTime",
        "SortOrder": "Ascending",
        "MaxResults": 100,
    }
    pages = [aws.sm.search(**asked)]
    pages.append(aws.sm.search(NextToken=pages[0]["NextToken"], **asked))
    assert [len(page["Results"]) for page in pages] == [100, 20]
    assert "NextToken" not in pages[1]
    names = [one["TrialComponent"]["TrialComponentName"] for page in pages for one in page["Results"]]
    assert len(set(names)) == 120
    assert code(aws.sm.search, **{**asked, "MaxResults": 101}) == "ValidationException"


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ({"Filters": [{"Name": "Nonsense", "Value": "x"}]}, "Unknown property name: Nonsense"),
        ({"Filters": [{"Name": "Parents.Nonsense", "Value": "x"}]}, "Unknown property name: Parents.Nonsense"),
        (
            {"Filters": [{"Name": "DisplayName", "Operator": "GreaterThan", "Value": "x"}]},
            "not supported for text property",
        ),
        (
            {"Filters": [{"Name": "StartTime", "Operator": "LessThan", "Value": "yesterday"}]},
            "not an ISO 8601 date-time",
        ),
        ({"Filters": [{"Name": "StartTime", "Operator": "Contains", "Value": "2020"}]}, "only supported for text"),
        ({"Filters": [{"Name": "Parameters.lr", "Operator": "LessThan", "Value": "x"}]}, "not a number"),
        ({"Filters": [{"Name": "DisplayName", "Operator": "Equals"}]}, "A value is required"),
        ({"Operator": "And"}, "at least one filter"),
        (
            {"Filters": [{"Name": f"Parameters.{n}", "Operator": "Contains", "Value": "x"} for n in range(2)]},
            "limit of 1 exceeded",
        ),
        ({"Filters": [{"Name": "x", "Value": "x"}] * 21}, "less than or equal to 20"),
        ({"Filters": [{"Name": "DisplayName", "Value": "x" * 1025}]}, "less than or equal to 1024"),
        ({"Filters": [{"Name": "DisplayName", "Value": ""}]}, "greater than or equal to 1"),
        ({"Filters": [{"Name": "x" * 256, "Value": "x"}]}, "less than or equal to 255"),
        ({"Filters": [{"Name": "DisplayName", "Operator": "Like", "Value": "x"}]}, "enum value set"),
        ({"SubExpressions": [{"Filters": [{"Name": "DisplayName", "Value": "x"}] * 16}] * 3}, "at most 50"),
    ],
)
def test_a_wrong_expression_is_refused(aws: Aws, expression: dict[str, Any], message: str) -> None:
    kind, text = refused(aws.sm.search, Resource="ExperimentTrialComponent", SearchExpression=expression)
    assert (kind, message in text) == ("ValidationException", True), text


def test_fifty_conditions_are_not_too_many(aws: Aws) -> None:
    filters = [{"Name": "DisplayName", "Value": "x"}] * 16
    many = {"SubExpressions": [{"Filters": filters}] * 2 + [{"Filters": filters[:15]}]}
    assert aws.found(SearchExpression=many) == []


def test_the_index_lags_and_lists_do_not(aws: Aws) -> None:
    aws.component("old", Parameters={"v": {"NumberValue": 1.0}})
    aws.tune(search_lag=30)
    aws.component("new")
    aws.sm.update_trial_component(TrialComponentName="old", Parameters={"v": {"NumberValue": 2.0}})
    assert aws.found() == ["old"]
    assert aws.found(("Parameters.v", "Equals", "1")) == ["old"]
    assert len(aws.sm.list_trial_components()["TrialComponentSummaries"]) == 2
    aws.tune(ahead=29)
    assert aws.found(("Parameters.v", "Equals", "2")) == []
    aws.tune(ahead=31)
    assert sorted(aws.found()) == ["new", "old"]
    assert aws.found(("Parameters.v", "Equals", "2")) == ["old"]


def test_the_index_forgets_and_learns_anew_in_order(aws: Aws) -> None:
    aws.tune(search_lag=30)
    aws.component("a", Tags=[{"Key": "n", "Value": "1"}])
    aws.tune(ahead=31)
    assert aws.found() == ["a"]
    aws.sm.delete_trial_component(TrialComponentName="a")
    aws.tune(ahead=41)
    aws.component("a", Tags=[{"Key": "n", "Value": "2"}])
    assert aws.found(("Tags.n", "Equals", "1")) == ["a"]
    aws.tune(ahead=62)
    assert aws.found() == []
    aws.tune(ahead=72)
    assert aws.found(("Tags.n", "Equals", "2")) == ["a"]
    aws.sm.delete_trial_component(TrialComponentName="a")
    aws.tune(search_lag=0, ahead=200)
    assert aws.found() == []


def test_the_index_hears_of_parents_and_metrics(aws: Aws) -> None:
    aws.experiment()
    aws.trial()
    aws.component()
    aws.tune(search_lag=30)
    aws.sm.associate_trial_component(TrialComponentName="tc", TrialName="trial")
    aws.put({"MetricName": "m", "Timestamp": time.time(), "Value": 1.0})
    assert aws.found(("Parents.TrialName", "Equals", "trial")) == aws.found(("Metrics.m", "Exists", None)) == []
    aws.tune(ahead=31)
    assert aws.found(("Parents.TrialName", "Equals", "trial")) == aws.found(("Metrics.m", "Exists", None)) == ["tc"]
