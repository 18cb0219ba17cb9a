"""The most memory that a process holds while it logs."""

from __future__ import annotations

import resource
import sys
from time import perf_counter
from typing import Any

from benchmarks.logging.inside.channel import Channel
from benchmarks.logging.inside.data import MASK, VALUES
from benchmarks.logging.subjects.subject import Subject


def memory(subject: Subject, request: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Megabytes before the first of `points` points, and at the most until all had landed; fewer after `seconds`."""
    subject.load()
    scalar = subject.start().scalar
    before = megabytes()
    deadline = perf_counter() + request["seconds"]
    done = 0
    while done < request["points"] and perf_counter() < deadline:
        for step in range(done, done + 100):
            scalar(step, VALUES[step & MASK])
        done += 100
    channel.pause({"at": "logged"})  # its helper processes, if it has any, can still be looked at
    subject.finish()
    peak = megabytes()
    return {"peak": peak, "growth": peak - before, "points": done}


def megabytes() -> float:
    """The peak so far: kilobytes on Linux, bytes on macOS."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
