"""Series: the points of one metric of one run, as many as a picture can show."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tracklayer.compare.thinning import METHOD

if TYPE_CHECKING:
    IntColumn = array[int]
    FloatColumn = array[float]
else:  # `array` takes no brackets before Python 3.12
    IntColumn = FloatColumn = array

NANOS = 1_000_000_000


@dataclass(frozen=True)
class Series:
    """The points of one metric of one row, in the order (step, time).

    * `steps`; `times`: nanoseconds since 1970 UTC; `values`: NaN and infinities too. Of equal length.
    * `count`: how many points there are; `thinned`: are fewer here? `approximate`: why they are not exact.
    * `started`: when the run did, nanoseconds since 1970 UTC.
    """

    row: int
    metric: str
    steps: IntColumn
    times: IntColumn
    values: FloatColumn
    count: int
    thinned: bool
    started: int | None = None
    approximate: str | None = None

    @property
    def relative(self) -> FloatColumn:
        """Seconds since the run's start; where none is known, since its first point."""
        start = self.started if self.started is not None else min(self.times, default=0)
        return array("d", ((time - start) / NANOS for time in self.times))


@dataclass(frozen=True)
class SeriesFailure:
    """A series that could not be read, and why, in one line."""

    row: int
    metric: str
    reason: str


@dataclass(frozen=True)
class Histories:
    """The series that were asked for, by row and then by metric, and those that could not be read.

    * `most`: points a series, at most; None: all there are.
    """

    series: tuple[Series, ...]
    failures: tuple[SeriesFailure, ...]
    most: int | None

    @property
    def note(self) -> str | None:
        """What to say of thinned curves; None where none is."""
        fewer = sum(one.thinned for one in self.series)
        if not fewer:
            return None
        return f"{fewer:,} of {len(self.series):,} curves are thinned to at most {self.most:,} points by {METHOD}"
