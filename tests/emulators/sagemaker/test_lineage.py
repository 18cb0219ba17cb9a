from __future__ import annotations

from typing import Any

from tests.emulators.sagemaker.clients import Aws, code


def artifact(aws: Aws, name: str = "Chart", uri: str = "s3://b/chart.json", **more: Any) -> str:
    source = {"SourceUri": uri, "SourceTypes": [{"SourceIdType": "S3ETag", "Value": '"etag"'}]}
    answer = aws.sm.create_artifact(ArtifactName=name, Source=source, ArtifactType="ROCCurve", **more)
    return str(answer["ArtifactArn"])


def test_an_artifact_is_made_described_changed_listed_and_deleted(aws: Aws) -> None:
    arn = artifact(aws, Properties={"a": "1"}, MetadataProperties={"GeneratedBy": "me"})
    other = artifact(aws, uri="s3://b/other")
    assert arn.startswith("arn:aws:sagemaker:us-east-1:123456789012:artifact/")
    described = aws.sm.describe_artifact(ArtifactArn=arn)
    assert (described["ArtifactName"], described["ArtifactType"], described["Properties"]) == (
        "Chart",
        "ROCCurve",
        {"a": "1"},
    )
    assert described["Source"]["SourceTypes"] == [{"SourceIdType": "S3ETag", "Value": '"etag"'}]
    assert described["MetadataProperties"] == {"GeneratedBy": "me"}
    aws.sm.update_artifact(ArtifactArn=arn, Properties={"b": "2"}, PropertiesToRemove=["a"], ArtifactName="Other")
    described = aws.sm.describe_artifact(ArtifactArn=arn)
    assert (described["ArtifactName"], described["Properties"]) == ("Other", {"b": "2"})
    listed = aws.sm.list_artifacts(SourceUri="s3://b/chart.json")["ArtifactSummaries"]
    assert [one["ArtifactArn"] for one in listed] == [arn]
    assert len(aws.sm.list_artifacts(ArtifactType="ROCCurve")["ArtifactSummaries"]) == 2
    assert aws.sm.delete_artifact(ArtifactArn=arn)["ArtifactArn"] == arn
    aws.sm.delete_artifact(Source=aws.sm.describe_artifact(ArtifactArn=other)["Source"])
    assert aws.sm.list_artifacts()["ArtifactSummaries"] == []
    assert code(aws.sm.describe_artifact, ArtifactArn=arn) == "ResourceNotFound"
    assert code(aws.sm.delete_artifact, Source={"SourceUri": "s3://b/other"}) == "ResourceNotFound"
    assert code(aws.sm.delete_artifact) == "ValidationException"


def test_properties_are_thirty_after_the_merge_too(aws: Aws) -> None:
    arn = artifact(aws, Properties={str(number): "" for number in range(30)})
    assert code(aws.sm.update_artifact, ArtifactArn=arn, Properties={"x": ""}) == "ValidationException"
    aws.sm.update_artifact(ArtifactArn=arn, Properties={"x": ""}, PropertiesToRemove=["0"])
    assert len(aws.sm.describe_artifact(ArtifactArn=arn)["Properties"]) == 30


def test_associations_are_found_from_both_ends(aws: Aws) -> None:
    experiment, component, output, data = (
        aws.experiment(),
        aws.component("TC"),
        artifact(aws),
        artifact(aws, "In", "s3://b/in"),
    )
    aws.sm.add_association(SourceArn=component, DestinationArn=output, AssociationType="Produced")
    aws.sm.add_association(SourceArn=data, DestinationArn=component, AssociationType="ContributedTo")
    aws.sm.add_association(SourceArn=component, DestinationArn=experiment)
    out = aws.sm.list_associations(SourceArn=component)["AssociationSummaries"]
    assert {one["DestinationArn"] for one in out} == {output, experiment}
    produced = aws.sm.list_associations(SourceArn=component, AssociationType="Produced")["AssociationSummaries"]
    assert [(one["SourceName"], one["DestinationName"], one["DestinationType"]) for one in produced] == [
        ("TC", "Chart", "ROCCurve")
    ]
    into = aws.sm.list_associations(DestinationArn=component)["AssociationSummaries"]
    assert [(one["SourceArn"], one["AssociationType"]) for one in into] == [(data, "ContributedTo")]
    pages = aws.sm.get_paginator("list_associations").paginate(PaginationConfig={"PageSize": 1})
    assert sum(len(page["AssociationSummaries"]) for page in pages) == 3
    aws.sm.delete_association(SourceArn=component, DestinationArn=output)
    assert code(aws.sm.delete_association, SourceArn=component, DestinationArn=output) == "ResourceNotFound"
    assert len(aws.sm.list_associations()["AssociationSummaries"]) == 2


def test_an_association_needs_two_things_that_are_there(aws: Aws) -> None:
    component, chart = aws.component(), artifact(aws)
    aws.experiment()
    trial = aws.trial()
    assert code(aws.sm.add_association, SourceArn=component, DestinationArn=f"{chart}x") == "ResourceNotFound"
    assert code(aws.sm.add_association, SourceArn=component, DestinationArn=component) == "ValidationException"
    assert code(aws.sm.add_association, SourceArn=component, DestinationArn=trial) == "ValidationException"


def test_what_is_deleted_takes_its_associations_along(aws: Aws) -> None:
    component, chart = aws.component(), artifact(aws)
    aws.sm.add_association(SourceArn=component, DestinationArn=chart)
    aws.tune(lineage_on_delete="refused")
    assert code(aws.sm.delete_trial_component, TrialComponentName="tc") == "ValidationException"
    assert code(aws.sm.delete_artifact, ArtifactArn=chart) == "ValidationException"
    aws.tune(lineage_on_delete="ignored")
    aws.sm.delete_trial_component(TrialComponentName="tc")
    assert aws.sm.list_associations()["AssociationSummaries"] == []


def test_whether_a_second_one_is_taken_is_a_knob(aws: Aws) -> None:
    component, chart = aws.component(), artifact(aws)
    for _ in range(2):
        aws.sm.add_association(SourceArn=component, DestinationArn=chart)
    assert len(aws.sm.list_associations()["AssociationSummaries"]) == 1
    assert artifact(aws) != chart
    aws.tune(same_association="refused", same_artifact="refused")
    assert code(aws.sm.add_association, SourceArn=component, DestinationArn=chart) == "ValidationException"
    same = aws.sm.describe_artifact(ArtifactArn=chart)["Source"]
    assert code(aws.sm.create_artifact, Source=same, ArtifactType="t") == "ValidationException"
