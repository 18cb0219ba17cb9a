"""BatchGetMetrics: what SageMaker says of a series, by step and by minute, all of it.

An answer may be truncated, and there is no token to go on with: what is before and behind it is asked for by `Start`
and `End`. AWS says neither which end is kept, nor whether `End` belongs to it, nor, on the axis of steps, whether the
two are steps or times. So all is asked in a way that is right either way, and a group that comes twice counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from tracklayer.drivers.sagemaker.calls import PROVIDER, Calls
from tracklayer.errors import Unavailable

_STEP, _MINUTE = ("IterationNumber", "IterationNumber"), ("Timestamp", "OneMinute")
_STATS = ("Last", "Min", "Max", "Count")
#: Answers of one series, at most: what is not told by then is not told at all.
MOST_ANSWERS = 10_000


@dataclass(frozen=True)
class Group:
    """The values at one step or in one minute, as far as they are known."""

    last: float
    least: float
    greatest: float
    count: int

    def values(self) -> tuple[float, ...]:
        """Each that is known, the last one last."""
        if self.count == 1 or self.least == self.greatest:
            return (self.last,)
        if self.last in {self.least, self.greatest}:
            return (self.greatest if self.last == self.least else self.least, self.last)
        return (self.least, self.greatest, self.last)

    def then(self, later: Group) -> Group:
        """Of these values and later ones."""
        return Group(
            later.last,
            min(self.least, later.least),
            max(self.greatest, later.greatest),
            self.count + later.count,
        )


#: Where on an axis -> what is there.
Groups: TypeAlias = dict[int, Group]
_Bounds: TypeAlias = tuple[int | None, int | None]


class Aggregates:
    """One metric of one source (the ARN of a trial component or of a job)."""

    def __init__(self, calls: Calls, source: str, key: str) -> None:
        self._calls = calls
        self._source = source
        self._key = key

    def minutes(self) -> Groups:
        """By minute: its beginning, in a unit that AWS does not document."""
        return self._around(_MINUTE)[0]

    def steps(self, minutes: Sequence[int], minute: int) -> Groups:
        """By step. `minutes`: where there are any, rising; `minute`: how long one is there."""
        found, whole = self._around(_STEP)
        return found if whole or not minutes else found | self._by_time(minutes, minute)

    def _around(self, axis: tuple[str, str]) -> tuple[Groups, bool]:
        """All groups: where an answer is truncated, what is before it and what is behind it too. Is that all?"""
        found: Groups = {}
        left: list[_Bounds] = [(None, None)]
        for _ in range(MOST_ANSWERS):
            if not left:
                return found, True
            start, end = left.pop()
            part, truncated = self._answer(axis, start, end)
            new = {at: group for at, group in part.items() if at not in found}
            found |= new
            if truncated and not new:  # `Start` and `End` are not of this axis
                return found, False
            if truncated:
                left += [(start, min(part)), (max(part) + 1, end)]
        return found, False

    def _by_time(self, minutes: Sequence[int], minute: int) -> Groups:
        """By step, asked for by time: in halves, until an answer is whole or one minute is left."""
        part, truncated = self._answer(_STEP, minutes[0], minutes[-1] + minute - 1)
        if not truncated or len(minutes) == 1:
            return part
        middle = len(minutes) // 2
        whole = self._by_time(minutes[:middle], minute)
        for step, group in self._by_time(minutes[middle:], minute).items():
            whole[step] = whole[step].then(group) if step in whole else group
        return whole

    def _answer(self, axis: tuple[str, str], start: int | None, end: int | None) -> tuple[Groups, bool]:
        """One answer, and whether it is truncated."""
        kind, period = axis
        asked: dict[str, Any] = {"MetricName": self._key, "ResourceArn": self._source, "Period": period}
        asked |= {"XAxisType": kind}
        asked |= {name: value for name, value in (("Start", start), ("End", end)) if value is not None}
        answer = self._calls("BatchGetMetrics", MetricQueries=[{**asked, "MetricStat": stat} for stat in _STATS])
        columns: dict[str, dict[int, float]] = {stat: {} for stat in _STATS}
        truncated = False
        for stat, result in zip(_STATS, answer.get("MetricQueryResults", ()), strict=False):
            if result.get("Status") == "InternalError":
                message = f"metric {self._key!r}: {result.get('Message') or 'the service failed by itself'}"
                raise Unavailable(message, provider=PROVIDER, operation="BatchGetMetrics")
            truncated = truncated or result.get("Status") == "Truncated"
            columns[stat] = dict(zip(result.get("XAxisValues", ()), result.get("MetricValues", ()), strict=False))
        last, least, greatest, count = (columns[stat] for stat in _STATS)
        whole = sorted(last.keys() & least.keys() & greatest.keys() & count.keys())
        return {at: Group(last[at], least[at], greatest[at], round(count[at])) for at in whole}, truncated
