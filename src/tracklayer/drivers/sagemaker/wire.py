"""The model to requests of SageMaker: pure functions. What comes back is read by reading.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from tracklayer.drivers.sagemaker import names, record
from tracklayer.drivers.sagemaker.traits import NAMES, line
from tracklayer.model import Batch, Dataset, ParamValue, RunDraft, Source, Status
from tracklayer.spi import Bound

PRIMARY: Mapping[Status, str] = {
    "running": "InProgress",
    "scheduled": "InProgress",
    "finished": "Completed",
    "failed": "Failed",
    "killed": "Stopped",
}
#: The layers' tag that says how a run ended.
WHY = "audit.ended"
MESSAGE = Bound(most=1_024, pattern=line(1_024), source="service-2.json: TrialComponentStatusMessage")
PROPERTY = Bound(most=1_024, pattern=line(1_024), source="service-2.json: MetadataPropertyValue")
SHOWN_KEY = Bound(most=128, pattern=line(128, 1), source="service-2.json: TrialComponentKey128")
SHOWN_VALUE = Bound(most=2_048, pattern=line(2_048), source="service-2.json: TrialComponentArtifactValue")
#: Data sets that a run shows at most: the record needs the room.
MOST_SHOWN = 12


def new_component(name: str, draft: RunDraft, entries: Mapping[str, record.Entry], now: datetime) -> dict[str, Any]:
    """The request of CreateTrialComponent. `entries`: the record."""
    own, tags = parted(draft.tags)
    named = {} if draft.name is None else {record.NAME: record.ours(draft.name)}
    started = draft.started or (None if draft.status == "scheduled" else now)
    return {
        "TrialComponentName": name,
        "DisplayName": names.slug(draft.name or "") or name,
        "Status": status(draft.status, draft.tags),
        "StartTime": started,
        "InputArtifacts": {**entries, **named, **record.own_tags(own)},
        "MetadataProperties": _properties(draft.source),
        "Tags": tag_list({**tags, record.RUN_MARK: record.RUN_MARK_VALUE}),
    }


def change(name: str, batch: Batch) -> dict[str, Any]:
    """What UpdateTrialComponent is to change, without data sets and what needs a look at the run; may be empty."""
    own, _ = parted(batch.tags)
    entries = record.own_tags(own)
    request: dict[str, Any] = {}
    if batch.params:
        request["Parameters"] = {key: parameter(value) for key, value in batch.params.items()}
    if batch.name is not None:
        entries[record.NAME] = record.ours(batch.name)
        request["DisplayName"] = names.slug(batch.name) or name
    if batch.status is not None:
        request["Status"] = status(batch.status, batch.tags)
    if batch.ended is not None:
        request["EndTime"] = batch.ended
        entries |= record.end(batch.ended, counts=True)
    if entries:
        request["InputArtifacts"] = entries
    return request


def parted(tags: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The layers' own tags, which go into the record, and users', which are AWS tags."""
    own = {key: text for key, text in tags.items() if NAMES.tag.read_own(key) is not None}
    return own, {key: text for key, text in tags.items() if key not in own}


def parameter(value: ParamValue) -> dict[str, Any]:
    """A param as AWS holds it."""
    return {"StringValue": value} if isinstance(value, str) else {"NumberValue": float(value)}


def status(given: Status, tags: Mapping[str, str]) -> dict[str, str]:
    """A status. Of a run that failed the console shows why, if that is said in one line."""
    why = tags.get(WHY, "")
    plain = why and MESSAGE.holds(why) and not why.startswith("tracklayer:")  # one that is kept elsewhere says nothing
    said = why if given == "failed" and plain else given
    return {"PrimaryStatus": PRIMARY[given], "Message": said}


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """AWS tags."""
    return [{"Key": key, "Value": text} for key, text in tags.items()]


def shown(inputs: Iterable[Dataset], taken: Mapping[str, record.Entry]) -> dict[str, record.Entry]:
    """Data sets as the console shows them: by name, and where they are. `taken`: input artifacts that are others'."""
    entries: dict[str, record.Entry] = {}
    for dataset in inputs:
        key = next((key for key in (dataset.name, f"{dataset.name}@{dataset.digest[:12]}") if key not in entries), "")
        value = next((text for text in (dataset.source, f"{dataset.name}@{dataset.digest}") if text), "")
        fits = SHOWN_KEY.holds(key) and SHOWN_VALUE.holds(value)
        if fits and key not in taken and not key.startswith("tracklayer"):
            entries[key] = {"Value": value, "MediaType": record.DATASET}
    return entries


def tag_map(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """AWS tags, read."""
    return {tag["Key"]: tag.get("Value", "") for tag in tags}


def _properties(source: Source | None) -> dict[str, str] | None:
    if source is None:
        return None
    found = {"CommitId": source.commit, "Repository": source.remote}
    return {key: text for key, text in found.items() if text and PROPERTY.holds(text)} or None
