"""Breaker: when to try again what failed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from tracklayer.errors import RateLimited, Unavailable

#: Seconds of the first pause and of the longest; each is drawn at random from its upper half.
FIRST, LONGEST = 0.5, 60.0
#: Of its own: a program that seeds `random` is not to be disturbed.
DRAW = random.Random().random  # noqa: S311 -- pauses are no secret


class Breaker:
    """Closed while all goes well. A failure opens it for a pause, which doubles with each failure in a row.

    * After the pause one try goes through: it closes the breaker, or opens it for longer.
    * A pause that the provider asked for (Retry-After) is kept to, however long.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, draw: Callable[[], float] = DRAW) -> None:
        self._clock = clock
        self._draw = draw
        self._until = 0.0
        self._asked = 0.0
        self.failures = 0
        self.error: BaseException | None = None

    @property
    def open(self) -> bool:
        """Is it too early for another try?"""
        return self._clock() < self._until

    @property
    def left(self) -> float:
        """Seconds until the next try."""
        return max(0.0, self._until - self._clock())

    def failed(self, error: BaseException) -> bool:
        """Open it. True when this is the first failure since all went well: the one to be reported."""
        pause = min(LONGEST, FIRST * 2 ** min(self.failures, 32)) * (0.5 + self._draw() / 2)
        asked = error.retry_after if isinstance(error, (RateLimited, Unavailable)) else None
        self._asked = self._clock() + (asked or 0.0)
        self._until = max(self._clock() + pause, self._asked)
        self.failures += 1
        self.error = error
        return self.failures == 1

    def passed(self) -> bool:
        """Close it. True when it had been open: what was reported is over."""
        was = self.failures > 0
        self.failures, self._until, self._asked, self.error = 0, 0.0, 0.0, None
        return was

    def hurry(self) -> None:
        """Somebody waits: let the next try through as soon as the provider itself allows."""
        self._until = self._asked
