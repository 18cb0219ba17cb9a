"""The times of points that the user gives no time for, and of runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from threading import Lock

from tracklayer.errors import InvalidInput

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: Nanoseconds a millisecond: the finest time that every provider keeps.
MILLISECOND = 1_000_000
#: The least and the greatest 64-bit integer.
LEAST, GREATEST = -(2**63), 2**63 - 1


class Clock:
    """Gives each point of a metric a time of its own where its step does not: no two points of one metric are equal.

    * Whole milliseconds, in nanoseconds since 1970 UTC; the present, as long as that is new.
    * At a step that is not higher than all before: later than all times given for that metric before.
    """

    def __init__(self, now: Callable[[], int] = time.time_ns) -> None:
        self._now = now
        self._lock = Lock()
        self._highest: dict[str, tuple[int, int]] = {}  # metric -> highest step, highest time in milliseconds

    def next(self, key: str, step: int) -> int:
        """The time of a new point."""
        present = self._now() // MILLISECOND
        with self._lock:
            if key not in self._highest:
                self._highest[key] = (step, present)
                return present * MILLISECOND
            highest, latest = self._highest[key]
            moment = present if step > highest else max(present, latest + 1)
            self._highest[key] = (max(step, highest), max(moment, latest))
            return moment * MILLISECOND


def now() -> datetime:
    """The present, in whole milliseconds."""
    return EPOCH + timedelta(milliseconds=time.time_ns() // MILLISECOND)


def nanoseconds(moment: datetime) -> int:
    """A point's time from a datetime that says its time zone. `InvalidInput` for others, and beyond 1677 to 2262."""
    if not isinstance(moment, datetime):
        message = f"time must be a datetime, not {type(moment).__name__}"
        raise InvalidInput(message)
    if moment.tzinfo is None or moment.utcoffset() is None:
        message = f"time {moment.isoformat()} has no time zone: give one, such as datetime.now(timezone.utc)"
        raise InvalidInput(message)
    elapsed = (moment - EPOCH) // timedelta(microseconds=1) * 1_000
    if not LEAST <= elapsed <= GREATEST:
        message = f"time {moment.isoformat()} is not between the years 1677 and 2262"
        raise InvalidInput(message)
    return elapsed
