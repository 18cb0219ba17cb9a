"""One metric of one trial component: its points in the order they came, and what the service makes of them.

* The points are never given back: only summaries, and one number a step or a minute.
* What `metric_lag` hides is a tail: points become visible in the order they came.
"""

from __future__ import annotations

import math
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tracklayer.emulators.sagemaker.knobs import Knobs

#: The step of a point without one.
NO_STEP = -1


@dataclass
class Bucket:
    """Some points, summed up: by Welford's method, which is exact where a sum of squares is not.

    Where doubles end, as between the largest and the least of them, the mean stays one and the spread stops growing.
    """

    count: int = 0
    low: float = math.inf
    high: float = -math.inf
    mean: float = 0.0
    spread: float = 0.0
    arrived: float = 0.0
    latest: float = 0.0
    latest_at: float = -math.inf

    def add(self, moment: float, value: float) -> None:
        """One point more."""
        self.count += 1
        self.low = min(self.low, value)
        self.high = max(self.high, value)
        away = value - self.mean
        self.mean += away / self.count if math.isfinite(away) else value / self.count - self.mean / self.count
        self.spread = min(self.spread + away * (value - self.mean), sys.float_info.max)
        self.arrived = value
        if moment >= self.latest_at:
            self.latest, self.latest_at = value, moment

    def stat(self, name: str, knobs: Knobs) -> float:
        """One of Min, Max, Avg, Count, StdDev, Last."""
        if name == "StdDev":
            divisor = self.count if knobs.std_dev == "population" else self.count - 1
            return math.sqrt(self.spread / divisor) if divisor else 0.0
        if name == "Last":
            return self.latest if knobs.last_means == "latest time" else self.arrived
        return {"Min": self.low, "Max": self.high, "Avg": self.mean, "Count": float(self.count)}[name]


@dataclass
class Series:
    """The points as columns. `arrivals`: when each came, by the service's clock."""

    times: array[float] = field(default_factory=lambda: array("d"))
    steps: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))
    arrivals: array[float] = field(default_factory=lambda: array("d"))
    _all: Bucket = field(default_factory=Bucket)
    _grouped: dict[int, tuple[int, dict[int, Bucket]]] = field(default_factory=dict)
    _seen: set[tuple[float, int, float]] = field(default_factory=set)

    def put(self, moment: float, step: int | None, value: float, *, now: float, dropped: bool) -> None:
        """One point. `dropped`: not if it is there already."""
        point = (moment, NO_STEP if step is None else step, value)
        if dropped and point in self._seen:
            return
        self._seen.add(point)
        self.times.append(moment)
        self.steps.append(point[1])
        self.values.append(value)
        self.arrivals.append(now)

    def summary(self, seen_at: float, knobs: Knobs) -> dict[str, Any]:
        """The summary of what came until `seen_at`; empty if nothing did."""
        until = bisect_right(self.arrivals, seen_at)
        if until < self._all.count:  # `metric_lag` was turned up
            self._all = Bucket()
        for place in range(self._all.count, until):
            self._all.add(self.times[place], self.values[place])
        if not self._all.count:
            return {}
        stats = {name: self._all.stat(name, knobs) for name in ("Max", "Min", "Last", "Avg", "StdDev")}
        return stats | {"Count": self._all.count, "TimeStamp": self._all.latest_at}

    def by_step(self, seen_at: float) -> dict[int, Bucket]:
        """Step -> its points. Points without a step are in none."""
        return self._groups(0, self.steps, seen_at)

    def by_time(self, seconds: int, seen_at: float) -> dict[int, Bucket]:
        """Begin of a span of so many seconds -> its points."""
        return self._groups(seconds, (int(moment // seconds) * seconds for moment in self.times), seen_at)

    def _groups(self, kind: int, keys: Iterable[int], seen_at: float) -> dict[int, Bucket]:
        until = bisect_right(self.arrivals, seen_at)
        known = self._grouped.get(kind)
        if known is not None and known[0] == until:
            return known[1]
        groups: dict[int, Bucket] = {}
        for key, moment, value, _ in zip(keys, self.times, self.values, range(until), strict=False):
            if key != NO_STEP:
                groups.setdefault(key, Bucket()).add(moment, value)
        found = {key: groups[key] for key in sorted(groups)}
        self._grouped[kind] = (until, found)
        return found
