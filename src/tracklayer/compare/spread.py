"""Spread: what the values of one metric in one group of runs come to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tracklayer.compare.student import quantile

#: How sure the interval of the mean is.
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Spread:
    """The last values of a metric in a group.

    * `n`: how many there are. Not among them: `missing` (runs without the metric) and `nan` (runs whose value is NaN).
    * `mean`, `min`, `max`: None without any. `std`: of a sample, so divided by n - 1; None for fewer than two.
    * `low`, `high`: the 95 % confidence interval of the mean by Student's t, for runs that are independent and a mean
      that is about normal; None for fewer than two, or where a value is infinite.
    """

    n: int
    mean: float | None = None
    std: float | None = None
    low: float | None = None
    high: float | None = None
    min: float | None = None
    max: float | None = None
    missing: int = 0
    nan: int = 0


def spread(values: Iterable[float | None]) -> Spread:
    """What values come to; None: the run has none."""
    given = list(values)
    there = [value for value in given if value is not None]
    numbers = [value for value in there if not math.isnan(value)]
    fields: dict[str, float | None] = {}
    if numbers:
        mean = mean_of(numbers)
        deviation = deviation_of(numbers, mean)
        fields = {"mean": mean, "std": deviation, "min": min(numbers), "max": max(numbers)}
        if deviation is not None and math.isfinite(deviation):
            reach = quantile(CONFIDENCE, len(numbers) - 1) * deviation / math.sqrt(len(numbers))
            fields |= {"low": mean - reach, "high": mean + reach}
    return Spread(n=len(numbers), missing=len(given) - len(there), nan=len(there) - len(numbers), **fields)


def mean_of(numbers: Sequence[float]) -> float:
    """The mean; of infinities of both signs NaN."""
    if all(map(math.isfinite, numbers)):
        # each is divided first where the sum itself would be no float
        try:
            return math.fsum(numbers) / len(numbers)
        except OverflowError:
            return math.fsum(value / len(numbers) for value in numbers)
    return sum(numbers)


def deviation_of(numbers: Sequence[float], mean: float) -> float | None:
    """The standard deviation of a sample; None for fewer than two, NaN where a value is infinite."""
    if len(numbers) < 2:  # noqa: PLR2004 -- one value does not spread
        return None
    if not math.isfinite(mean):
        return math.nan
    return math.sqrt(math.fsum((value - mean) * (value - mean) for value in numbers) / (len(numbers) - 1))
