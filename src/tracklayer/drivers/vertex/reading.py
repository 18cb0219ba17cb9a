"""Contexts to the model: pure functions. What others made of them is read as far as it goes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tracklayer.drivers.google import times
from tracklayer.drivers.vertex import names, record
from tracklayer.drivers.vertex.record import METRICS, PARAMS, STATE, Record
from tracklayer.drivers.vertex.wire import BLANK, HIDDEN, PIPELINE, RUN, STATES, UPLOADED, param
from tracklayer.model import ENDED, Experiment, ExperimentRef, MetricSummary, ParamValue, Run, Status

_STATUSES: Mapping[str, Status] = {
    **{state: status for status, state in STATES.items()},
    "CACHED": "finished",
    "STATE_UNSPECIFIED": "running",
}
_NUMBERS = "Vertex holds numbers as doubles: which of them were integers is not known"
_LAST = "Vertex holds the last value of it only: neither its step nor its time"
_UPDATED = "Vertex notes no end: this is when the run was last changed"
_CREATED = "Vertex notes no start: this is when the run was made there"
_PIPELINE = "a list does not ask for each pipeline's execution: look at the run itself"
_LISTED = "a list does not ask for each run's time series and lineage: look at the run itself"

#: What no list tells of a run that others made.
UNASKED = ("metrics", "inputs", "tags")


def is_experiment(context: Mapping[str, Any]) -> bool:
    """Is it an experiment, as the official SDK has it? What a TensorBoard's uploader made is none."""
    return context.get("schemaTitle") == "system.Experiment" and UPLOADED not in (context.get("metadata") or {})


def experiment(context: Mapping[str, Any]) -> Experiment:
    """An experiment."""
    metadata = context.get("metadata") or {}
    kept = record.read(metadata)
    name = names.last(context["name"])
    return Experiment(
        id=names.experiment_id(name),
        name=name,
        tags=kept.tags,
        description=_description(context, kept),
        created=times.moment(context.get("createTime")),
        deleted=metadata.get(HIDDEN) is True,
        beside=None if _some_away(kept) else record.beside(kept),
    )


def run(context: Mapping[str, Any], experiment: str | None = None) -> Run:
    """A run. `experiment`: the context where it was found, if its own record does not say."""
    metadata = context.get("metadata") or {}
    kept = record.read(metadata)
    name = names.last(context["name"])
    home = kept.experiment or experiment or _home(context, name)
    state = str(metadata.get(STATE) or "")
    status = _STATUSES.get(state, "running")
    params, metrics = _params(metadata, kept), summaries(metadata, kept)
    ended, approximate = _ended(context, kept, state, status)
    if not kept.token:
        approximate["started"] = _CREATED
        if any(isinstance(value, float) for value in params.values()):
            approximate["params"] = _NUMBERS
    approximate |= _inexact(metadata, kept, metrics)
    if context.get("schemaTitle") == PIPELINE:
        approximate["status"] = _PIPELINE
    elif context.get("schemaTitle") == RUN and not kept.token:
        approximate |= dict.fromkeys(UNASKED, _LISTED)
    started = times.moment(kept.started)
    return Run(
        id=name,
        experiment=ExperimentRef(id=names.experiment_id(home)),
        name=_name(context, kept, name, home),
        status=status,
        started=started if kept.token else started or times.moment(context.get("createTime")),
        ended=ended,
        params=params,
        tags=_told(metadata, state) | kept.tags | kept.own,
        metrics=metrics,
        description=_description(context, kept),
        token=kept.token or None,
        approximate=approximate,
        beside=None if _some_away(kept) else record.beside(kept),
    )


def summaries(metadata: Mapping[str, Any], kept: Record) -> dict[str, MetricSummary]:
    """The metrics of a run in short: the record's, and those that others wrote as a value each."""
    found = {key: one.summary() for key, one in record.series(kept).items()}
    for key, value in (metadata.get(METRICS) or {}).items():
        if key and key not in found and isinstance(value, (int, float)):
            found[key] = MetricSummary(last=float(value), last_step=0, last_time=0)
    return found


def _inexact(metadata: Mapping[str, Any], kept: Record, metrics: Mapping[str, MetricSummary]) -> dict[str, str]:
    ours = record.series(kept)
    reasons = {f"metrics.{key}": _LAST for key in metrics if key not in ours}
    for key, value in (metadata.get(METRICS) or {}).items():
        if key in ours and math.isfinite(ours[key].last) and value != ours[key].last:
            reasons[f"metrics.{key}"] = f"another client has noted {value} as its value since"
    return reasons


def _params(metadata: Mapping[str, Any], kept: Record) -> dict[str, ParamValue]:
    ints = frozenset(kept.ints)
    given = metadata.get(PARAMS) or {}
    return {
        key: param(value, integer=key in ints, number_text=kept.numbers.get(key)) for key, value in given.items() if key
    }


def _ended(
    context: Mapping[str, Any], kept: Record, state: str, status: Status
) -> tuple[datetime | None, dict[str, str]]:
    """When a run ended, and why that is not exact. An end that was noted counts for the state it was noted with."""
    if kept.ended is not None and kept.ended_as == state:
        return times.moment(kept.ended), {}
    if status in ENDED:
        return times.moment(context.get("updateTime")), {"ended": _UPDATED}
    return None, {}


def _name(context: Mapping[str, Any], kept: Record, context_id: str, home: str) -> str | None:
    """The true name, unless the console gave another one since."""
    shown = str(context.get("displayName") or "")
    if kept.token and shown in {kept.shown, ""}:
        return kept.name
    return shown or names.shown(context_id, home)


def _told(metadata: Mapping[str, Any], state: str) -> dict[str, str]:
    """What others wrote and has no place in the model: told as tags."""
    tags = {} if state in _STATUSES or not state else {"vertex.state": state}
    for key, value in (metadata.get(METRICS) or {}).items():
        if key and isinstance(value, str):
            tags[f"vertex.metric.{key}"] = value
    for number, job in enumerate(metadata.get("_custom_jobs") or (), 1):
        if isinstance(job, dict):
            tags[f"vertex.custom_job.{number}"] = str(job.get("custom_job_resource_name", ""))
    return tags


def _description(context: Mapping[str, Any], kept: Record) -> str | None:
    text = context.get("description") or None
    return "" if kept.blank and text in {None, BLANK} else text


def _home(context: Mapping[str, Any], name: str) -> str:
    """The experiment of a run: the parent whose id the run's begins with, else the first."""
    parents = [names.last(parent) for parent in context.get("parentContexts") or ()]
    whole = [parent for parent in parents if name.startswith(f"{parent}-")]
    return max(whole, key=len) if whole else parents[0] if parents else "unassigned"


def _some_away(kept: Record) -> bool:
    """Are there sidecars elsewhere that are needed to read it?"""
    return any(record.elsewhere(kept, kind) for kind in record.KINDS)
