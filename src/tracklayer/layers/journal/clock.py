"""The times of points that the user gives no time for."""

from __future__ import annotations

#: Nanoseconds a millisecond: the finest time that every provider keeps.
MILLISECOND = 1_000_000
#: Below every step.
NO_STEP = -(2**63) - 1


class Series:
    """The highest step and the latest time of one metric: no two points of it are given one step and one time.

    * At a step above all before: the present, in whole milliseconds since 1970 UTC.
    * At any other: later than all times given for the metric before.

    Nothing is called between a look at a field and its change, so under the GIL no other thread comes in between, nor a
    signal's handler; `Writer` takes a lock where there is no GIL.
    """

    __slots__ = ("latest", "step")

    def __init__(self) -> None:
        self.step = NO_STEP
        self.latest = 0

    def next(self, step: int, present: int) -> int:
        """The time of a new point, in milliseconds; `present` likewise."""
        if step > self.step:
            self.step = step
            moment = present
        else:
            moment = present if present > self.latest else self.latest + 1
        if moment > self.latest:  # noqa: PLR1730 -- `max` would be a call
            self.latest = moment
        return moment
