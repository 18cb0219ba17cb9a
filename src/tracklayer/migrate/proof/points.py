"""Points: which of them differ between two series whose digests do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import NamedTuple

from tracklayer.migrate.proof.findings import Findings
from tracklayer.migrate.proof.series import Ranked, Read, Summed, in_order, ranked, summed
from tracklayer.migrate.proof.shown import NOTHING
from tracklayer.model import Points, Run
from tracklayer.render import text
from tracklayer.spi import Driver, every

#: Points that are told of a series, of those that only one side has.
MOST = 10


class Side(NamedTuple):
    """One place's series: how it is read, and its digest."""

    read: Read
    summed: Summed


class Only:
    """The points that only one side has: how many, and the first of them."""

    def __init__(self) -> None:
        self.first: list[Ranked] = []
        self.count = 0

    def add(self, row: Ranked) -> None:
        """One more."""
        self.count += 1
        if self.count <= MOST:
            self.first.append(row)


def compare_series(findings: Findings, ours: tuple[Driver, Run], theirs: tuple[Driver, Run]) -> dict[str, Summed]:
    """Compare every series of a run with that of its copy. Gives the digests of the run's own."""
    found: dict[str, Summed] = {}
    for key in sorted({*ours[1].metrics, *theirs[1].metrics}):
        left, right = _side(ours, key), _side(theirs, key)
        if key in ours[1].metrics:
            found[key] = left.summed
        if left.summed.digest != right.summed.digest:
            _tell(findings, key, left, right)
    return found


def _side(place: tuple[Driver, Run], key: str) -> Side:
    driver, run = place
    if key not in run.metrics:
        return Side(tuple, summed(tuple))
    fetch = partial(driver.read_points, run.ref, key)
    read: Callable[[], Iterable[Points]] = partial(every, fetch)
    return Side(read, summed(read))


def _tell(findings: Findings, key: str, left: Side, right: Side) -> None:
    here, there = (text.counted(side.summed.count, "point") if side.summed.count else NOTHING for side in (left, right))
    if NOTHING in {here, there}:
        lost = there == NOTHING
        reason = "the metric is missing" if lost else "the source has no such metric"
        findings.add("metric", key, here, there, reason, lacks=lost)
        return
    ours, theirs = Only(), Only()
    for row, is_theirs in _apart(_rows(left), _rows(right)):
        (theirs if is_theirs else ours).add(row)
    told = 0
    for one, other in _matched(ours.first, theirs.first):
        told += (one is not None) + (other is not None)
        findings.add("point", key, _shown(one), _shown(other), _reason(one, other), lacks=other is None)
    rest = ours.count + theirs.count - told
    if rest:
        here, there = (text.counted(only.count, "point") for only in (ours, theirs))
        findings.add("point", key, here, there, "so many points in all has only one side", lacks=not theirs.count)


def _rows(side: Side) -> Iterator[Ranked]:
    pages = side.read()
    return chain.from_iterable(map(ranked, pages if side.summed.rising else in_order(pages)))


def _apart(ours: Iterator[Ranked], theirs: Iterator[Ranked]) -> Iterator[tuple[Ranked, bool]]:
    """The points that only one of two ordered series has, in order; and is it theirs?"""
    left, right = next(ours, None), next(theirs, None)
    while left is not None or right is not None:
        if left == right:
            left, right = next(ours, None), next(theirs, None)
        elif right is None or (left is not None and left < right):
            yield left, False  # type: ignore[misc] # one of them is there
            left = next(ours, None)
        else:
            yield right, True
            right = next(theirs, None)


def _matched(ours: list[Ranked], theirs: list[Ranked]) -> Iterator[tuple[Ranked | None, Ranked | None]]:
    """What is likely one point that was changed, side by side; then what only one side has."""
    left, right = list(ours), list(theirs)
    for same in (slice(0, 2), slice(0, 4, 2), slice(1, 4)):
        for one in list(left):
            other = next((row for row in right if row[same] == one[same]), None)
            if other is not None:
                left.remove(one)
                right.remove(other)
                yield one, other
    yield from ((one, None) for one in left)
    yield from ((None, other) for other in right)


def _reason(one: Ranked | None, other: Ranked | None) -> str:
    if one is None:
        return "the source has no such point"
    if other is None:
        return "the point is missing"
    names = ("step", "time", "value", "value")
    apart = (name for name, left, right in zip(names, one, other, strict=True) if left != right)
    return f"the {' and '.join(dict.fromkeys(apart))} differs"


def _shown(row: Ranked | None) -> str:
    if row is None:
        return NOTHING
    step, time, is_nan, value = row
    return f"step {step}, time {time} ns, value {math.nan if is_nan else value!r}"
