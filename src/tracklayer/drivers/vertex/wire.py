"""The model to metadata of contexts: pure functions. What comes back is read by reading.py."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tracklayer.drivers.google import times
from tracklayer.drivers.vertex import names, record
from tracklayer.drivers.vertex.errors import PROVIDER
from tracklayer.drivers.vertex.record import METRICS, PARAMS, STATE, Metadata, Record, Series
from tracklayer.drivers.vertex.traits import FULL, NAMES
from tracklayer.errors import Conflict, QuotaExceeded
from tracklayer.model import (
    ENDED,
    Batch,
    ExperimentDraft,
    ParamValue,
    Points,
    RunDraft,
    Status,
    same,
)

#: Schemas, and their version, which is the official SDK's (metadata/constants.py).
EXPERIMENT, RUN, PIPELINE, PREVIEW = "system.Experiment", "system.ExperimentRun", "system.PipelineRun", "system.Run"
VERSION = "0.0.1"
#: What the console hides an experiment by, and the TensorBoard that one has (metadata/constants.py).
HIDDEN, BACKING, UPLOADED = "experiment_deleted", "backing_tensorboard_resource", "tensorboard_link"
#: Names of google.cloud.aiplatform.v1.Execution.State: the SDK breaks at any other.
STATES: Mapping[Status, str] = {
    "running": "RUNNING",
    "scheduled": "NEW",
    "finished": "COMPLETE",
    "failed": "FAILED",
    "killed": "CANCELLED",
}
#: Integers up to here are doubles, each another one.
EXACT = 2**53
#: What stands for an empty description: an update cannot take one away.
BLANK = " "


def new_experiment(draft: ExperimentDraft, mark: str, root: str, board: str | None) -> dict[str, Any]:
    """The context of a new experiment. `mark`: by which its maker knows it again. `board`: its TensorBoard."""
    kept = Record(token=mark, root=root, tags=dict(draft.tags), blank=draft.description == "")
    metadata: Metadata = {HIDDEN: False} | ({} if board is None else {BACKING: board})
    return {
        "displayName": draft.name,
        "schemaTitle": EXPERIMENT,
        "schemaVersion": VERSION,
        "metadata": record.put(metadata, kept),
        **described(draft.description),
    }


def new_run(context: str, experiment: str, draft: RunDraft, root: str, now: datetime) -> dict[str, Any]:
    """The context of a new run."""
    own, tags = parted(draft.tags)
    shown = names.shown(context, experiment)
    started = draft.started or (None if draft.status == "scheduled" else now)
    kept = Record(
        token=draft.token,
        experiment=experiment,
        root=root,
        name=draft.name,
        shown=shown,
        started=None if started is None else times.written(times.of(started)),
        blank=draft.description == "",
        tags=tags,
        own=own,
    )
    state = STATES[draft.status]
    if draft.status in ENDED:
        kept.ended, kept.ended_as = times.written(times.of(now)), state
    metadata = {PARAMS: {}, METRICS: {}, STATE: state, record.TOKEN: names.token_mark(experiment, draft.token)}
    return {
        "displayName": shown,
        "schemaTitle": RUN,
        "schemaVersion": VERSION,
        "metadata": record.put(metadata, kept),
        **described(draft.description),
    }


def described(text: str | None) -> dict[str, str]:
    """A description as a context has it."""
    return {} if text is None else {"description": text or BLANK}


def parted(tags: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The layers' own tags, and users'."""
    own = {key: text for key, text in tags.items() if NAMES.tag.read_own(key) is not None}
    return own, {key: text for key, text in tags.items() if key not in own}


def changed(context: Mapping[str, Any], batch: Batch, now: datetime) -> dict[str, Any]:
    """A run's context with all of a batch but its points and data sets. `Conflict` for another value of a param."""
    metadata: Metadata = dict(context.get("metadata") or {})
    kept = record.read(metadata)
    own, tags = parted(batch.tags)
    kept.tags, kept.own = {**kept.tags, **tags}, {**kept.own, **own}
    if batch.params:
        metadata[PARAMS] = _params(metadata.get(PARAMS) or {}, kept, batch)
    for key in (PARAMS, METRICS):
        metadata.setdefault(key, {})
    metadata.setdefault(STATE, STATES["running"])
    if batch.status is not None and metadata[STATE] != STATES[batch.status]:
        metadata[STATE] = STATES[batch.status]
        if batch.status in ENDED and batch.ended is None:
            kept.ended, kept.ended_as = times.written(times.of(now)), STATES[batch.status]
    if batch.status in {"running", "scheduled"}:
        kept.ended, kept.ended_as = None, ""
    if batch.status == "running" and kept.token and kept.started is None:
        kept.started = times.written(times.of(now))
    if batch.ended is not None:
        kept.ended, kept.ended_as = times.written(times.of(batch.ended)), metadata[STATE]
    fields: dict[str, Any] = {}
    if batch.name is not None:
        kept.name, kept.shown = batch.name, str(context.get("displayName") or "")
    if batch.description is not None:
        kept.blank = batch.description == ""
        fields = described(batch.description)
    return {**context, "metadata": record.put(metadata, kept), **fields}


def measured(context: dict[str, Any], points: Mapping[str, Points], board: str | None) -> dict[str, Any]:
    """A run's context with what its points come to. `board`: the TensorBoard run that they go to.

    * The very points that were written last are not counted again.
    """
    metadata: Metadata = dict(context.get("metadata") or {})
    kept = record.read(metadata)
    known = record.series(kept)
    metrics = dict(metadata.get(METRICS) or {})
    for key, part in points.items():
        new, old = Series.of(part), known.get(key)
        if old is not None and old.mark == new.mark:
            continue
        finite = [row for row in part.rows() if math.isfinite(row[2])]
        if finite and (old is None or max(finite)[0] >= old.step):
            metrics[key] = max(finite)[2]
        known[key] = new if old is None else old.joined(new)
    kept.points = {key: one.text() for key, one in known.items()}
    kept.board = board or kept.board
    metadata[METRICS] = metrics
    return {**context, "metadata": record.put(metadata, kept)}


def checked(context: dict[str, Any]) -> dict[str, Any]:
    """A context that the service can hold. `QuotaExceeded` for params and tags that are too much.

    * What gives way is what the layers keep beside the run too: the console's values of metrics, then their summaries.
    """
    metadata = context["metadata"]
    if record.size(metadata) <= FULL:
        return context
    kept = record.read(metadata)
    metadata = {**metadata, METRICS: {k: v for k, v in (metadata.get(METRICS) or {}).items() if k not in kept.points}}
    summaries, kept.points = kept.points, {}
    room = FULL - record.size(record.put(metadata, kept))
    if room < 0:
        message = (
            "the run is full: its metadata hold 200 KB, and its params, tags and notes together take more;"
            " begin another run"
        )
        raise QuotaExceeded(message, provider=PROVIDER, operation="UpdateContext")
    for key, text in summaries.items():
        room -= record.size({key: text})
        if room < 0:
            break
        kept.points[key] = text
    return {**context, "metadata": record.put(metadata, kept)}


def _params(given: Mapping[str, Any], kept: Record, batch: Batch) -> dict[str, Any]:
    """All params of a run after a batch; the record's notes of their types are changed with them."""
    params, ints = dict(given), dict.fromkeys(kept.ints)
    numbers = dict(kept.numbers)
    for key, value in batch.params.items():
        if key in params:
            known = param(params[key], integer=key in ints, number_text=numbers.get(key))
            if same(known, value):
                continue
            if not batch.overwrite:
                message = f"param {key!r} is set to another value already; a param is set once"
                raise Conflict(message, provider=PROVIDER, operation="write")
        ints.pop(key, None)
        numbers.pop(key, None)
        params[key] = stored = _stored(value)
        if isinstance(stored, str) and not isinstance(value, str):
            numbers[key] = stored
        elif isinstance(value, int) and not isinstance(value, bool):
            ints[key] = None
    kept.ints, kept.numbers = list(ints), numbers
    return params


def _stored(value: ParamValue) -> str | bool | float:
    """What stands for a value: itself, its double, or a text for a number that no double is, or JSON has not."""
    if isinstance(value, (str, bool)):
        return value if isinstance(value, bool) else str(value)
    if isinstance(value, int):
        return float(value) if abs(value) <= EXACT else int.__repr__(value)
    plain = math.isfinite(value) and (value != 0 or math.copysign(1, value) > 0)
    return float(value) if plain else float.__repr__(value)


def param(given: Any, *, integer: bool, number_text: str | None) -> ParamValue:
    """A param as it was given. A note of its type counts while the value is still what it was made from."""
    if isinstance(given, str):
        return number(given) if number_text == given else given
    if isinstance(given, bool):
        return given
    if not isinstance(given, (int, float)):  # null, a list, an object: others write such
        return "" if given is None else json.dumps(given, ensure_ascii=False)
    return int(given) if integer and float(given).is_integer() else float(given)


def number(text: str) -> int | float:
    """The number that a text writes."""
    try:
        return int(text)
    except ValueError:
        return float(text)
