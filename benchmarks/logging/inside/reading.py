"""How much of what was logged can be read."""

from __future__ import annotations

from time import monotonic, sleep

from benchmarks.logging.subjects.subject import Subject

#: Seconds that it may take after the end of a run: W&B's service can still be writing its file when `finish` returns.
PATIENCE = 5.0


def read_back(subject: Subject, keys: list[str], points: int) -> tuple[int, int]:
    """Different steps of all keys: at once, and at the latest some seconds later, when they were not yet all there."""
    at_once = found = _count(subject, keys)
    deadline = monotonic() + PATIENCE
    while found < points and monotonic() < deadline:
        sleep(0.1)
        found = _count(subject, keys)
    return at_once, found


def _count(subject: Subject, keys: list[str]) -> int:
    return sum(len(set(subject.steps(key))) for key in keys)
