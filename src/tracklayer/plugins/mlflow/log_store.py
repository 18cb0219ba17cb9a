"""What the store takes of a run: points, params, tags, inputs; and the points of a metric, read back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from mlflow.entities import DatasetInput, LoggedModelInput, Metric, Param, RunTag
from mlflow.entities.metric import MetricWithRunId
from mlflow.store.entities.paged_list import PagedList
from mlflow.utils.search_utils import SearchUtils
from mlflow.utils.validation import (
    _validate_batch_log_data,
    _validate_batch_log_limits,
    _validate_dataset_inputs,
    _validate_metric,
    _validate_param,
    _validate_param_keys_unique,
    _validate_run_id,
    _validate_tag,
)

from tracklayer.drivers.mlflow import wire
from tracklayer.errors import NotFound
from tracklayer.model import Batch, MetricSummary, canonical
from tracklayer.plugins.mlflow import entities
from tracklayer.plugins.mlflow.base import Base
from tracklayer.plugins.mlflow.entities import MILLISECOND
from tracklayer.plugins.mlflow.errors import answering, refused
from tracklayer.plugins.mlflow.known import Known
from tracklayer.plugins.mlflow.measuring import note
from tracklayer.plugins.mlflow.paging import points_of
from tracklayer.plugins.mlflow.pens import Pen
from tracklayer.spi import every


class LogStore(Base):
    """Logging, as MLflow's own stores check it. All of a call is checked before any of it is kept."""

    @answering
    def log_metric(self, run_id: str, metric: Metric) -> None:
        """Add a point."""
        key, value, timestamp, step = metric.key, metric.value, metric.timestamp, metric.step
        _validate_metric(key, value, timestamp, step)
        pen = self._pen(run_id)
        with pen.known.lock:
            self._measure(pen, [metric])

    @answering
    def log_param(self, run_id: str, param: Param) -> None:
        """Set a param."""
        param = _validate_param(param.key, param.value)
        pen = self._pen(run_id)
        with pen.known.lock:
            known = pen.known.params.get(param.key)
            if known is not None and known != param.value:
                message = (
                    f"Changing param values is not allowed. Param with key='{param.key}' was already logged with"
                    f" value='{known}' for run ID='{run_id}'. Attempted logging new value '{param.value}'."
                )
                raise refused(message)
            self._write(pen, [param], [])

    @answering
    def set_tag(self, run_id: str, tag: RunTag) -> None:
        """Set a tag; the last value stands."""
        tag = _validate_tag(tag.key, tag.value)
        pen = self._pen(run_id)
        with pen.known.lock:
            self._write(pen, [], [tag])

    @answering
    def log_batch(
        self, run_id: str, metrics: Sequence[Metric], params: Sequence[Param], tags: Sequence[RunTag]
    ) -> None:
        """Add points, set params and tags."""
        _validate_run_id(run_id)
        metrics, params, tags = _validate_batch_log_data(metrics, params, tags)
        _validate_batch_log_limits(metrics, params, tags)
        _validate_param_keys_unique(params)
        pen = self._pen(run_id)
        with pen.known.lock:
            self._unchanged(pen.known, params)
            self._write(pen, params, tags)
            self._measure(pen, metrics)

    @answering
    def log_inputs(
        self,
        run_id: str,
        datasets: list[DatasetInput] | None = None,
        models: list[LoggedModelInput] | None = None,
    ) -> None:
        """Note the data sets and models that a run reads."""
        _validate_run_id(run_id)
        if datasets is not None:
            if not isinstance(datasets, list):
                message = f"Argument 'datasets' should be a list, got '{type(datasets)}'"
                raise TypeError(message)
            _validate_dataset_inputs(datasets)
        pen = self._pen(run_id)
        with pen.known.lock:
            fresh = {one: None for one in entities.datasets(datasets or ()) if one not in pen.known.inputs}
            taken = {(one.name, one.digest) for one in pen.known.inputs}  # MLflow keeps the first of a name and digest
            fresh = {one: None for one in fresh if (one.name, one.digest) not in taken}
            links, read = pen.known.links, [one.model_id for one in models or ()]
            new = [one for one in read if one not in links.read]
            if new:
                links.read.extend(new)
            tags = pen.known.linked() if new else {}
            if fresh or tags:
                pen.write(Batch(inputs=tuple(fresh), tags=tags))
                pen.known.inputs.update(fresh)

    # -- reading

    @answering
    def get_metric_history(
        self, run_id: str, metric_key: str, max_results: int | None = None, page_token: str | None = None
    ) -> PagedList[Metric]:
        """All points of a metric by time, step and value; none where there is no such run or metric."""
        offset = SearchUtils.parse_start_offset_from_page_token(page_token)
        rows = self._history(run_id, metric_key)[offset:]
        token = None
        if max_results is not None and len(rows) > max_results:
            rows, token = rows[:max_results], SearchUtils.create_page_token(offset + max_results)
        return PagedList(rows, token)

    @answering
    def get_metric_history_bulk(
        self, run_ids: Sequence[str], metric_key: str, max_results: int
    ) -> list[MetricWithRunId]:
        """The points of a metric of several runs, in the order of the runs' ids."""
        return points_of(run_ids, lambda run_id: self._history(run_id, metric_key), max_results)

    def _history(self, run_id: str, key: str) -> list[Metric]:
        driver = self.place.settled
        try:
            points = canonical(key, list(every(partial(driver.read_points, self.place.ref(run_id), key))))
        except NotFound:
            return []
        rows = [(time // MILLISECOND, step, value) for step, time, value in points.rows()]
        rows.sort(key=lambda row: (row[0], row[1]))
        return [Metric(key, value, time, step) for time, step, value in rows]

    # -- inside

    def _measure(self, pen: Pen, metrics: Sequence[Metric]) -> None:
        """Add points, and note which model they are of."""
        if not metrics:
            return
        points = [(one.key, float(one.value), int(one.step), int(one.timestamp) * MILLISECOND) for one in metrics]
        pen.points(points)
        for key, value, step, time in points:
            pen.known.measured(key, MetricSummary(value, step, time))
        for one in metrics:
            if one.model_id is not None or pen.known.measuring:
                note(pen, one, self.place.pen)

    def _write(self, pen: Pen, params: Sequence[Param], tags: Sequence[RunTag]) -> None:
        texts = {tag.key: tag.value for tag in tags}
        named, noted = texts.get(wire.NAME), texts.get(wire.NOTE)
        batch = Batch(
            params={param.key: param.value for param in params if param.key not in pen.known.params},
            tags={key: text for key, text in texts.items() if key not in {wire.NAME, wire.NOTE}},
            name=named or None,
            description=noted,
        )
        if batch == Batch():
            return
        written = pen.write(batch)
        pen.known.params.update((key, str(value)) for key, value in written.params.items())
        fields = {wire.NAME: named, wire.NOTE: written.description}
        pen.known.tagged({**written.tags, **{key: text for key, text in fields.items() if text is not None}})
        pen.known.name = named or pen.known.name

    def _unchanged(self, known: Known, params: Sequence[Param]) -> None:
        """MLflow's error for params that have another value."""
        changed = [
            {"key": param.key, "old_value": known.params[param.key], "new_value": param.value}
            for param in params
            if known.params.get(param.key, param.value) != param.value
        ]
        if changed:
            said = "Changing param values is not allowed. Params were already"
            message = f"{said} logged='{changed}' for run ID='{known.run}'."
            raise refused(message)
