"""Which points of a run are of which model: what MLflow links one by one, a run's record of a model says in short.

* The first few points of a metric are listed. From then on the model has all points of it, until one is logged of
  another model, of another data set or of none: so a long training costs no more than a short one.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Iterator

from mlflow.entities import Metric

from tracklayer.errors import TracklayerError
from tracklayer.model import Batch
from tracklayer.plugins.mlflow import ids
from tracklayer.plugins.mlflow.known import MODEL
from tracklayer.plugins.mlflow.pens import Pen
from tracklayer.plugins.mlflow.record import Measured, text_of

log = logging.getLogger("tracklayer")

#: Points of a metric that are listed.
LISTED = 4

#: A point, as MLflow orders them: its time in milliseconds, its step, its value.
Point = tuple[int, int, float]


def note(pen: Pen, metric: Metric, pen_of: Callable[[str], Pen]) -> None:
    """A point was logged. Of a model that is not known, nothing is noted."""
    point = (int(metric.timestamp), int(metric.step), float(metric.value))
    before = pen.known.measuring.get(metric.key)
    if metric.model_id is None:
        if before is not None:
            _close(*before, point)
            del pen.known.measuring[metric.key]
        return
    found = ids.model(metric.model_id)
    if found is None:
        return
    try:
        other = pen if found.run == pen.known.run else pen_of(found.run)
    except TracklayerError as error:
        log.debug("the model of a metric is not known: %s", error)
        return
    record = other.known.models.get(metric.model_id)
    if record is None:
        return
    about = (metric.key, metric.dataset_name, metric.dataset_digest, None if other is pen else pen.known.run)
    entry = next((one for one in record.metrics if one.about == about and one.until is None), None)
    if before is not None and before[2] is not entry:
        _close(*before, point)
    if entry is None:
        entry = Measured(*about)
        record.metrics.append(entry)
    pen.known.measuring[metric.key] = (other, metric.model_id, entry)
    if entry.since is None:
        if len(entry.points) < LISTED:
            entry.points.append((point[0], point[1], point[2] if math.isfinite(point[2]) else str(point[2])))
        else:
            entry.since, entry.points = min(one[:2] for one in entry.points), []
        _write(other, metric.model_id)


def measured(entry: Measured, history: Callable[[], Iterable[Point]]) -> Iterator[Point]:
    """The points that an entry stands for. `history`: all of the metric; asked for only where they are not listed."""
    if entry.since is None:
        yield from ((time, step, float(value)) for time, step, value in entry.points)
        return
    for point in history():
        if point[:2] >= entry.since and (entry.until is None or point[:2] < entry.until):
            yield point


def _close(pen: Pen, model_id: str, entry: Measured, point: Point) -> None:
    """The points from here on are not this model's."""
    if entry.since is not None and entry.until is None:
        entry.until = point[:2]
        _write(pen, model_id)


def _write(pen: Pen, model_id: str) -> None:
    pen.write(Batch(tags={f"{MODEL}{model_id}": text_of(pen.known.models[model_id])}))
