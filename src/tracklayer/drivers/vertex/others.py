"""What others made of a run, asked for where one run is looked at: their series, data sets, pipelines, old runs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from tracklayer.drivers.google import Json
from tracklayer.drivers.vertex import names, reading, record
from tracklayer.drivers.vertex.contexts import Contexts
from tracklayer.drivers.vertex.nodes import Nodes
from tracklayer.drivers.vertex.tensorboard import LINK, SAMPLE, OneSeries, Tensorboard, board_run
from tracklayer.drivers.vertex.wire import PIPELINE, PREVIEW
from tracklayer.errors import Conflict, NotFound
from tracklayer.model import Dataset, ExperimentRef, MetricSummary, Points, Run

_LOCAL = "Vertex's SDK notes local time as if it were UTC: times may be off by the zone of who wrote them"
_SAMPLED = "a sample of the series: Vertex tells its highest step, and neither its last value nor its extremes"
_DIGEST = "Vertex holds a URI of each: the digest is of that, not of the data"
_PREVIEW = "Vertex notes neither start nor end of a run of the SDK's preview"
#: Schemas of artifacts that are data sets, and of those whose metadata are metrics (metadata/constants.py).
DATASETS = {"system.Dataset", "google.VertexDataset"}
METRICS = {"system.Metrics", "google.ClassificationMetrics", "google.RegressionMetrics", "google.ForecastingMetrics"}
#: What a pipeline's params begin with among its execution's metadata.
INPUT = "input:"


class Others:
    """Completes runs. Errors are ours."""

    def __init__(self, contexts: Contexts, nodes: Nodes, board: Tensorboard) -> None:
        self._contexts = contexts
        self._nodes = nodes
        self._board = board

    def completed(self, run: Run, context: Json) -> Run:
        """A run with what no list tells of it."""
        if context.get("schemaTitle") == PIPELINE:
            return self._pipeline(run)
        told = {field: why for field, why in run.approximate.items() if field not in reading.UNASKED}
        run = self._with_series(run.model_copy(update={"approximate": told}), context)
        return run if run.token else self._with_lineage(run)

    def board_run(self, context: Json) -> str | None:
        """The TensorBoard run of a run."""
        kept = record.read(context.get("metadata") or {})
        return board_run(kept.board) or self._board.linked(names.last(context["name"]))

    def _with_series(self, run: Run, context: Json) -> Run:
        """With the time series that others wrote, and with theirs behind ours."""
        board = self.board_run(context)
        if board is None:
            return run
        try:
            listed = self._board.series(board, anew=True)
        except NotFound:  # the TensorBoard was deleted by hand
            return run
        ours = record.series(record.read(context.get("metadata") or {}))
        theirs = {
            key: one
            for key, one in listed.items()
            if one.highest is not None and (key not in ours or one.highest > ours[key].step)
        }
        if not theirs:
            return run
        samples = self._board.samples(board, theirs)
        metrics, approximate = dict(run.metrics), dict(run.approximate)
        for key, one in theirs.items():
            part = samples.get(key, Points.of(key))
            metrics[key] = _summary(one, part, ours.get(key))
            approximate[f"metrics.{key}"] = _SAMPLED if len(part) >= SAMPLE or not len(part) else _LOCAL
        return run.model_copy(update={"metrics": metrics, "approximate": approximate})

    def _with_lineage(self, run: Run) -> Run:
        """With the data sets it read, and what else hangs on it that is no file."""
        try:
            graph = self._nodes.lineage(run.id)
        except Conflict:  # more than 1,000 nodes: the service does not say
            return run
        read = {event["artifact"] for event in graph.get("events") or () if event.get("type") == "INPUT"}
        artifacts = [one for one in graph.get("artifacts") or () if one.get("schemaTitle") != LINK]
        theirs = [one for one in artifacts if not names.is_ours(one["name"], run.id)]
        inputs = tuple(_dataset(one) for one in theirs if one["name"] in read or one.get("schemaTitle") in DATASETS)
        tags = {f"vertex.artifact.{_label(one)}": one["uri"] for one in theirs if _elsewhere(one)}
        approximate = {**run.approximate, **({"inputs": _DIGEST} if inputs else {})}
        return run.model_copy(update={"inputs": inputs, "tags": {**tags, **run.tags}, "approximate": approximate})

    def _pipeline(self, run: Run) -> Run:
        """A pipeline: its params and its state are those of its first execution, its metrics those of its artifacts."""
        executions = [one for one in self._nodes.inside("executions", run.id) if one.get("schemaTitle") == PREVIEW]
        if not executions:
            return run
        metadata = executions[0].get("metadata") or {}
        params = {key.removeprefix(INPUT): value for key, value in metadata.items() if key.startswith(INPUT)}
        metrics: dict[str, Any] = {}
        for artifact in self._nodes.inside("artifacts", run.id):
            if artifact.get("schemaTitle") in METRICS:
                metrics |= artifact.get("metadata") or {}
        state = executions[0].get("state")
        told = reading.run(
            {"name": run.id, "metadata": {"_params": params, "_metrics": _numbers(metrics), "_state": state}}, "-"
        )
        reasons = {**run.approximate, **told.approximate}
        approximate = {key: why for key, why in reasons.items() if key != "status"}
        fields = {"params": told.params, "metrics": told.metrics, "status": told.status, "approximate": approximate}
        return run.model_copy(update=fields)

    # -- runs of the SDK's preview

    def preview(self, execution: Json, experiment: str) -> Run:
        """A run that is an execution, as a list has it."""
        name = names.last(execution["name"])
        context = {
            "name": name,
            "displayName": execution.get("displayName") or name.removeprefix(f"{experiment}-"),
            "createTime": execution.get("createTime"),
            "updateTime": execution.get("updateTime"),
            "description": execution.get("description"),
            "metadata": {"_params": execution.get("metadata") or {}, "_state": execution.get("state")},
        }
        run = reading.run(context, experiment)
        return run.model_copy(update={"id": names.LEGACY + name, "approximate": {**run.approximate, "ended": _PREVIEW}})

    def whole_preview(self, run_id: str) -> Run | None:
        """The whole run of an execution's id; None where it is not there."""
        name = run_id.removeprefix(names.LEGACY)
        execution = self._nodes.get("executions", name) if names.legal(name) else None
        if execution is None or execution.get("schemaTitle") != PREVIEW:
            return None
        run = self.preview(execution, "unassigned")
        noted = self._nodes.get("artifacts", f"{name}-metrics") or {}
        metrics = {
            key: MetricSummary(last=float(value), last_step=0, last_time=0)
            for key, value in _numbers(noted.get("metadata") or {}).items()
        }
        home = self._home(name)
        return run.model_copy(update={"metrics": metrics, "experiment": ExperimentRef(id=names.experiment_id(home))})

    def _home(self, execution: str) -> str:
        """The experiment of a run that is an execution: its id begins with the experiment's."""
        head = execution
        while "-" in head:
            head = head.rpartition("-")[0]
            with suppress(NotFound):
                if reading.is_experiment(self._contexts.get(head)):
                    return head
        return "unassigned"


def _summary(one: OneSeries, sample: Points, ours: record.Series | None) -> MetricSummary:
    """A series in short. `ours`: what we know of it; what is behind its last step is others', at least one point."""
    highest = one.highest or 0
    rows = {step: (time, value) for step, time, value in sample.rows()}
    step = highest if highest in rows else max(rows, default=highest)
    time, value = rows.get(step, (0, float("nan")))
    numbers = [value for value in sample.values if value == value]  # noqa: PLR0124 -- NaN is not itself
    few = 0 < len(sample) < SAMPLE
    count = len(sample) if few else None
    if ours is not None:
        count = (ours.count or 0) + max(1, sum(step > ours.step for step in rows))
    return MetricSummary(
        last=value,
        last_step=highest,
        last_time=time,
        min=min(numbers, default=None) if few else None,
        max=max(numbers, default=None) if few else None,
        count=count,
    )


def _numbers(given: Mapping[str, Any]) -> dict[str, float]:
    return {key: float(value) for key, value in given.items() if key and isinstance(value, (int, float))}


def _dataset(artifact: Json) -> Dataset:
    uri = str(artifact.get("uri") or artifact["name"])
    return Dataset(
        name=_label(artifact),
        digest=hashlib.sha256(uri.encode()).hexdigest()[:32],
        kind="gcs" if uri.startswith("gs://") else "uri",
        source=uri,
    )


def _elsewhere(artifact: Json) -> bool:
    """Is it no file, and no data set: a model in the registry, an endpoint?"""
    uri = str(artifact.get("uri") or "")
    return bool(uri) and not uri.startswith("gs://") and artifact.get("schemaTitle") not in DATASETS


def _label(artifact: Json) -> str:
    return str(artifact.get("displayName") or names.last(artifact["name"]))
