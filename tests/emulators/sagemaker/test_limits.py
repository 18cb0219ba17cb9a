"""Each limit of the vendor's description at n and at n + 1, and how the refusal reads."""

from __future__ import annotations

from typing import Any

import pytest
from tests.emulators.sagemaker.clients import Aws, code, refused

ARN = "arn:aws:sagemaker:us-east-1:123456789012:experiment-trial-component/tc"


def tags(count: int) -> list[dict[str, str]]:
    return [{"Key": f"k{number}", "Value": ""} for number in range(count)]


def file(**more: str) -> dict[str, Any]:
    return {"OutputArtifacts": {"f": {"Value": "s3://b", **more}}}


def text(value: str) -> dict[str, Any]:
    return {"Parameters": {"p": {"StringValue": value}}}


def status(message: str) -> dict[str, Any]:
    return {"Status": {"PrimaryStatus": "Failed", "Message": message}}


def metadata(name: str, size: int) -> dict[str, Any]:
    return {"MetadataProperties": {name: "x" * size}}


#: name of the case -> arguments of CreateTrialComponent that are legal, and that are one too many.
COMPONENTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "name-long": ({"TrialComponentName": "x" * 120}, {"TrialComponentName": "x" * 121}),
    "name-short": ({"TrialComponentName": "x"}, {"TrialComponentName": ""}),
    "name-underscore": ({"TrialComponentName": "a--b-9"}, {"TrialComponentName": "a_b"}),
    "name-ends": ({"TrialComponentName": "a-b"}, {"TrialComponentName": "a-"}),
    "name-space": ({"TrialComponentName": "a-c"}, {"TrialComponentName": "a c"}),
    "display-long": ({"DisplayName": "x" * 120}, {"DisplayName": "x" * 121}),
    "display-space": ({"DisplayName": "a-b"}, {"DisplayName": "a b"}),
    "message": (status("x" * 1024), status("x" * 1025)),
    "message-line": (status("a\tb"), status("a\nb")),
    "status": (status(""), {"Status": {"PrimaryStatus": "Running"}}),
    "params": (
        {"Parameters": {str(n): {"NumberValue": 0.0} for n in range(300)}},
        {"Parameters": {str(n): {"NumberValue": 0.0} for n in range(301)}},
    ),
    "param-key": ({"Parameters": {"x" * 320: {"NumberValue": 0}}}, {"Parameters": {"x" * 321: {"NumberValue": 0}}}),
    "param-value": (text("é" * 2500), text("é" * 2501)),
    "param-astral": (text("🎉" * 2500), text("🎉" * 2501)),
    "param-line": (text("a b"), text("a\nb")),
    "param-carriage-return": (text("a\x0bb"), text("a\rb")),
    "param-line-separator": (text("a\u2027b"), text("a\u2028b")),
    "files": (
        {"InputArtifacts": {str(n): {"Value": "v"} for n in range(60)}},
        {"InputArtifacts": {str(n): {"Value": "v"} for n in range(61)}},
    ),
    "file-key": ({"InputArtifacts": {"x" * 128: {"Value": "v"}}}, {"InputArtifacts": {"x" * 129: {"Value": "v"}}}),
    "file-value": (file(Value="x" * 2048), file(Value="x" * 2049)),
    "file-media": (file(MediaType=f"a/{'x' * 62}"), file(MediaType=f"a/{'x' * 63}")),
    "file-media-plus": (file(MediaType="image/svg+xml"), file(MediaType="application/vnd.ms")),
    "file-media-charset": (file(MediaType="text/x-y"), file(MediaType="text/plain;charset=utf-8")),
    "file-media-ascii": (file(MediaType="a_/b"), file(MediaType="é/b")),
    "file-needs-value": (file(), {"OutputArtifacts": {"f": {"MediaType": "a/b"}}}),
    "commit": (metadata("CommitId", 1024), metadata("CommitId", 1025)),
    "repository": (metadata("Repository", 1024), metadata("Repository", 1025)),
    "tags": ({"Tags": tags(50)}, {"Tags": tags(51)}),
    "tag-key": ({"Tags": [{"Key": "é" * 128, "Value": "v"}]}, {"Tags": [{"Key": "é" * 129, "Value": "v"}]}),
    "tag-key-empty": ({"Tags": [{"Key": "k", "Value": ""}]}, {"Tags": [{"Key": "", "Value": ""}]}),
    "tag-value": ({"Tags": [{"Key": "k", "Value": "v" * 256}]}, {"Tags": [{"Key": "k", "Value": "v" * 257}]}),
    "tag-letters": (
        {"Tags": [{"Key": "k", "Value": "añß漢 9\u00a0_.:/=+-@"}]},
        {"Tags": [{"Key": "k", "Value": "a,b"}]},
    ),
    "tag-bracket": ({"Tags": [{"Key": "k", "Value": "Ⅳ½"}]}, {"Tags": [{"Key": "k", "Value": "(a)"}]}),
    "tag-combining": ({"Tags": [{"Key": "k", "Value": "é"}]}, {"Tags": [{"Key": "k", "Value": "e\u0301"}]}),
    "tag-reserved": ({"Tags": [{"Key": "sagemaker:x", "Value": ""}]}, {"Tags": [{"Key": "AWS:x", "Value": ""}]}),
    "tag-twice": ({"Tags": tags(2)}, {"Tags": [*tags(2), *tags(1)]}),
}


@pytest.mark.parametrize("case", COMPONENTS)
def test_a_component_at_its_limits(aws: Aws, case: str) -> None:
    legal, one_more = COMPONENTS[case]
    aws.sm.create_trial_component(**{"TrialComponentName": "tc", **legal})
    kind, message = refused(aws.sm.create_trial_component, **{"TrialComponentName": "other", **one_more})
    assert (kind, message != "") == ("ValidationException", True)
    assert len(aws.sm.list_trial_components()["TrialComponentSummaries"]) == 1


def test_other_calls_at_their_limits(aws: Aws) -> None:
    aws.component()
    cases: list[tuple[Any, dict[str, Any], dict[str, Any]]] = [
        (aws.sm.create_experiment, {"ExperimentName": "a", "Description": "x" * 3072}, {"Description": "x" * 3073}),
        (aws.sm.list_experiments, {"MaxResults": 100}, {"MaxResults": 101}),
        (aws.sm.list_experiments, {"MaxResults": 1}, {"MaxResults": 0}),
        (aws.sm.list_experiments, {"SortBy": "Name"}, {"SortBy": "DisplayName"}),
        (aws.sm.list_tags, {"ResourceArn": ARN, "MaxResults": 50}, {"MaxResults": 49}),
        (aws.sm.delete_tags, {"ResourceArn": ARN, "TagKeys": ["k"] * 50}, {"TagKeys": ["k"] * 51}),
        (aws.sm.delete_tags, {"ResourceArn": ARN, "TagKeys": ["k"]}, {"TagKeys": []}),
        (aws.sm.describe_trial_component, {"TrialComponentName": ARN}, {"TrialComponentName": f"{ARN}_"}),
        (
            aws.sm.update_trial_component,
            {"TrialComponentName": "tc", "ParametersToRemove": ["x" * 256]},
            {"ParametersToRemove": ["x" * 257]},
        ),
        (
            aws.sm.create_artifact,
            {"Source": {"SourceUri": "x" * 2048}, "ArtifactType": "x" * 256},
            {"Source": {"SourceUri": "x" * 2049}},
        ),
        (
            aws.sm.create_artifact,
            {"Source": {"SourceUri": "x"}, "ArtifactType": "t", "Properties": {str(n): "x" * 4096 for n in range(30)}},
            {"Properties": {str(n): "" for n in range(31)}},
        ),
        (
            aws.sm.create_artifact,
            {
                "Source": {"SourceUri": "x", "SourceTypes": [{"SourceIdType": "S3ETag", "Value": '"e"'}]},
                "ArtifactType": "t",
            },
            {"Source": {"SourceUri": "x", "SourceTypes": [{"SourceIdType": "ETag", "Value": "e"}]}},
        ),
    ]
    for call, legal, changed in cases:
        call(**legal)
        assert code(call, **{**legal, **changed}) == "ValidationException", (legal, changed)


def test_all_that_is_wrong_is_told_of_at_once(aws: Aws) -> None:
    kind, message = refused(
        aws.sm.create_trial_component,
        TrialComponentName="a_b",
        Tags=[{"Key": "ok", "Value": ""}, {"Key": "a,b", "Value": "x" * 257}],
        Parameters={"lr": {"StringValue": "x\ny"}},
        OutputArtifacts={"model.tar": {"MediaType": "a/b"}},
    )
    assert kind == "ValidationException"
    assert message == (
        "5 validation errors detected: "
        "Value 'a_b' at 'trialComponentName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}; "
        "Value 'x\ny' at 'parameters.lr.member.stringValue' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: .*; "
        "Value null at 'outputArtifacts.model.tar.member.value' failed to satisfy constraint: Member must not be null; "
        "Value 'a,b' at 'tags.2.member.key' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: ([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*); "
        f"Value '{'x' * 257}' at 'tags.2.member.value' failed to satisfy constraint: "
        "Member must have length less than or equal to 256"
    )


def test_what_is_required_must_be_there(aws: Aws) -> None:
    kind, message = refused(aws.sm.create_trial, TrialName="a")
    assert kind == "ValidationException"
    assert message == (
        "1 validation error detected: Value null at 'experimentName' failed to satisfy constraint: "
        "Member must not be null"
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"ExperimentName": 5}, "NUMBER_VALUE can not be converted to a String"),
        ({"ExperimentName": True}, "TRUE_VALUE can not be converted to a String"),
        ({"ExperimentName": ["a"]}, "Start of list found where not expected."),
        ({"ExperimentName": "a", "Tags": "x"}, "STRING_VALUE can not be converted to a List"),
        ({"ExperimentName": "a", "Tags": ["x"]}, "STRING_VALUE can not be converted to a Structure"),
        ([], "Start of list found where not expected."),
        (b"{", "The body is not JSON."),
    ],
)
def test_a_wrong_type_of_json_cannot_be_read(aws: Aws, body: object, message: str) -> None:
    status, answer = aws.raw("CreateExperiment", body)
    assert (status, answer["__type"], answer["message"]) == (400, "SerializationException", message)


def test_numbers_are_read_as_numbers_only(aws: Aws) -> None:
    for value, status in (("0.5", 400), ({}, 400), (1, 200), (1e300, 200)):
        body = {"TrialComponentName": f"tc-{status}-{len(str(value))}", "Parameters": {"p": {"NumberValue": value}}}
        assert aws.raw("CreateTrialComponent", body)[0] == status, value
    for value, status in ((2.5, 400), (2**31, 400), ("1", 400), (1.0, 200)):
        assert aws.raw("ListExperiments", {"MaxResults": value})[0] == status, value
    assert aws.raw("ListExperiments", {"CreatedAfter": "2020-01-01T00:00:00Z"})[1]["__type"] == "SerializationException"
    assert aws.raw("ListExperiments", {"CreatedAfter": None, "Unknown": 1, "MaxResults": None})[0] == 200


def test_whether_true_is_a_number_is_a_knob(aws: Aws) -> None:
    aws.component("a", Parameters={"p": {"NumberValue": True}})
    assert aws.described("a")["Parameters"] == {"p": {"NumberValue": 1.0}}
    aws.tune(json_true="refused")
    kind, message = refused(
        aws.sm.create_trial_component, TrialComponentName="b", Parameters={"p": {"NumberValue": True}}
    )
    assert (kind, message) == ("SerializationException", "TRUE_VALUE can not be converted to a Double")


def test_whether_line_breaks_are_text_is_a_knob(aws: Aws) -> None:
    aws.tune(line_breaks="accepted")
    aws.component(Parameters={"p": {"StringValue": "a\nb\r\u2028"}})
    assert aws.described()["Parameters"]["p"]["StringValue"] == "a\nb\r\u2028"
    assert code(aws.sm.create_trial_component, TrialComponentName="a\n") == "ValidationException"


def test_what_there_is_not_is_refused_in_the_service_own_shape(aws: Aws) -> None:
    status, answer = aws.raw("CreateNothing", {})
    assert (status, answer["__type"]) == (404, "UnknownOperationException")
    status, answer = aws.raw("QueryLineage", {"StartArns": []})
    assert (status, answer["message"]) == (501, "tracklayer's emulator has no QueryLineage.")
    status, answer = aws.raw("BatchPutMetrics", {"TrialComponentName": "TC"})
    assert (status, answer["message"].startswith("2 validation errors detected")) == (400, True)
