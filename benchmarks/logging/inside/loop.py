"""What a training loop loses to logging: to the calls, and to whatever works behind them."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter, sleep
from typing import Any

from benchmarks.logging.inside.calls import overhead, timed
from benchmarks.logging.inside.channel import Channel
from benchmarks.logging.inside.data import MASK, VALUES
from benchmarks.logging.subjects.subject import Subject

#: Seconds of work between two calls: 10,000 calls a second.
UNIT = 100e-6
#: Stretches one after the other, the worker at work all along, before it gets the time to finish.
TOGETHER = 2


def loop(subject: Subject, request: dict[str, Any], _channel: Channel) -> dict[str, Any]:
    """The same work with logging and without it, in turns; percent of the time without.

    * `whole`: (with - without) / without. * `worker`: what is left of it when the calls' own time is taken off: their
      number times the median of a call, measured before at full speed.
    * Both from the best stretch of each kind, since a noisy machine only makes one slower; `whole_median` and
      `worker_median` from the medians.
    * A stretch is `units` units of work, fewer when these take longer than `seconds`.
    """
    subject.load()
    scalar = subject.start().scalar
    own = timed(scalar, VALUES, 5_000, request["seconds"])
    call = max(0.0, median(own) - overhead()) / 1e9
    _settle(subject)
    step, size, units = len(own) + 1, calibrated(), request["units"]
    took: dict[str, list[float]] = {"with": [], "without": []}
    for turn in range(request["turns"]):
        for which in ("with", "without") if turn % 2 == 0 else ("without", "with"):
            for _ in range(TOGETHER):
                logs = which == "with"
                seconds, did = stretch(scalar if logs else _nothing, step, units, size, request["seconds"])
                took[which].append(seconds / did)
                step += did if logs else 0
                units = min(units, did)  # a slow one did fewer: so will all stretches after it
            _settle(subject)
    subject.finish()
    found: dict[str, Any] = {"units": units, "call": call * 1e6, "stretches": took}
    for name, of in (("", min), ("_median", median)):
        logging, without = of(took["with"]), of(took["without"])
        found[f"whole{name}"] = (logging - without) / without * 100
        found[f"worker{name}"] = (logging - without - call) / without * 100
    return found


def stretch(
    call: Callable[[int, float], object], first: int, units: int, size: int, seconds: float
) -> tuple[float, int]:
    """Seconds that some units of work with a call after each took, and how many there were."""
    began = perf_counter()
    for step in range(first, first + units):
        work(size)
        call(step, VALUES[step & MASK])
        if perf_counter() - began > seconds:
            break
    return perf_counter() - began, step - first + 1


def work(size: int) -> int:
    """A training step: pure Python, which holds the interpreter's lock all the time."""
    total = 0
    for number in range(size):
        total = (total * 31 + number) & 0xFFFFFFFF
    return total


def calibrated() -> int:
    """The size of a unit of work on this machine: the best of many tries, since others only make it slower."""
    size, best = 1_000, float("inf")
    for _ in range(300):
        began = perf_counter()
        work(size)
        best = min(best, perf_counter() - began)
    return max(1, int(size * UNIT / best))


def _nothing(step: int, value: float) -> None:
    """What is called when nothing is logged."""


def _settle(subject: Subject) -> None:
    subject.drain()
    sleep(subject.settles)
