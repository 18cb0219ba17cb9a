"""SageMaker's records to the model: pure functions.

A record is a trial component as DescribeTrialComponent or Search gives it; its AWS tags come along in `Tags`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, TypeAlias

from tracklayer.drivers.sagemaker import names, record
from tracklayer.drivers.sagemaker.wire import PRIMARY, WHY, tag_map
from tracklayer.model import ENDED, Dataset, ExperimentRef, MetricSummary, ParamValue, Run, Source, Status

#: What boto3 gives for one trial component.
Component: TypeAlias = Mapping[str, Any]

_STATUSES: Mapping[str, Status] = {
    "InProgress": "running",
    "Completed": "finished",
    "Failed": "failed",
    "Stopping": "running",
    "Stopped": "killed",
}
#: Messages that say no more than the status does: ours, and the official SDK's (experiments/run.py).
MUTE = frozenset({*PRIMARY, "", "Within a run context"})
_METRIC = "SageMaker gives what it counted of a series: neither the step nor the very time of the last point"
_NUMBERS = "SageMaker holds numbers as doubles: whether they were integers, or true and false, is not known"
_DIGEST = "SageMaker holds a URI of each: the digest is of that, not of the data"


def run(given: Component, experiment: str) -> Run:
    """A run. `experiment`: where it was found, if its own record does not say."""
    kept = record.read(given.get("InputArtifacts") or {})
    name = given["TrialComponentName"]
    home = kept.experiment or experiment
    tags = {key: text for key, text in tag_map(given.get("Tags") or ()).items() if key != record.RUN_MARK}
    state, message = _state(given.get("Status") or {})
    if message and not (kept.token and message == tags.get(WHY)):
        tags.setdefault("sagemaker.status_message", message)
    foreign = {} if kept.token else _foreign(given)
    ended = _moment(given.get("EndTime"))
    inputs, approximate = tuple(_datasets(kept.others)), _approximate(given)
    if inputs:
        approximate["inputs"] = _DIGEST
    if not kept.token and any("NumberValue" in value for value in (given.get("Parameters") or {}).values()):
        approximate["params"] = _NUMBERS
    return Run(
        id=name,
        experiment=ExperimentRef(id=names.experiment_id(home)),
        name=_name(given, kept, home),
        status=state,
        started=_moment(given.get("StartTime")),
        ended=ended if _counts(ended, state, kept.end) else None,
        params={key: param(value) for key, value in (given.get("Parameters") or {}).items() if key},
        tags=_linked(given) | foreign.pop("tags", {}) | tags | kept.own,
        metrics=_metrics(given),
        inputs=inputs,
        token=kept.token or None,
        approximate=approximate,
        beside=None if kept.elsewhere else kept.beside,
        **foreign,
    )


def _counts(ended: datetime | None, state: Status, said: str) -> bool:
    """Does the end that AWS has count? It cannot be taken back there when a run goes on."""
    if ended is None:
        return False
    known = record.seconds(ended)
    return said != f"-{known}" if state in ENDED else said == f"+{known}"


def _name(given: Component, kept: record.Record, experiment: str) -> str | None:
    """The true name, unless the console gave another one since."""
    name, shown_name = given["TrialComponentName"], given.get("DisplayName")
    if kept.name is not None and shown_name in {names.slug(kept.name) or name, None}:
        return kept.name
    if shown_name and shown_name.lower() != name.lower():
        return str(shown_name)
    if kept.token:
        return None
    return str(name).removeprefix(f"{experiment.lower()}-") or str(name)


def _state(given: Mapping[str, str]) -> tuple[Status, str]:
    """The status, and a message that says more."""
    message = given.get("Message", "")
    state = _STATUSES.get(given.get("PrimaryStatus", ""), "running")
    if state == "running" and message == "scheduled":
        state = "scheduled"
    return state, "" if message in MUTE else message


def _foreign(given: Component) -> dict[str, Any]:
    """What only counts of a run that others made: of ours the record knows better."""
    properties = given.get("MetadataProperties") or {}
    source = given.get("Source") or {}
    tags = {
        "sagemaker.source_arn": source.get("SourceArn"),
        "sagemaker.source_type": source.get("SourceType"),
        "sagemaker.generated_by": properties.get("GeneratedBy"),
        "sagemaker.project_id": properties.get("ProjectId"),
    }
    code = Source(commit=properties.get("CommitId"), remote=properties.get("Repository"))
    return {
        "tags": {key: text for key, text in tags.items() if text},
        "source": code if code != Source() else None,
        "user": (given.get("CreatedBy") or {}).get("UserProfileName") or None,
    }


def _linked(given: Component) -> dict[str, str]:
    """Output artifacts that are no files in S3: an image, a URL. They are told as tags."""
    outputs = given.get("OutputArtifacts") or {}
    return {
        f"sagemaker.output.{key}": entry.get("Value", "")
        for key, entry in outputs.items()
        if not entry.get("Value", "").startswith("s3://")
    }


def param(value: Mapping[str, Any]) -> ParamValue:
    """A param as AWS holds it: a text or a double."""
    return float(value["NumberValue"]) if "NumberValue" in value else str(value.get("StringValue", ""))


def _datasets(entries: Mapping[str, record.Entry]) -> Iterable[Dataset]:
    for key, entry in entries.items():
        if key:
            uri = entry.get("Value", "")
            yield Dataset(
                name=key,
                digest=hashlib.sha256(uri.encode()).hexdigest()[:32],
                kind="s3" if uri.startswith("s3://") else "uri",
                source=uri,
            )


def summaries(given: Component) -> dict[str, Mapping[str, Any]]:
    """The summary of each metric. Where several sources have one of a name, the one that counted most."""
    found: dict[str, Mapping[str, Any]] = {}
    for one in given.get("Metrics") or ():
        known = found.get(one["MetricName"])
        if known is None or one.get("Count", 0) > known.get("Count", 0):
            found[one["MetricName"]] = one
    return found


def _metrics(given: Component) -> dict[str, MetricSummary]:
    return {name: _summary(one) for name, one in summaries(given).items()}


def _summary(one: Mapping[str, Any]) -> MetricSummary:
    last, when = one.get("Last"), one.get("TimeStamp")
    count = one.get("Count")
    return MetricSummary(
        last=float("nan") if last is None else float(last),
        last_step=max(0, (count or 1) - 1),
        last_time=0 if when is None else nanoseconds(when),
        min=one.get("Min"),
        max=one.get("Max"),
        count=count,
    )


def _approximate(given: Component) -> dict[str, str]:
    return {f"metrics.{name}": _METRIC for name in summaries(given)}


def nanoseconds(moment: datetime) -> int:
    """Since 1970."""
    return round(moment.timestamp() * 1e6) * 1_000


def _moment(given: datetime | None) -> datetime | None:
    return None if given is None else given.astimezone(timezone.utc)
