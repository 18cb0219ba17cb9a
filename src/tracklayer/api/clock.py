"""The times of runs, and of points that the user gives a time for."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

from tracklayer.errors import InvalidInput
from tracklayer.layers.journal.clock import MILLISECOND

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: The least and the greatest 64-bit integer.
LEAST, GREATEST = -(2**63), 2**63 - 1


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
