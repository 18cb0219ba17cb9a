"""Thinning: fewer points of a curve that look like all of them, by tsdownsample's MinMaxLTTB.

* MinMaxLTTB keeps the highest and lowest of each stretch, and of these the ones that make the shape
  (https://arxiv.org/abs/2305.00332). Stretches are of equally many points, so it is the same on every axis.
* Beside what it keeps stands the first point of every stretch of NaN or infinities, so that a gap stays one.
"""

from __future__ import annotations

from tracklayer.compare.extra import needed
from tracklayer.model import Points

METHOD = "MinMaxLTTB (tsdownsample)"
#: The fewest points that a curve is thinned to.
LEAST = 10
#: The part of the points that may be the beginnings of gaps.
GAPS = 4


def thinned(points: Points, most: int) -> Points:
    """At most `most` of the points (10 or more), in their order; all, if they are no more."""
    if len(points) <= most:
        return points
    numpy = needed("numpy", "thinning a curve")
    tsdownsample = needed("tsdownsample", "thinning a curve")
    values = numpy.frombuffer(points.values)
    finite = numpy.isfinite(values)
    gaps = numpy.flatnonzero(~finite & numpy.concatenate(([True], finite[:-1])))[: most // GAPS]
    there = numpy.flatnonzero(finite)
    room = most - len(gaps)
    if len(there) > room:
        there = there[tsdownsample.MinMaxLTTBDownsampler().downsample(values[there], n_out=room)]
    chosen = numpy.union1d(gaps, there)
    steps, times = numpy.frombuffer(points.steps, dtype="q"), numpy.frombuffer(points.times, dtype="q")
    return Points(
        key=points.key,
        steps=steps[chosen].tobytes(),
        times=times[chosen].tobytes(),
        values=values[chosen].tobytes(),
    )
