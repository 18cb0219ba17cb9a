"""What runs and experiments hold in all, and no more than they may.

* https://docs.databricks.com/aws/en/resources/limits
* What the refusals say: the one for metrics is quoted by users, the others are made after it.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable

from tracklayer.emulators.databricks.errors import full
from tracklayer.emulators.databricks.knobs import Knobs


class Ledger:
    """Counts. `room` before something is written, `add` once it is."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._steps: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    def room(self, kind: str, owner: str, keys: Iterable[str], most: int) -> None:
        """Is there room for these keys? `kind`: `param`, `tag`, `experiment tag`. Raises `ApiError`."""
        with self._lock:
            new = set(keys) - self._kept[kind, owner]
            if not new or len(new) + len(self._kept[kind, owner]) <= most:
                return
        whose = "experiment" if kind == "experiment tag" else "run"
        raise full(
            f"Unable to add {len(new)} {kind.rpartition(' ')[2]}(s) to {whose} {owner}. The maximum allowed number of "
            f"{kind.rpartition(' ')[2]}s per {whose} is {most}."
        )

    def add(self, kind: str, owner: str, keys: Iterable[str]) -> None:
        """They are there."""
        with self._lock:
            self._kept[kind, owner] |= set(keys)

    def drop(self, kind: str, owner: str, key: str) -> None:
        """It is there no more."""
        with self._lock:
            self._kept[kind, owner].discard(key)

    def room_for_steps(self, run: str, number: int, knobs: Knobs) -> None:
        """Is there room for so many points? Raises `ApiError`."""
        with self._lock:
            fits = self._steps[run] + number <= knobs.metric_steps
        if number and not fits:
            raise full(
                f"Unable to add {number} metric(s) to run {run}. The maximum allowed total metric steps per run is "
                f"{knobs.metric_steps}."
            )

    def add_steps(self, run: str, number: int) -> None:
        """They are there."""
        with self._lock:
            self._steps[run] += number
