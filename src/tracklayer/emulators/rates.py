"""How often an operation may be called: a bucket of tokens for each, whatever the service says when it is empty."""

from __future__ import annotations

import threading
from collections.abc import Hashable


class Rates:
    """The buckets, each by a key of the caller's. They hold `burst` calls, and fill by `rate` a second."""

    def __init__(self) -> None:
        self._left: dict[Hashable, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def spend(self, what: Hashable, rate: float | None, burst: float, now: float) -> float:
        """Take a token, and give 0; or the seconds until there is one. `rate=None`: there always is."""
        if rate is None:
            return 0.0
        with self._lock:
            left, at = self._left.get(what, (burst, now))
            left = min(burst, left + max(0.0, now - at) * rate)
            self._left[what] = (left - 1 if left >= 1 else left, now)
        return 0.0 if left >= 1 else (1 - left) / rate if rate else float("inf")

    def clear(self) -> None:
        """Fill them all."""
        with self._lock:
            self._left.clear()
