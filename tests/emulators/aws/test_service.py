from __future__ import annotations

from typing import Any

import pytest
from botocore.session import get_session

from tracklayer.emulators.aws.errors import AwsError
from tracklayer.emulators.aws.service import Shape, service
from tracklayer.emulators.aws.validator import Validator

METRICS, SAGEMAKER = "sagemaker-metrics", "sagemaker"


def shape(operation: str, name: str = SAGEMAKER) -> Shape:
    found = service(name).input_of(operation)
    assert found is not None
    return found


@pytest.mark.parametrize("name", [SAGEMAKER, METRICS])
def test_every_operation_of_the_vendor_can_be_checked(name: str) -> None:
    model = get_session().get_service_model(name)
    for operation in model.operation_names:
        required = shape(operation, name).required
        if required:
            with pytest.raises(AwsError, match=f"^ValidationException: {len(required)} validation error"):
                Validator().checked(shape(operation, name), {})
        else:
            assert Validator().checked(shape(operation, name), {}) == {}
    assert service(name).input_of("Nonsense") is None
    assert service(name) is service(name)


def test_numbers_are_made_numbers() -> None:
    point = {"MetricName": "a", "Timestamp": 5, "Step": 3.0, "Value": "NaN"}
    checked = Validator().checked(shape("BatchPutMetrics", METRICS), {"TrialComponentName": "a", "MetricData": [point]})
    (found,) = checked["MetricData"]
    assert (found["Timestamp"], found["Step"], str(found["Value"])) == (5.0, 3, "nan")
    assert [type(found[name]) for name in ("Timestamp", "Step")] == [float, int]


def test_nulls_are_absent_and_strangers_ignored() -> None:
    given: dict[str, Any] = {"ExperimentName": "a", "Description": None, "Tags": [None], "Stranger": {"a": 1}}
    assert Validator().checked(shape("CreateExperiment"), given) == {"ExperimentName": "a", "Tags": []}


def message(operation: str, given: dict[str, Any]) -> str:
    with pytest.raises(AwsError) as caught:
        Validator().checked(shape(operation), given)
    assert caught.value.code == "ValidationException"
    return caught.value.message


def test_what_lists_and_maps_hold_is_told_of_as_aws_does() -> None:
    assert message("UpdateTrialComponent", {"TrialComponentName": "a", "ParametersToRemove": ["k", "x\n"]}) == (
        "1 validation error detected: Value '[k, x\n]' at 'parametersToRemove' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must have length less than or equal to 256, "
        "Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: .*]"
    )
    long_key = "k" * 321
    assert message(
        "CreateTrialComponent", {"TrialComponentName": "a", "Parameters": {long_key: {"NumberValue": 1}}}
    ) == (
        f"1 validation error detected: Value '{{{long_key}={{NumberValue=1.0}}}}' at 'parameters' failed to satisfy "
        "constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 320, "
        "Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: .*]"
    )
    artifact = {"Source": {"SourceUri": "u"}, "ArtifactType": "t", "Properties": {"k": "x\n"}}
    assert "at 'properties' failed to satisfy constraint: Map value must satisfy" in message("CreateArtifact", artifact)


def test_enums_and_numbers_are_told_of_as_aws_does() -> None:
    assert message("ListExperiments", {"MaxResults": 101, "SortOrder": "Up"}) == (
        "2 validation errors detected: Value 'Up' at 'sortOrder' failed to satisfy constraint: "
        "Member must satisfy enum value set: [Ascending, Descending]; Value '101' at 'maxResults' failed to satisfy "
        "constraint: Member must have value less than or equal to 100"
    )


def test_a_long_value_is_not_repeated_whole() -> None:
    text = message("CreateExperiment", {"ExperimentName": "x" * 100_000})
    assert len(text) < 3000
    assert "...'" in text
