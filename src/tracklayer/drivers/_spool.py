"""Spool: the series of one run, sorted apart while its files are read once, in a fixed amount of memory.

Tools write all metrics of a run into one file, one after the other. To read one of many metrics would be to read the
whole file, so all are put apart in one go: into memory while they are few, then into a file without a name, which is
gone with the process.
"""

from __future__ import annotations

import math
import weakref
from array import array
from collections.abc import Mapping
from tempfile import SpooledTemporaryFile
from threading import Lock

from tracklayer.model import MetricSummary, Points

#: Points that are held until they are written: 24 bytes each.
HELD = 100_000
#: Bytes that stay in memory.
SMALL = 2**18
#: Points of a page, at least.
PAGE = 25_000
WIDTH = 24


class Spool:
    """Points in the order they were added, by metric. Add them all, then `finish`, then read: from any thread."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[array[int], array[int], array[float]]] = {}
        self._count = 0
        self._chunks: dict[str, list[tuple[int, int]]] = {}
        self._file = SpooledTemporaryFile(max_size=SMALL)  # noqa: SIM115 -- it lives as long as the spool
        weakref.finalize(self, self._file.close)
        self._lock = Lock()
        self._summaries: dict[str, MetricSummary] = {}

    def add(self, key: str, step: int, time: int, value: float) -> None:
        """One point. `time` in nanoseconds."""
        held = self._held.get(key)
        if held is None:
            held = self._held[key] = array("q"), array("q"), array("d")
        held[0].append(step)
        held[1].append(time)
        held[2].append(value)
        self._count += 1
        if self._count >= HELD:
            self.finish()

    def finish(self) -> None:
        """Put away what is held."""
        for key, (steps, times, values) in self._held.items():
            self._summaries[key] = _joined(self._summaries.get(key), steps, times, values)
            self._chunks.setdefault(key, []).append((self._file.tell(), len(steps)))
            for column in (steps, times, values):
                self._file.write(column.tobytes())
        self._held, self._count = {}, 0

    @property
    def summaries(self) -> Mapping[str, MetricSummary]:
        """Each metric in short."""
        return self._summaries

    def page(self, key: str, at: int) -> tuple[Points, int | None]:
        """The points of a metric from a chunk on, and the chunk of the next page; None at the end."""
        chunks = self._chunks.get(key, [])
        steps, times, values = array("q"), array("q"), array("d")
        while at < len(chunks) and len(steps) < PAGE:
            offset, count = chunks[at]
            with self._lock:
                self._file.seek(offset)
                data = self._file.read(count * WIDTH)
            third = len(data) // 3
            for column, start in ((steps, 0), (times, third), (values, 2 * third)):
                column.frombytes(data[start : start + third])
            at += 1
        return Points(key=key, steps=steps, times=times, values=values), at if at < len(chunks) else None


def _joined(known: MetricSummary | None, steps: array[int], times: array[int], values: array[float]) -> MetricSummary:
    """A summary with more points; how many there are is not said, because one may be there twice."""
    step, time, value = max(zip(steps, times, values, strict=True), key=lambda row: (row[0], row[1], _rank(row[2])))
    numbers = [value for value in values if not math.isnan(value)]
    least, greatest = (min(numbers), max(numbers)) if numbers else (None, None)
    if known is not None:
        before = (known.last_step, known.last_time, _rank(known.last))
        if before > (step, time, _rank(value)):
            step, time, value = known.last_step, known.last_time, known.last
        least = min((one for one in (known.min, least) if one is not None), default=None)
        greatest = max((one for one in (known.max, greatest) if one is not None), default=None)
    return MetricSummary(last=value, last_step=step, last_time=time, min=least, max=greatest)


def _rank(value: float) -> tuple[bool, float]:
    return (True, 0.0) if math.isnan(value) else (False, value)
