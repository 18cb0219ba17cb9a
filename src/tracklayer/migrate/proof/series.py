"""The digest of a series: of a set of points, in whatever pages and order they come, in a fixed amount of memory.

* A series is a set in the order (step, time, value), NaN last: docs/decisions/0002. All NaN are one, and so are 0.0 and
  -0.0.
* The digest is SHA-256 of the count in decimals, a line feed, and the SHA-256 digests of three columns: steps and times
  as 64-bit integers, values as 64-bit floats, all little-endian.
* Points that rise from page to page are summed up as they come. Where they do not, they are sorted in pieces, which
  wait in a temporary file until they are merged.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import chain, groupby, islice
from tempfile import TemporaryFile
from typing import BinaryIO, TypeAlias

from tracklayer.model import Points
from tracklayer.model.points import little, rising

#: Reads a series from its beginning.
Read: TypeAlias = Callable[[], Iterable[Points]]
#: A point as it sorts: step, time, is it NaN, value (0.0 for NaN).
Ranked: TypeAlias = tuple[int, int, bool, float]

#: Points that are sorted at once: about 18 MB. Up to as many are kept in case those behind them do not rise.
PIECE = 100_000
#: Points of a sorted piece that are read back at once, 180 kB in memory for each piece.
STRIP = 1_000
#: Points that go into a digest at once.
BLOCK = 65_536
#: What -0.0 looks like among little-endian floats.
NEGATIVE_ZERO = b"\0\0\0\0\0\0\0\x80"


@dataclass(frozen=True)
class Summed:
    """A series in short. `rising`: it came in its order, and will do so when it is read again."""

    digest: str
    count: int
    rising: bool


def summed(read: Read) -> Summed:
    """The digest of a series and the number of its points."""
    sums, pages = Sums(), iter(read())
    held: list[Points] | None = []  # all that has come, while it is little
    last = None
    for page in pages:
        if not len(page):
            continue
        if not _follows(last, page):
            again = read() if held is None else chain(held, [page], pages)
            return Sums().of(in_order(again), rising=False)
        sums.add(page)
        last = (page.steps[-1], page.times[-1])
        if held is not None:
            held.append(page)
            if sums.count > PIECE:
                held = None
    return sums.summed(rising=True)


def in_order(pages: Iterable[Points]) -> Iterator[Points]:
    """The points of pages in any order, each once, in the order of a series: in blocks."""
    with TemporaryFile() as file:
        spans: list[tuple[int, int]] = []
        waiting: list[Ranked] = []
        for page in pages:
            for start in range(0, len(page), PIECE):
                waiting.extend(ranked(page if len(page) <= PIECE else page.cut(start, start + PIECE)))
                if len(waiting) >= PIECE:
                    spans.append(_spilt(file, sorted(waiting)))
                    waiting = []
        waiting.sort()
        rows = merge(*(_read_back(file, *span) for span in spans), waiting) if spans else iter(waiting)
        unique = (row for row, _ in groupby(rows))
        while block := list(islice(unique, BLOCK)):
            yield _points(block)


def ranked(points: Points) -> Iterator[Ranked]:
    """Points as rows that sort as a series does, and of which equal ones are equal."""
    odd, values = map(math.isnan, points.values), points.values
    if any(map(math.isnan, values)):
        values = array("d", (0.0 if math.isnan(value) else value for value in values))
    return zip(points.steps, points.times, odd, values, strict=True)


def _follows(last: tuple[int, int] | None, page: Points) -> bool:
    """Does a page rise, and lie behind the point before it?"""
    behind = last is None or (page.steps[0], page.times[0]) > last
    return behind and rising(page.steps, page.times)


class Sums:
    """The three columns' digests while they grow."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._columns = tuple(hashlib.sha256() for _ in range(3))
        self.count = 0

    def of(self, blocks: Iterable[Points], *, rising: bool) -> Summed:
        """The sum of blocks that come in order."""
        for block in blocks:
            self.add(block)
        return self.summed(rising=rising)

    def add(self, points: Points) -> None:
        """Go on with these points."""
        self.count += len(points)
        steps, times, values = self._columns
        steps.update(little(points.steps))
        times.update(little(points.times))
        values.update(_unambiguous(points.values))

    def summed(self, *, rising: bool) -> Summed:
        """What has been added so far."""
        parts = b"".join(column.digest() for column in self._columns)
        return Summed(hashlib.sha256(b"%d\n" % self.count + parts).hexdigest(), self.count, rising)


def _unambiguous(values: array[float]) -> bytes:
    """The bytes of a column with one NaN and one zero."""
    data = little(values).tobytes()
    # A sum is finite only where all values are; and -0.0 is looked for in any place, be it across two values.
    if math.isfinite(sum(values)) and NEGATIVE_ZERO not in data:
        return data
    return little(array("d", [math.nan if value != value else value + 0.0 for value in values])).tobytes()  # noqa: PLR0124 -- NaN


def _spilt(file: BinaryIO, rows: list[Ranked]) -> tuple[int, int]:
    """Write a sorted piece, strip by strip; where it begins, and how many points it has."""
    start = file.tell()
    for at in range(0, len(rows), STRIP):
        strip = _points(rows[at : at + STRIP])
        file.writelines(column.tobytes() for column in (strip.steps, strip.times, strip.values))
    return start, len(rows)


def _read_back(file: BinaryIO, start: int, count: int) -> Iterator[Ranked]:
    """The rows of a piece; only one strip of them is held."""
    for at in range(0, count, STRIP):
        size = min(STRIP, count - at)
        file.seek(start + at * 24)
        data = memoryview(file.read(24 * size))
        steps, times, values = (data[part * 8 * size : (part + 1) * 8 * size] for part in range(3))
        yield from ranked(Points(key="-", steps=steps, times=times, values=values))


def _points(rows: list[Ranked]) -> Points:
    steps, times, odd, values = zip(*rows, strict=True)
    whole = (math.nan if is_nan else value for is_nan, value in zip(odd, values, strict=True))
    return Points(key="-", steps=array("q", steps), times=array("q", times), values=array("d", whole))
