"""What each run has already, so that limits of a whole run can be held: MLflow's own server has none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Held:
    """Of one run: the keys of its params, tags and metrics. `experiment`: MLflow's number. `lock`: while it changes."""

    experiment: str
    params: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    metrics: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, run: Mapping[str, Any]) -> Held:
        """From a run as MLflow shows it."""
        data = run.get("data", {})
        params, tags, metrics = (keys(data.get(kind)) for kind in ("params", "tags", "metrics"))
        return cls(run["info"]["experiment_id"], params, tags, metrics)

    def add(self, asked: Mapping[str, Any]) -> None:
        """What a log-batch brought."""
        self.params |= keys(asked.get("params"))
        self.tags |= keys(asked.get("tags"))
        self.metrics |= keys(asked.get("metrics"))


def keys(items: Iterable[Mapping[str, Any]] | None) -> set[str]:
    """The keys of a list of `{"key": ..}`."""
    return {str(one.get("key")) for one in items or ()}


class Ledger:
    """By workspace and run."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], Held] = {}
        self._lock = threading.Lock()

    def of(self, place: str, run: str, shown: Callable[[], Mapping[str, Any] | None]) -> Held | None:
        """What a run has; `shown`: asks for the run, where it is not known. None: there is no such run."""
        with self._lock:
            known = self._held.get((place, run))
        if known is not None:
            return known
        found = shown()
        if found is None:
            return None
        with self._lock:
            return self._held.setdefault((place, run), Held.of(found))

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._held.clear()
