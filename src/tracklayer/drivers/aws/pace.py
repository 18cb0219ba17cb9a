"""Pace: a token bucket for each operation, for services that do not say how fast they may be asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

#: The rate of an operation that has none of its own.
DEFAULT = "default"


class Pace:
    """Lets a caller wait until its operation may be asked for again.

    * `rates`: operation -> times a second; `default` for all that are not named. Without a rate nobody waits.
    * `burst`: seconds that a bucket holds: after a pause as long as that, `rate * burst` go at once (at least one).
    * Those who wait go in the order they came. Buckets are of this instance.
    """

    def __init__(
        self,
        rates: Mapping[str, float],
        burst: float = 10.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rates = dict(rates)
        self._burst = burst
        self._clock = clock
        self._sleep = sleep
        self._full_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, operation: str) -> float:
        """Take a token of the operation's bucket, waiting for it if need be. Gives the seconds waited."""
        rate = self._rates.get(operation, self._rates.get(DEFAULT))
        if rate is None:
            return 0.0
        # A bucket is the moment when it will be full again: each token puts it off by `1 / rate`.
        one = 1 / rate
        with self._lock:
            now = self._clock()
            full_at = max(self._full_at.get(operation, now), now) + one
            self._full_at[operation] = full_at
        pause = full_at - now - max(self._burst, one)
        if pause <= 1e-9:  # noqa: PLR2004 -- what rounding leaves
            return 0.0
        self._sleep(pause)
        return pause
