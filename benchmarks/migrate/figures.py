"""The figures of the rounds as lines: medians, ratios, requests, and the floor that the servers set."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from statistics import median
from typing import Any

from benchmarks.migrate.floor import floor, shortest
from benchmarks.migrate.size import Size
from benchmarks.migrate.subjects import OURS, PEER

#: One dict a turn of a subject.
Rounds = list[dict[str, Any]]
#: Ours is to move this many times the peer's runs a second.
BAR = 10.0
WIDTH = 24
#: What is shown of a turn: title and digits.
ROWS = {
    "seconds": ("seconds", 1),
    "runs a second": ("runs a second", 2),
    "start-up": ("s of it: coming up, imports", 1),
    "cpu": ("processor s of the tool", 1),
    "source cpu": ("processor s of the source", 1),
    "target cpu": ("processor s of the target", 1),
    "requests": ("requests", 0),
    "peak": ("peak MB of the tool", 0),
}


def figures(rounds: Rounds) -> Iterator[str]:
    """A table of medians, the ratios of the rounds, and the bar."""
    names = list(dict.fromkeys(one["subject"] for one in rounds))
    yield ""
    yield f"  {'medians of rounds':<34}" + "".join(f"{name:>{WIDTH}}" for name in names)
    for figure, (title, digits) in ROWS.items():
        yield f"  {title:<34}" + "".join(f"{median(of(rounds, name, figure)):>{WIDTH},.{digits}f}" for name in names)
    yield ""
    for name in names:
        if name != PEER:
            for figure in ("seconds", "without start-up", "cpu", "requests"):
                yield f"  {PEER} over {name}, {figure}: {ratios(rounds, name, figure)}"
    ratio = median(of(rounds, PEER, "seconds")) / median(of(rounds, OURS, "seconds"))
    yield f"  bar: at least {BAR:.0f} times its runs a second: {'yes' if ratio >= BAR else 'NO'}, {ratio:.1f}"


def ratios(rounds: Rounds, subject: str, figure: str) -> str:
    """What the peer took over what a subject took in the same round: the least, the median, the most."""
    pairs = zip(of(rounds, PEER, figure), of(rounds, subject, figure), strict=True)
    found = sorted(theirs / ours for theirs, ours in pairs)
    return f"{found[0]:.2f} / {median(found):.2f} / {found[-1]:.2f} times (min, median, max of rounds)"


def of(rounds: Rounds, subject: str, figure: str) -> list[float]:
    """A figure in each round of a subject."""
    return [float(one[figure]) for one in rounds if one["subject"] == subject]


def requests(rounds: Rounds) -> Iterator[str]:
    """The requests of each subject's first turn, by kind."""
    first = {one["subject"]: one for one in reversed(rounds)}
    both = {name: one["source requests"] + one["target requests"] for name, one in sorted(first.items())}
    yield ""
    yield f"  {'requests of a turn':<34}" + "".join(f"{name:>{WIDTH}}" for name in both)
    everyones: Counter[str] = sum(both.values(), Counter())
    for kind, _ in everyones.most_common():
        yield f"  {kind:<34}" + "".join(f"{counted[kind]:>{WIDTH},}" for counted in both.values())


def bounds(rounds: Rounds, cost: dict[str, float], size: Size, workers: int) -> Iterator[str]:
    """What the servers' own time allows, whatever the tool."""
    seconds, cores = floor(cost, size), len(os.sched_getaffinity(0))
    theirs = median(of(rounds, PEER, "seconds"))
    yield ""
    yield "  ms of the server's processor a call, at this size:"
    yield from (f"    {kind:<40}{spent:>8.1f}" for kind, spent in cost.items())
    parts = ", ".join(f"{part} {spent:.1f}" for part, spent in seconds.items())
    yield f"  seconds of the servers' processors that the least calls take: {parts}"
    for check in (False, True):
        least = shortest(seconds, cores, workers, check=check)
        what = "copied and verified" if check else "copied"
        most = f"no tool is more than {theirs / least:.1f} times as fast as {PEER}"
        yield f"  on {cores} cores nothing is {what} in less than {least:.1f} s: here {most}"
