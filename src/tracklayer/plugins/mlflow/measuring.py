"""Which points of a run are of which model: what MLflow links one by one, a run's record of a model says in short.

* The first few points of a metric are listed. From then on the model has all points of it, until one is logged of
  another model, of another data set or of none: so a long training costs no more than a short one.
* A point that was logged before may come again, now of another model: MLflow's `log_model` says so of all points of
  its step. It ends nothing, and is listed by itself.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from mlflow.entities import Metric

from tracklayer.errors import TracklayerError
from tracklayer.model import Batch
from tracklayer.plugins.mlflow import ids
from tracklayer.plugins.mlflow.known import recorded
from tracklayer.plugins.mlflow.pens import Pen
from tracklayer.plugins.mlflow.record import Measured

log = logging.getLogger("tracklayer")

#: Points of a metric that are listed.
LISTED = 4

#: A point, as MLflow orders them: its time in milliseconds, its step, its value.
Point = tuple[int, int, float]


class Measuring(NamedTuple):
    """What the last point of a metric was of: a model, its pen, the entry of its record."""

    pen: Pen
    mark: str
    entry: Measured
    last: Point


def note(pen: Pen, metric: Metric, pen_of: Callable[[str], Pen]) -> None:
    """A point was logged. Of a model that is not known, nothing is noted."""
    point = (int(metric.timestamp), int(metric.step), float(metric.value))
    before: Measuring | None = pen.known.measuring.get(metric.key)
    new = before is None or point[:2] > before.last[:2]
    if metric.model_id is None:
        if before is not None and new:
            _close(before, point)
            del pen.known.measuring[metric.key]
        return
    found = ids.model(metric.model_id)
    other = None if found is None else _pen(pen, found.run, pen_of)
    record = None if found is None or other is None else other.known.models.get(found.mark)
    if found is None or other is None or record is None:
        return
    about = (metric.key, metric.dataset_name, metric.dataset_digest, None if other is pen else pen.known.run)
    entries = [one for one in record.metrics if one.about == about]
    entry = next((one for one in entries if one.until is None), None)
    if before is not None and before.entry is not entry:
        if not new:
            if not any(_listed(point) in one.points for one in entries):
                record.metrics.append(Measured(*about, points=[_listed(point)], until=point[:2]))
                _write(other, found.mark)
            return
        _close(before, point)
    if entry is None:
        entry = Measured(*about)
        record.metrics.append(entry)
    if new:
        pen.known.measuring[metric.key] = Measuring(other, found.mark, entry, point)
    if _added(entry, point):
        _write(other, found.mark)


def measured(entry: Measured, history: Callable[[], Iterable[Point]]) -> Iterator[Point]:
    """The points that an entry stands for. `history`: all of the metric; asked for only where they are not listed."""
    if entry.since is None:
        yield from ((time, step, float(value)) for time, step, value in entry.points)
        return
    for point in history():
        if point[:2] >= entry.since and (entry.until is None or point[:2] < entry.until):
            yield point


def _pen(pen: Pen, run: str, pen_of: Callable[[str], Pen]) -> Pen | None:
    """What the run of a model is written with; None where it is not known. `pen`: of the run that measures it."""
    try:
        return pen if run == pen.known.run else pen_of(run)
    except TracklayerError as error:
        log.debug("the model of a metric is not known: %s", error)
        return None


def _added(entry: Measured, point: Point) -> bool:
    """Add a point to an entry that is open. Does that change it?"""
    if entry.since is not None or _listed(point) in entry.points:
        return False
    if len(entry.points) < LISTED:
        entry.points.append(_listed(point))
    else:
        entry.since, entry.points = min(one[:2] for one in entry.points), []
    return True


def _close(before: Measuring, point: Point) -> None:
    """The points from here on are not this model's."""
    if before.entry.until is None:
        before.entry.until = point[:2]
        if before.entry.since is not None:
            _write(before.pen, before.mark)


def _listed(point: Point) -> tuple[int, int, float | str]:
    """A point, as a record lists it: JSON has no number for infinity, and none for what is no number."""
    time, step, value = point
    return time, step, value if math.isfinite(value) else str(value)


def _write(pen: Pen, mark: str) -> None:
    pen.write(Batch(tags=recorded(mark, pen.known.models[mark])))
