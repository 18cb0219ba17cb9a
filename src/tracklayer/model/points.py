"""Points of one metric, in columns.

A point is (step, time, value): step any int64, time nanoseconds since 1970 UTC as int64, value any float64, NaN and
infinities included. **A series is a set of points in the order (step, time, value)**, NaN last: logging the same point
twice is logging it once, and what comes back does not hang on who answered. docs/decisions/0002 says why.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import lt
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from pydantic import BeforeValidator, PlainSerializer, model_validator

from tracklayer.errors import InvalidInput
from tracklayer.model.base import Model
from tracklayer.model.values import Name

Row = tuple[int, int, float]


#: Formats of a buffer whose bytes are a column's as they stand: bytes themselves, and 64-bit integers or floats.
AS_IT_STANDS = {"q": {"B", "q", "l"} if array("l").itemsize == array("q").itemsize else {"B", "q"}, "d": {"B", "d"}}


def _column(typecode: str) -> Any:
    def convert(given: Any) -> array[Any]:
        if isinstance(given, array) and given.typecode == typecode:
            return given
        if isinstance(given, (bytes, bytearray, memoryview)):
            view = memoryview(given)
            if view.format in AS_IT_STANDS[typecode] and view.contiguous:
                column = array(typecode)
                column.frombytes(view.cast("B"))
                return column
            given = view.tolist()
        try:
            if typecode == "d":
                return array("d", map(float, given))
            return array("q", given)
        except (TypeError, ValueError, OverflowError) as error:
            kind = "64-bit integers" if typecode == "q" else "numbers"
            message = f"a column of points must hold {kind}: {error}"
            raise InvalidInput(message) from None

    return convert


def _listed(column: array[Any]) -> list[Any]:
    return [value if math.isfinite(value) else str(value) for value in column]


if TYPE_CHECKING:
    IntColumn: TypeAlias = array[int]
    FloatColumn: TypeAlias = array[float]
else:  # `array` takes no brackets before Python 3.12
    IntColumn = FloatColumn = array

Ints: TypeAlias = Annotated[IntColumn, BeforeValidator(_column("q")), PlainSerializer(list, when_used="json")]
Floats: TypeAlias = Annotated[FloatColumn, BeforeValidator(_column("d")), PlainSerializer(_listed, when_used="json")]


class Points(Model):
    """Points of one metric `key`: three columns of equal length. Any buffer or sequence of numbers is taken."""

    key: Name
    steps: Ints
    times: Ints
    values: Floats

    @model_validator(mode="after")
    def _equal_length(self) -> Points:
        if not len(self.steps) == len(self.times) == len(self.values):
            lengths = f"{len(self.steps)} steps, {len(self.times)} times, {len(self.values)} values"
            message = f"points of {self.key!r}: columns differ in length: {lengths}"
            raise InvalidInput(message)
        return self

    @classmethod
    def of(cls, key: str, rows: Iterable[Row] = ()) -> Points:
        """Points from rows of (step, time in ns, value)."""
        steps, times, values = array("q"), array("q"), array("d")
        for step, time, value in rows:
            steps.append(step)
            times.append(time)
            values.append(value)
        return cls(key=key, steps=steps, times=times, values=values)

    def rows(self) -> Iterator[Row]:
        """(step, time in ns, value), one after the other."""
        return zip(self.steps, self.times, self.values, strict=True)

    def cut(self, start: int, stop: int) -> Points:
        """The points from index `start` up to `stop`."""
        return Points(
            key=self.key, steps=self.steps[start:stop], times=self.times[start:stop], values=self.values[start:stop]
        )

    def __len__(self) -> int:
        return len(self.steps)

    def __eq__(self, other: object) -> bool:
        """Same key and the same rows in the same places; NaN is itself."""
        if not isinstance(other, Points):
            return NotImplemented
        return (
            self.key == other.key
            and self.steps == other.steps
            and self.times == other.times
            and [_rank(value) for value in self.values] == [_rank(value) for value in other.values]
        )

    __hash__ = None  # type: ignore[assignment] # columns are buffers


def little(column: array[Any]) -> array[Any]:
    """A column in little-endian order, or back: itself nearly everywhere."""
    if sys.byteorder == "little":
        return column
    turned = column[:]
    turned.byteswap()
    return turned


def canonical(key: str, parts: Sequence[Points]) -> Points:
    """One series out of parts in any order: sorted by (step, time, value), each point once."""
    steps, times, values = array("q"), array("q"), array("d")
    for part in parts:
        steps.extend(part.steps)
        times.extend(part.times)
        values.extend(part.values)
    whole = Points(key=key, steps=steps, times=times, values=values)
    if rising(steps, times):
        return whole
    unique = {(step, time, *_rank(value)): (step, time, value) for step, time, value in whole.rows()}
    return Points.of(key, [unique[rank] for rank in sorted(unique)])


def rising(steps: array[int], times: array[int]) -> bool:
    """Is each (step, time) above the one before? Then the series is canonical as it stands."""
    if all(map(lt, steps, islice(steps, 1, None))):  # the common case, quicker told
        return True
    pairs = zip(steps, times, strict=True)
    return all(map(lt, pairs, islice(zip(steps, times, strict=True), 1, None)))


def _rank(value: float) -> tuple[bool, float]:
    """The place of a value among others: NaN last, and one NaN is like another."""
    return (True, 0.0) if math.isnan(value) else (False, value)
