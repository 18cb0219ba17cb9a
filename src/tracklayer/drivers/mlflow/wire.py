"""The model to MLflow's requests, and its answers to the model: pure functions.

What MLflow keeps in a system tag is a field here. A system tag whose value does not fit its field stays a tag.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from tracklayer.drivers.mlflow.search import TOKEN
from tracklayer.drivers.mlflow.shapes import ExperimentInfo, Metric, MlflowRun
from tracklayer.drivers.mlflow.traits import MILLISECOND
from tracklayer.errors import InvalidInput
from tracklayer.model import (
    Batch,
    Experiment,
    ExperimentDraft,
    ExperimentRef,
    MetricSummary,
    ParamValue,
    Points,
    Run,
    RunDraft,
    RunRef,
    Source,
    Status,
)

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
NAME, USER, PARENT, NOTE = "mlflow.runName", "mlflow.user", "mlflow.parentRunId", "mlflow.note.content"
DIRTY = "mlflow.source.git.dirty"
#: Field of `Source` -> its tag.
SOURCE = {
    "command": "mlflow.source.name",
    "commit": "mlflow.source.git.commit",
    "branch": "mlflow.source.git.branch",
    "remote": "mlflow.source.git.repoURL",
}
STATUSES: Mapping[str, Status] = {
    "RUNNING": "running",
    "SCHEDULED": "scheduled",
    "FINISHED": "finished",
    "FAILED": "failed",
    "KILLED": "killed",
}
#: What a user's name may take as a field; the tag has it whole (SqlRun.user_id is a String(256)).
LONGEST_USER = 256


def millis(moment: datetime) -> int:
    """Whole milliseconds since 1970."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def moment(milliseconds: int | None) -> datetime | None:
    """The moment; None for none, and for one that no calendar holds."""
    try:
        return None if milliseconds is None else EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None


# -- experiments


def new_experiment(draft: ExperimentDraft) -> dict[str, Any]:
    """The body of experiments/create."""
    tags = dict(draft.tags) | ({} if draft.description is None else {NOTE: draft.description})
    return {"name": draft.name, "tags": pairs(tags)}


def experiment(info: ExperimentInfo) -> Experiment:
    """An experiment."""
    tags = {tag.key: tag.value for tag in info.tags if tag.key}
    return Experiment(
        id=info.experiment_id,
        name=info.name,
        description=tags.pop(NOTE, None),
        tags=tags,
        created=moment(info.creation_time),
        deleted=info.lifecycle_stage == "deleted",
    )


# -- runs


def new_run(experiment: ExperimentRef, draft: RunDraft, now: datetime) -> dict[str, Any]:
    """The body of runs/create. A status other than running is left to runs/update."""
    parent = None if draft.parent is None else draft.parent.id
    fields = {USER: draft.user, PARENT: parent, NOTE: draft.description, TOKEN: draft.token}
    source = draft.source or Source()
    fields |= {tag: getattr(source, name) for name, tag in SOURCE.items()}
    fields[DIRTY] = None if source.dirty is None else str(source.dirty).lower()
    body: dict[str, Any] = {
        "experiment_id": experiment.id,
        "start_time": millis(draft.started or now),
        "user_id": (draft.user or "")[:LONGEST_USER],
        "tags": pairs(dict(draft.tags) | {key: value for key, value in fields.items() if value is not None}),
    }
    return body if draft.name is None else body | {"run_name": draft.name}


def change(run: RunRef, batch: Batch) -> dict[str, Any]:
    """The body of runs/update; empty when there is nothing to change. A run that goes on has no end."""
    body: dict[str, Any] = {}
    if batch.name is not None:
        body["run_name"] = batch.name
    if batch.status is not None:
        body["status"] = batch.status.upper()
    if batch.ended is not None:
        body["end_time"] = millis(batch.ended)
    elif batch.status in {"running", "scheduled"}:
        body["end_time"] = 0
    return body and {"run_id": run.id} | body


def log_batch(run: RunRef, batch: Batch) -> dict[str, Any]:
    """The body of runs/log-batch; empty when there is nothing to log."""
    lists = {
        "params": pairs({key: _text(key, value) for key, value in batch.params.items()}),
        "tags": pairs(batch.tags),
        "metrics": metrics(batch.points),
    }
    return {"run_id": run.id} | lists if any(lists.values()) else {}


def metrics(parts: Iterable[Points]) -> list[dict[str, Any]]:
    """Points, each once: the server refuses a batch that holds the same NaN twice."""
    rows = (
        (points.key, step, time // MILLISECOND, "NaN" if math.isnan(value) else value)
        for points in parts
        for step, time, value in points.rows()
    )
    return [
        {"key": key, "value": value, "timestamp": time, "step": step}
        for key, step, time, value in dict.fromkeys(rows)  # an order that stays
    ]


def pairs(texts: Mapping[str, str]) -> list[dict[str, str]]:
    """A mapping as MLflow writes it."""
    return [{"key": key, "value": value} for key, value in texts.items()]


def _text(key: str, value: ParamValue) -> str:
    if isinstance(value, str):
        return value
    message = f"param {key!r} is no text: MLflow would store an empty one and drop the params after it"
    raise InvalidInput(message)


def run(given: MlflowRun) -> Run:
    """A run, without its inputs (`inputs.py` reads those)."""
    info, data = given.info, given.data
    # A run made through bare REST may hold a tag without a name, which is none here.
    tags = {tag.key: tag.value for tag in data.tags if tag.key}
    name = tags.pop(NAME, "")
    user = tags.pop(USER, "") or info.user_id
    started, ended = moment(info.start_time), moment(info.end_time or None)
    odd = {
        "started": (info.start_time is not None and started is None, "the server's start is no date"),
        "ended": (bool(info.end_time) and ended is None, "the server's end is no date"),
        "status": (info.status not in STATUSES, f"the server says {info.status}"),
        "tags": (not all(tag.key for tag in data.tags), "a tag without a name is left out"),
    }
    return Run(
        id=info.id,
        experiment=ExperimentRef(id=info.experiment_id),
        name=info.run_name or name or None,
        status=STATUSES.get(info.status, "running"),
        started=started,
        ended=ended,
        parent=RunRef(id=tags.pop(PARENT)) if tags.get(PARENT) else None,
        params={param.key: param.value for param in data.params},
        metrics={metric.key: summary(metric) for metric in data.metrics},
        description=tags.pop(NOTE, None),
        user=user or None,
        source=source(tags),
        token=tags.pop(TOKEN, None),
        tags=tags,
        deleted=info.lifecycle_stage == "deleted",
        approximate={field: why for field, (is_odd, why) in odd.items() if is_odd},
    )


def source(tags: dict[str, str]) -> Source | None:
    """The source, taken out of the tags."""
    fields: dict[str, Any] = {name: tags.pop(tag) for name, tag in SOURCE.items() if tag in tags}
    if "remote" in fields:
        fields["remote"] = re.sub(r"(?<=//)[^/@]*@", "", fields["remote"])
    if tags.get(DIRTY) in {"true", "false"}:
        fields["dirty"] = tags.pop(DIRTY) == "true"
    return Source(**fields) if fields else None


def summary(metric: Metric) -> MetricSummary:
    """A metric's last point as a summary; MLflow keeps no more."""
    return MetricSummary(last=metric.value, last_step=metric.step, last_time=_nanos(metric.timestamp))


def points(key: str, history: Iterable[Metric]) -> Points:
    """Points of a history."""
    steps, times, values = array("q"), array("q"), array("d")
    for metric in history:
        steps.append(metric.step)
        times.append(_nanos(metric.timestamp))
        values.append(metric.value)
    return Points(key=key, steps=steps, times=times, values=values)


def _nanos(milliseconds: int) -> int:
    """Nanoseconds, or the nearest that 64 bits hold: MLflow takes any number for a time."""
    return max(-(2**63), min(milliseconds * MILLISECOND, 2**63 - 1))
