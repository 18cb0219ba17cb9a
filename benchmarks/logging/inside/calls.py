"""What one call costs the program that logs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter_ns
from typing import Any, TypeVar

from benchmarks.logging.inside.channel import Channel
from benchmarks.logging.inside.data import MASK, ROWS, VALUES
from benchmarks.logging.subjects.subject import Subject

T = TypeVar("T")


def calls(subject: Subject, request: dict[str, Any], _channel: Channel) -> dict[str, Any]:
    """Median, 99th percentile and worst of many calls one after the other, in microseconds.

    * `row`: dicts of ten metrics instead of single ones. * It ends after `calls` calls or `seconds` seconds.
    * What an empty function takes between the same two looks at the clock is taken off.
    """
    subject.load()
    scalar, row = subject.start()
    many, seconds = request["calls"], request["seconds"]
    empty = overhead()
    if request["row"]:
        row(0, ROWS[0])  # the first call is a matter of the start
        taken = timed(row, ROWS, many, seconds)
    else:
        scalar(0, VALUES[0])
        taken = timed(scalar, VALUES, many, seconds)
    taken.sort()  # the run is left as it is: landing all that waits is a matter of `sustained`
    found = {"p50": taken[len(taken) // 2], "p99": taken[len(taken) * 99 // 100], "worst": taken[-1]}
    return {name: max(0, took - empty) / 1e3 for name, took in found.items()} | {
        "calls": len(taken),
        "overhead": empty / 1e3,
    }


def timed(
    call: Callable[[int, T], object], values: Sequence[T], calls: int, seconds: float, first: int = 1
) -> list[int]:
    """Nanoseconds of each call, with rising steps."""
    clock, taken = perf_counter_ns, []
    deadline = clock() + int(seconds * 1e9)
    for step in range(first, first + calls):
        value = values[step & MASK]
        began = clock()
        call(step, value)
        ended = clock()
        taken.append(ended - began)
        if ended > deadline:
            break
    return taken


def overhead() -> int:
    """Nanoseconds that an empty function takes in the same loop: the median, when least disturbed."""

    def empty(step: int, value: float) -> None:
        pass

    return int(min(median(timed(empty, VALUES, 5_000, 1)) for _ in range(5)))
