from __future__ import annotations

from typing import Any

from tests.emulators.sagemaker.clients import Aws, code, refused


def listed(aws: Aws, arn: str) -> dict[str, str]:
    pages = aws.sm.get_paginator("list_tags").paginate(ResourceArn=arn)
    return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}


def given(**tags: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def test_tags_come_with_creation_are_overwritten_and_deleted(aws: Aws) -> None:
    made = (
        aws.experiment(Tags=given(a="1", b="2")),
        aws.trial(Tags=given(a="1", b="2")),
        aws.component(Tags=given(a="1", b="2")),
        aws.sm.create_artifact(Source={"SourceUri": "s3://b"}, ArtifactType="t", Tags=given(a="1", b="2"))[
            "ArtifactArn"
        ],
    )
    for arn in made[:3]:
        assert listed(aws, arn) == {"a": "1", "b": "2"}
        answer = aws.sm.add_tags(ResourceArn=arn, Tags=given(b="3", c=""))
        assert sorted(tag["Key"] for tag in answer["Tags"]) == ["a", "b", "c"]
        assert listed(aws, arn) == {"a": "1", "b": "3", "c": ""}
        aws.sm.delete_tags(ResourceArn=arn, TagKeys=["a", "never"])
        assert listed(aws, arn) == {"b": "3", "c": ""}
    assert listed(aws, made[3]) == {"a": "1", "b": "2"}
    aws.sm.add_tags(ResourceArn=made[3], Tags=given(c="3"))
    assert listed(aws, made[3]) == {"a": "1", "b": "2", "c": "3"}


def test_fifty_tags_a_resource_after_adding(aws: Aws) -> None:
    arn = aws.component(Tags=given(**{f"k{number}": "" for number in range(49)}))
    aws.sm.add_tags(ResourceArn=arn, Tags=given(last="", k0="x"))
    kind, message = refused(aws.sm.add_tags, ResourceArn=arn, Tags=given(more=""))
    assert (kind, "at most 50" in message) == ("ValidationException", True)
    assert len(listed(aws, arn)) == 50


def test_no_key_of_aws_own_and_none_twice(aws: Aws) -> None:
    arn = aws.component()
    twice: list[dict[str, Any]] = [*given(a="1"), *given(a="2")]
    assert code(aws.sm.add_tags, ResourceArn=arn, Tags=twice) == "ValidationException"
    assert code(aws.sm.add_tags, ResourceArn=arn, Tags=given(**{"aws:x": ""})) == "ValidationException"
    assert listed(aws, arn) == {}


def test_tags_of_what_is_missing(aws: Aws) -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:experiment/none"
    assert code(aws.sm.list_tags, ResourceArn=arn) == "ResourceNotFound"
    assert code(aws.sm.add_tags, ResourceArn=arn, Tags=given(a="")) == "ResourceNotFound"
    assert code(aws.sm.delete_tags, ResourceArn=arn, TagKeys=["a"]) == "ResourceNotFound"
    assert code(aws.sm.list_tags, ResourceArn="nonsense") == "ValidationException"
