"""What is measured, how often and how long, and what is shown of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Column:
    """A figure of a measure, as the table shows it."""

    key: str
    title: str
    digits: int = 0
    #: With its ratio to tracklayer's.
    compared: bool = True
    #: What stands for the rounds: `median`, or `max`, `min` of them.
    of: str = "median"


@dataclass(frozen=True)
class Measure:
    """One measure: what the process of a subject is asked for."""

    name: str
    title: str
    #: The name that `inside.child` knows it by.
    asked: str
    columns: tuple[Column, ...]
    request: dict[str, Any] = field(default_factory=dict)
    #: What differs in a quick run.
    quick: dict[str, Any] = field(default_factory=dict)
    rounds: int = 3
    #: Seconds until a subject that says nothing is given up.
    limit: float = 300


_CALL = (
    Column("p50", "p50", 2),
    Column("p99", "p99", 2),
    Column("worst", "worst", 0, of="max"),
    Column("calls", "calls", compared=False),
    Column("overhead", "taken off", 3, compared=False),
)
_RATE = (
    Column("rate", "points/s"),
    Column("points", "points", compared=False),
    Column("at_once", "% read at once", 1, compared=False, of="min"),
    Column("stored", "% read in 5 s", 1, compared=False, of="min"),
    Column("calling", "s calling", 2, compared=False),
    Column("landing", "s landing", 2, compared=False),
)
_KEPT = (
    Column("percent", "% recovered", 2, compared=False, of="min"),
    Column("lost", "points lost, worst", compared=False, of="max"),
    Column("returned", "calls returned"),
    Column("seconds", "s to recover", 2, compared=False),
)

MEASURES = [
    Measure(
        "start",
        "seconds until the first value can be logged, in an empty folder, with warm files",
        "start",
        (Column("import", "import", 3), Column("start", "start of a run", 3), Column("first", "first call", 4)),
    ),
    Measure(
        "scalar",
        "microseconds of a call with one value, full speed; the worst of all rounds",
        "calls",
        _CALL,
        {"row": False, "calls": 100_000, "seconds": 5},
        {"calls": 5_000, "seconds": 1},
        rounds=5,
    ),
    Measure(
        "dict10",
        "microseconds of a call with a dict of ten values, full speed; the worst of all rounds",
        "calls",
        _CALL,
        {"row": True, "calls": 20_000, "seconds": 5},
        {"calls": 2_000, "seconds": 1},
    ),
    Measure(
        "sustained",
        "points a second from the first call until the run has ended and all can be read; calls with one value",
        "sustained",
        _RATE,
        {"row": False, "calls": 1_000_000, "seconds": 2},
        {"calls": 50_000, "seconds": 1},
    ),
    Measure(
        "sustained10",
        "the same; calls with ten values",
        "sustained",
        _RATE,
        {"row": True, "calls": 100_000, "seconds": 2},
        {"calls": 5_000, "seconds": 1},
    ),
    Measure(
        "kill",
        "points of calls that had returned which are there after kill -9 of the process group, at full speed",
        "log for ever",
        _KEPT,
        {"helpers": False, "pause": 0},
    ),
    Measure(
        "kill-all",
        "the same, and its helpers in other process groups killed too, as when a container ends",
        "log for ever",
        _KEPT,
        {"helpers": True, "pause": 0},
        rounds=2,
    ),
    Measure(
        "kill-paced",
        "the same as kill, at not quite 1,000 calls a second",
        "log for ever",
        _KEPT,
        {"helpers": False, "pause": 0.001},
        rounds=2,
    ),
    Measure(
        "gone",
        "seconds that a program stands still when its MLflow server is gone, and what was raised",
        "gone",
        (),
        {"cap": 60},
        {"cap": 10},
        rounds=1,
    ),
    Measure(
        "memory",
        "megabytes at the most, for 100,000 points with one value a call; fewer where it took more than the time limit",
        "memory",
        (
            Column("peak", "peak RSS"),
            Column("growth", "since start"),
            Column("helpers", "helper processes", compared=False),
            Column("points", "points", compared=False),
        ),
        {"points": 100_000, "seconds": 10},
        {"seconds": 3},
        rounds=1,
    ),
    Measure(
        "loop",
        "percent that a loop of 100 us of work loses to a call after each (worker: less the calls' own p50)",
        "loop",
        (
            Column("whole", "whole", 1, compared=False),
            Column("worker", "worker", 1, compared=False),
            Column("whole_median", "whole, median", 1, compared=False),
            Column("worker_median", "worker, median", 1, compared=False),
            Column("call", "us of a call", 2, compared=False),
            Column("units", "calls", compared=False),
        ),
        {"units": 10_000, "seconds": 2, "turns": 3},
        {"units": 5_000, "seconds": 0.5, "turns": 1},
        rounds=2,
    ),
]
