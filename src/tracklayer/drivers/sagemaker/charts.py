"""Charts of the official SDK: JSON files that lineage artifacts make visible in Studio.

* `log_roc_curve` and its like store `{"type": "ROCCurve", "version": 0, "title": ..., ...}` in S3, create a lineage
  artifact of that type for it and associate it with the trial component. Nothing else points at the file.
* A file of ours that is such a chart gets the same, so that Studio draws it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec

from tracklayer.drivers.sagemaker import names
from tracklayer.drivers.sagemaker.calls import Calls
from tracklayer.errors import AlreadyExists, NotFound

#: sagemaker-python-sdk: experiments/run.py. `Table` is of the older smexperiments.
CHARTS = ("ROCCurve", "PrecisionRecallCurve", "ConfusionMatrix")
READ = frozenset({*CHARTS, "Table"})
#: Bytes of a file that tell whether it is a chart.
HEAD = 2_048
_CHART = re.compile(rb'\s*\{\s*"type"\s*:\s*"(' + "|".join(CHARTS).encode() + rb')"\s*,\s*"version"\s*:\s*0\b')
_TITLE = re.compile(rb'"title"\s*:\s*("(?:[^"\\]|\\.)*")')


@dataclass(frozen=True)
class Chart:
    """What kind of chart, and how it is called; empty when it has no title."""

    kind: str
    title: str


@dataclass(frozen=True)
class Linked:
    """A file that lineage knows of: its name there, and where it is."""

    name: str
    kind: str
    uri: str
    arn: str


def told(head: bytes) -> Chart | None:
    """Is a file that begins so a chart of the official SDK?"""
    found = _CHART.match(head)
    if found is None:
        return None
    title, text = _TITLE.search(head), ""
    if title is not None:
        with suppress(msgspec.DecodeError):
            text = msgspec.json.decode(title[1], type=str)
    return Chart(found[1].decode(), text)


def show(calls: Calls, component_arn: str, chart: Chart, uri: str, etag: str) -> None:
    """Make a chart in S3 visible: a lineage artifact, which the run has produced. Twice is once."""
    name = names.slug(chart.title) or names.slug(uri.rpartition("/")[2]) or chart.kind
    if any(linked.uri == uri for linked in of(calls, component_arn)):
        return
    found = calls("ListArtifacts", SourceUri=uri, ArtifactType=chart.kind).get("ArtifactSummaries", ())
    made = next(iter(found), None) or calls(
        "CreateArtifact",
        ArtifactName=name,
        Source={"SourceUri": uri, "SourceTypes": [{"SourceIdType": "S3ETag", "Value": etag}]},
        ArtifactType=chart.kind,
    )
    with suppress(AlreadyExists):
        calls("AddAssociation", SourceArn=component_arn, DestinationArn=made["ArtifactArn"], AssociationType="Produced")


def of(calls: Calls, component_arn: str) -> Iterator[Linked]:
    """Files that lineage knows of a trial component: all that it produced, and charts that it was given."""
    for edge in associations(calls, component_arn):
        produced = edge["SourceArn"].lower() == component_arn.lower()
        arn, kind = (
            (edge["DestinationArn"], edge.get("DestinationType"))
            if produced
            else (edge["SourceArn"], edge.get("SourceType"))
        )
        if ":artifact/" not in arn or not (produced or kind in READ):
            continue
        with suppress(NotFound):
            found = calls("DescribeArtifact", ArtifactArn=arn)
            uri = (found.get("Source") or {}).get("SourceUri", "")
            if uri.startswith("s3://"):
                yield Linked(found.get("ArtifactName") or uri.rpartition("/")[2], found["ArtifactType"], uri, arn)


def associations(calls: Calls, arn: str) -> Iterator[dict[str, Any]]:
    """All edges of lineage that begin or end there."""
    for end in ("SourceArn", "DestinationArn"):
        after: str | None = None
        while True:
            page = calls("ListAssociations", **{end: arn}, MaxResults=100, NextToken=after)
            yield from page.get("AssociationSummaries", ())
            after = page.get("NextToken")
            if not after:
                break
