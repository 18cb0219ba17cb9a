"""What is to be read after something was written, by the definitions of the model."""

from __future__ import annotations

import math

from tracklayer.model import MetricSummary, Points, Run


def summary(points: Points) -> MetricSummary:
    """A series in short. The points stand in canonical order."""
    numbers = [value for value in points.values if not math.isnan(value)]
    return MetricSummary(
        last=points.values[-1],
        last_step=points.steps[-1],
        last_time=points.times[-1],
        min=min(numbers, default=None),
        max=max(numbers, default=None),
        count=len(points),
    )


def hold_summary(run: Run, written: Points) -> None:
    """The summary on a run that was read is the true one, as far as it goes, or is said to be approximate."""
    given, true = run.metrics[written.key], summary(written)
    if f"metrics.{written.key}" in run.approximate:
        assert run.approximate[f"metrics.{written.key}"], "approximate, and no reason is given"
        return
    assert given.last == true.last or (math.isnan(given.last) and math.isnan(true.last)), (given, true)
    assert (given.last_step, given.last_time) == (true.last_step, true.last_time)
    assert given.min in {true.min, None}
    assert given.max in {true.max, None}
    assert given.count in {true.count, None}
