"""Turns: several are measured one after the other, again and again, and told beside each other."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from statistics import median
from typing import Any

from benchmarks.migrate.measured import FailedError

#: Name -> what it took in each round.
Turns = dict[str, list[dict[str, Any]]]


def in_turns(names: Iterable[str], rounds: int, measure: Callable[[str, int], dict[str, Any]]) -> Turns:
    """What each took. The order turns round with each round. `measure`: of a name, in a round from 0 on."""
    turns: Turns = {name: [] for name in names}
    for turn in range(rounds):
        for name in sorted(turns, reverse=bool(turn % 2)):
            print(f"round {turn + 1} of {rounds}: {name}", file=sys.stderr, flush=True)
            turns[name].append(measure(name, turn))
    return turns


def check_alike(turns: Turns, peer: str) -> None:
    """All are to hold as many runs, metrics and params as the peer did at first. `FailedError`."""
    truth = turns[peer][0]
    for name, taken in turns.items():
        for one in taken:
            for held in ("runs", "metrics", "params"):
                if one[held] != truth[held]:
                    raise FailedError(f"{name} holds other {held} than {peer}")


def table(turns: Turns, rows: Mapping[str, tuple[str, int]], *, titles: int, width: int) -> Iterator[str]:
    """The medians. `rows`: figure -> its title, and its digits."""
    yield f"\n  {'':<{titles}}" + "".join(f"{name:>{width}}" for name in turns)
    for figure, (title, digits) in rows.items():
        shown = (f"{median(one[figure] for one in taken):>{width},.{digits}f}" for taken in turns.values())
        yield f"  {title:<{titles}}" + "".join(shown)
    yield ""


def times(turns: Turns, peer: str, ours: str, figure: str) -> list[float]:
    """How many times as much the peer took, round by round; the least first."""
    return sorted(theirs[figure] / one[figure] for theirs, one in zip(turns[peer], turns[ours], strict=True))


def spread(found: list[float]) -> str:
    """The least, the median and the greatest of sorted ratios."""
    return f"{found[0]:.1f} / {median(found):.1f} / {found[-1]:.1f} times"
