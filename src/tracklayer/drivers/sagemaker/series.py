"""Metrics: points to BatchPutMetrics, and what BatchGetMetrics says of a series back to points.

* The console sees finite values at steps from 0 on, with whole seconds of the last 13 days. The layers keep the true
  series beside the run.
* Reading is for series that others wrote. SageMaker gives, for each step and for each minute, the last value, the
  least, the greatest and the number. So one or two values at a step come back as they were; of more the last, the least
  and the greatest do. Times are those of the minutes. Points without a step get one by their place.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tracklayer.drivers.sagemaker.aggregates import Aggregates, Groups
from tracklayer.drivers.sagemaker.calls import PROVIDER, Calls
from tracklayer.errors import Conflict, ProviderError, QuotaExceeded, Rejected, Unavailable
from tracklayer.model import Points
from tracklayer.model.points import Row

#: Nanoseconds.
MINUTE = 60 * 10**9
#: How far back a time may lie: the official SDK refuses 14 days (experiments/_metrics.py); one is left for clocks.
WINDOW = 13 * 24 * 3_600
#: Steps beyond are not shown: `Step` is an Integer of 32 bits (service-2.json of sagemaker-metrics).
MOST_STEP = 2**31 - 1
#: How often points are sent again that the service failed on by itself, within one call.
ATTEMPTS = 3
_ERRORS: Mapping[str, type[ProviderError]] = {
    "METRIC_LIMIT_EXCEEDED": QuotaExceeded,
    "CONFLICT_ERROR": Conflict,
    "INTERNAL_ERROR": Unavailable,
}


def put(calls: Calls, component: str, parts: Sequence[Points], now: Callable[[], float] = time.time) -> None:
    """Send points, as far as the console takes them. What the service says inside its 200 becomes an error."""
    shown = [(points.key, row) for points in parts for row in points.rows() if _shown(row)]
    data = [_datum(key, row, int(now())) for key, row in shown]
    left = list(range(len(data)))
    for attempt in range(1, ATTEMPTS + 1):
        if not left:
            return
        answer = calls(
            "BatchPutMetrics", TrialComponentName=component.lower(), MetricData=[data[index] for index in left]
        )
        errors = answer.get("Errors") or ()
        wrong = [(left[one.get("MetricIndex", 0)], str(one.get("Code", ""))) for one in errors]
        final = [(index, code) for index, code in wrong if code != "INTERNAL_ERROR" or attempt == ATTEMPTS]
        if final:
            index, code = final[0]
            raise _refused(code, *shown[index], others=len(wrong) - 1)
        left = [index for index, _ in wrong]


def read(calls: Calls, source: str, key: str, last_time: int) -> Points:
    """What can be known of one metric's points. `source`: the ARN they are kept under; `last_time`: of the last one."""
    aggregates = Aggregates(calls, source, key)
    minutes = aggregates.minutes()
    unit = _unit(max(minutes, default=0))
    groups = aggregates.steps(sorted(minutes), MINUTE // unit)
    times = [minute * unit for minute in sorted(minutes) for _ in range(minutes[minute].count)]
    if groups:
        return Points.of(key, _placed(groups, times, last_time))
    return Points.of(key, _stepped(minutes, unit))


def _placed(groups: Groups, times: Sequence[int], last_time: int) -> Iterator[Row]:
    """Points with steps. Their times are those of the minutes, one after the other, where there is one for each."""
    matched = len(times) == sum(group.count for group in groups.values())
    place = 0
    for step in sorted(groups):
        group = groups[step]
        when = times[place] if matched else last_time
        place += group.count
        for number, value in enumerate(group.values()):
            yield step, when + number, value  # a nanosecond apart, so that the last one stays the last


def _stepped(minutes: Groups, unit: int) -> Iterator[Row]:
    """Points without steps: numbered in the order of their minutes."""
    step = 0
    for minute in sorted(minutes):
        for number, value in enumerate(minutes[minute].values()):
            yield step, minute * unit + number, value
            step += 1


def _unit(largest: int) -> int:
    """Nanoseconds of one unit of the time axis, which AWS does not document: told by the size of its numbers."""
    for bound, unit in ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3)):
        if largest < bound:
            return unit
    return 1


def _shown(row: Row) -> bool:
    step, _, value = row
    return math.isfinite(value) and 0 <= step <= MOST_STEP


def _datum(key: str, row: Row, now: int) -> dict[str, Any]:
    step, when, value = row
    seconds = min(max(when // 10**9, now - WINDOW), now)
    return {"MetricName": key, "Timestamp": seconds, "Step": step, "Value": value}


def _refused(code: str, key: str, row: Row, *, others: int) -> ProviderError:
    step, _, value = row
    more = f", and {others} more" if others > 0 else ""
    message = f"the point {value} of metric {key!r} at step {step} was not taken{more} ({code})"
    return _ERRORS.get(code, Rejected)(message, provider=PROVIDER, operation="BatchPutMetrics")
