"""Lineage: artifacts, and associations between them and trial components or experiments."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from tracklayer.emulators.aws.errors import AwsError, invalid
from tracklayer.emulators.sagemaker.entities import Artifact, Association, Component, Entity
from tracklayer.emulators.sagemaker.listing import created_within, in_order, page
from tracklayer.emulators.sagemaker.naming import missing
from tracklayer.emulators.sagemaker.state import Operation, Region
from tracklayer.emulators.sagemaker.tags import tags_of

#: The `max` of ArtifactProperties in service-2.json, also after a merge.
MOST_PROPERTIES = 30


def create_artifact(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """CreateArtifact. Its ARN has a name of its own: ArtifactName need not be unique."""
    source = asked["Source"]
    if region.knobs.same_artifact == "refused" and any(one.source == source for one in region.artifacts.values()):
        raise invalid(f"An artifact with source {source['SourceUri']} already exists.")
    number = uuid.uuid4().hex
    artifact = Artifact(
        asked.get("ArtifactName", ""),
        region.arn("artifact", number),
        region.kept(region.now()),
        tags=tags_of(asked),
        source=source,
        kind=asked["ArtifactType"],
        properties=asked.get("Properties", {}),
        metadata=asked.get("MetadataProperties", {}),
    )
    region.artifacts[number] = artifact
    return {"ArtifactArn": artifact.arn}


def describe_artifact(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """DescribeArtifact."""
    return _artifact(region, asked["ArtifactArn"]).described()


def update_artifact(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """UpdateArtifact: properties are merged, then what is to be removed goes."""
    artifact = _artifact(region, asked["ArtifactArn"])
    merged = artifact.properties | asked.get("Properties", {})
    merged = {key: value for key, value in merged.items() if key not in asked.get("PropertiesToRemove", [])}
    if len(merged) > MOST_PROPERTIES:
        raise invalid(f"An artifact has at most {MOST_PROPERTIES} properties.")
    with region.changing(artifact):
        artifact.properties = merged
        artifact.name = asked.get("ArtifactName", artifact.name)
    return {"ArtifactArn": artifact.arn}


def delete_artifact(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """DeleteArtifact, by ARN or by source."""
    if ("ArtifactArn" in asked) == ("Source" in asked):
        raise invalid("Exactly one of ArtifactArn and Source must be specified.")
    if "ArtifactArn" in asked:
        artifact = _artifact(region, asked["ArtifactArn"])
    else:
        same = [one for one in region.artifacts.values() if one.source == asked["Source"]]
        if not same:
            raise missing("Artifact", asked["Source"]["SourceUri"])
        artifact = same[0]
    forget_edges(region, artifact)
    region.artifacts.pop(artifact.arn.rpartition("/")[2])
    return {"ArtifactArn": artifact.arn}


def list_artifacts(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """ListArtifacts, by source and type."""
    found = [
        one
        for one in region.artifacts.values()
        if asked.get("SourceUri", one.source["SourceUri"]) == one.source["SourceUri"]
        and asked.get("ArtifactType", one.kind) == one.kind
        and created_within(asked, one.created)
    ]
    found = in_order(asked, found, lambda one: one.arn, lambda one: one.created)
    some, following = page(region, asked, found, lambda one: one.arn)
    return {"ArtifactSummaries": [one.summary() for one in some], **following}


def add_association(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """AddAssociation: one between two things; added again it may get another type."""
    source, destination = (_entity(region, asked[end]) for end in ("SourceArn", "DestinationArn"))
    if source is destination:
        raise invalid("SourceArn and DestinationArn must not be the same.")
    edge = (source.arn, destination.arn)
    if edge in region.associations and region.knobs.same_association == "refused":
        raise invalid(f"The association from {source.arn} to {destination.arn} already exists.")
    region.associations[edge] = Association(
        source, destination, asked.get("AssociationType"), region.kept(region.now())
    )
    return {"SourceArn": source.arn, "DestinationArn": destination.arn}


def delete_association(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """DeleteAssociation."""
    edge = (asked["SourceArn"].lower(), asked["DestinationArn"].lower())
    if region.associations.pop(edge, None) is None:
        raise missing("Association", " -> ".join(edge))
    return {"SourceArn": edge[0], "DestinationArn": edge[1]}


def list_associations(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """ListAssociations, by either end, type and time."""
    summaries = [_summary(one) for one in region.associations.values() if created_within(asked, one.created)]
    for name in ("SourceArn", "DestinationArn", "SourceType", "DestinationType", "AssociationType"):
        if name in asked:
            wanted = asked[name].lower() if name.endswith("Arn") else asked[name]
            summaries = [one for one in summaries if one.get(name) == wanted]
    by = asked.get("SortBy", "CreationTime")
    descending = asked.get("SortOrder", "Descending") == "Descending"
    summaries.sort(key=lambda one: (one.get(by, ""), one["SourceArn"], one["DestinationArn"]), reverse=descending)
    some, following = page(region, asked, summaries, lambda one: f"{one['SourceArn']} {one['DestinationArn']}")
    return {"AssociationSummaries": list(some), **following}


def forget_edges(region: Region, entity: Entity) -> None:
    """What is deleted takes its associations along, or is refused for them. Raises `AwsError`."""
    edges = [edge for edge in region.associations if entity.arn in edge]
    if edges and region.knobs.lineage_on_delete == "refused":
        raise invalid(f"{entity.arn} cannot be deleted: it has {len(edges)} association(s). Delete them first.")
    for edge in edges:
        del region.associations[edge]


def _summary(association: Association) -> dict[str, Any]:
    found: dict[str, Any] = {"CreationTime": association.created}
    for end, entity in (("Source", association.source), ("Destination", association.destination)):
        found[f"{end}Arn"] = entity.arn
        found[f"{end}Type"] = _type(entity)
        found[f"{end}Name"] = entity.name
    found["AssociationType"] = association.kind
    return {name: value for name, value in found.items() if value}


def _type(entity: Entity) -> str:
    if isinstance(entity, Artifact):
        return entity.kind
    return str(entity.source.get("SourceType", "")) if isinstance(entity, Component) else ""


def _artifact(region: Region, arn: str) -> Artifact:
    found = region.by_arn(arn)
    if not isinstance(found, Artifact):
        raise missing("Artifact", arn)
    return found


def _entity(region: Region, arn: str) -> Entity:
    found = region.by_arn(arn)
    if found is None:
        raise AwsError("ResourceNotFound", f"Entity {arn} does not exist.")
    return found


OPERATIONS: Mapping[str, Operation] = {
    "CreateArtifact": create_artifact,
    "DescribeArtifact": describe_artifact,
    "UpdateArtifact": update_artifact,
    "DeleteArtifact": delete_artifact,
    "ListArtifacts": list_artifacts,
    "AddAssociation": add_association,
    "DeleteAssociation": delete_association,
    "ListAssociations": list_associations,
}
