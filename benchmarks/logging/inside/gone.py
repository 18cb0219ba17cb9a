"""How long a program stands still when the server is gone."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from time import perf_counter
from typing import Any

from benchmarks.logging.inside.channel import Channel
from benchmarks.logging.inside.data import MASK, VALUES
from benchmarks.logging.subjects.subject import Subject

#: Seconds of logging, unless a single call takes longer.
LOGGING = 2.0


def gone(subject: Subject, request: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """One part of a run's life with a server that goes away while the benchmark has its look.

    * `start`: of a run, when it is gone. * `log`: of a run started before: the longest of many calls, then its end.
    """
    subject.load()
    if request["part"] == "start":
        channel.pause({"at": "loaded"})
        return {"start": _timed(subject.start_at, request["url"])}
    scalar = subject.start_at(request["url"]).scalar
    scalar(0, VALUES[0])  # the connection is open
    subject.drain()
    channel.pause({"at": "started"})
    found: dict[str, Any] = {}
    longest, raised = 0.0, None
    deadline = perf_counter() + LOGGING
    for step in count(1):
        value = VALUES[step & MASK]
        one = _timed(scalar, step, value)
        longest, raised = max(longest, one["seconds"]), raised or one["raised"]
        if perf_counter() > deadline:
            break
    found["log"] = {"seconds": longest, "raised": raised, "calls": step}
    channel.say({"at": "logged", **found})
    found["finish"] = _timed(subject.finish)
    return found


def _timed(call: Callable[..., object], *arguments: object) -> dict[str, Any]:
    began, raised = perf_counter(), None
    try:
        call(*arguments)
    except Exception as error:  # noqa: BLE001 - what it raises is the result
        raised = type(error).__name__
    return {"seconds": perf_counter() - began, "raised": raised}
