"""The Pareto front: the runs that no other run beats in every metric."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracklayer.compare.align import Row
from tracklayer.compare.direction import Direction
from tracklayer.errors import InvalidInput


@dataclass(frozen=True)
class Front:
    """The runs for which no other is at least as good in every metric and better in one.

    * `metrics`, and which way each gets better. `rows`: the front, the best by the first metric first; runs with equal
      values are all on it.
    * `left_out`: row -> why it can be neither on the front nor behind it: a metric is missing or NaN.
    """

    metrics: tuple[str, ...]
    directions: Mapping[str, Direction]
    rows: tuple[int, ...]
    left_out: Mapping[int, str]


def pareto(rows: Sequence[Row], metrics: Sequence[str], directions: Mapping[str, Direction | None]) -> Front:
    """The front over two or more metrics, by their last values. An infinity is a value like any other.

    * `InvalidInput` for fewer than two metrics, one that no run has, and one whose direction nobody knows.
    """
    ways = {metric: _way(metric, directions) for metric in metrics}
    if len(ways) < 2:  # noqa: PLR2004 -- with one metric it is the best run
        message = f"a Pareto front is over two metrics or more, not over {list(metrics)}"
        raise InvalidInput(message)
    left_out: dict[int, str] = {}
    points: dict[tuple[float, ...], list[int]] = {}
    for index, row in enumerate(rows):
        why = next((why for metric in ways if (why := _lack(row, metric))), None)
        if why is not None:
            left_out[index] = why
            continue
        lasts = ((row.run.metrics[metric].last, way) for metric, way in ways.items())
        points.setdefault(tuple(last if way == "min" else -last for last, way in lasts), []).append(index)
    front = tuple(index for point in undominated(points) for index in points[point])
    return Front(metrics=tuple(ways), directions=ways, rows=front, left_out=left_out)


def undominated(points: Mapping[tuple[float, ...], object]) -> list[tuple[float, ...]]:
    """Those of distinct points that none is below: less is better in every place."""
    front: list[tuple[float, ...]] = []
    for point in sorted(points):  # whatever dominates a point stands before it
        if not any(all(other <= own for other, own in zip(held, point, strict=True)) for held in reversed(front)):
            front.append(point)
    return front


def _way(metric: str, directions: Mapping[str, Direction | None]) -> Direction:
    if metric not in directions:
        message = f"the comparison has no metric {metric!r}; it has: {', '.join(sorted(directions)) or 'none'}"
        raise InvalidInput(message)
    way = directions[metric]
    if way is None:
        message = f"which way {metric!r} gets better is not known: say so, directions={{{metric!r}: 'min'}} or 'max'"
        raise InvalidInput(message)
    return way


def _lack(row: Row, metric: str) -> str | None:
    summary = row.run.metrics.get(metric)
    if summary is None:
        return f"{metric} is missing"
    return f"{metric} is NaN" if math.isnan(summary.last) else None
