"""Tags by ARN: added over what is there, listed, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracklayer.emulators.aws.errors import AwsError, invalid
from tracklayer.emulators.sagemaker.entities import Entity, tag_list
from tracklayer.emulators.sagemaker.listing import page
from tracklayer.emulators.sagemaker.state import Operation, Region

#: Tags of one resource. https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddTags.html
MOST = 50
#: What no user's key may begin with. https://docs.aws.amazon.com/general/latest/gr/aws_tagging.html
RESERVED = "aws:"


def tags_of(asked: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a request, checked. Raises `AwsError`."""
    given = asked.get("Tags", [])
    found = {tag["Key"]: tag["Value"] for tag in given}
    if len(found) < len(given):
        raise invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if any(key.lower().startswith(RESERVED) for key in found):
        raise invalid("aws: prefixed tag key names are not allowed for external use.")
    return found


def add_tags(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """AddTags: a key that is there gets the new value."""
    entity = _tagged(region, asked)
    merged = entity.tags | tags_of(asked)
    if len(merged) > MOST:
        raise invalid(f"The number of tags on {entity.arn} would be {len(merged)}: at most {MOST} are allowed.")
    with _change(region, entity):
        entity.tags = merged
    return {"Tags": tag_list(merged)}


def list_tags(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """ListTags. Its pages are of 50 where nothing is said, which is all."""
    entity = _tagged(region, asked)
    some, following = page(region, {"MaxResults": MOST} | asked, tag_list(entity.tags), lambda tag: tag["Key"])
    return {"Tags": list(some), **following}


def delete_tags(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """DeleteTags: keys that are not there do not matter."""
    entity = _tagged(region, asked)
    with _change(region, entity):
        entity.tags = {key: value for key, value in entity.tags.items() if key not in asked["TagKeys"]}
    return {}


def ours(asked: Mapping[str, Any]) -> bool:
    """Whether the ARN is of a kind that is kept here, and not by moto or a part."""
    kind = str(asked.get("ResourceArn", "")).split(":", 5)[-1].partition("/")[0]
    return kind in {"experiment", "experiment-trial", "experiment-trial-component", "artifact"}


def _tagged(region: Region, asked: Mapping[str, Any]) -> Entity:
    entity = region.by_arn(asked["ResourceArn"])
    if entity is None:
        raise AwsError("ResourceNotFound", f"Resource {asked['ResourceArn']} does not exist.")
    return entity


def _change(region: Region, entity: Entity) -> Any:
    return region.changing(entity, touch=False)


OPERATIONS: Mapping[str, Operation] = {"AddTags": add_tags, "ListTags": list_tags, "DeleteTags": delete_tags}
