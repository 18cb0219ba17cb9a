"""Rows: nearly all records of most journals, so many of them are read at once."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zlib import crc32

from tracklayer.layers.journal.frames import HEAD, Frame, Kind, head
from tracklayer.layers.journal.shape import row_layout
from tracklayer.model import Points

#: A row's payload beside its values: the shape's number, step and time.
FIXED = 20
#: Where a row's step, time and first value begin.
STEP, TIME, VALUES = HEAD.size + 4, HEAD.size + 12, HEAD.size + 20
#: Rows of one shape, one behind the other, that are worth to be read as columns.
MANY = 16


class Rows:
    """Rows of one shape: one step and time for all its metrics, and a column of values for each."""

    def __init__(self, metrics: int) -> None:
        self.steps, self.times = array("q"), array("q")
        self.columns = [array("d") for _ in range(metrics)]

    def points(self, keys: Sequence[str]) -> list[Points]:
        """A series for each metric."""
        pairs = zip(keys, self.columns, strict=True)
        return [Points(key=key, steps=self.steps, times=self.times, values=values) for key, values in pairs]


#: By the shape's number and the number of its metrics.
Gathered = dict[tuple[int, int], Rows]


def metrics_of(found: Frame) -> int:
    """How many metrics a row has; 0 for one that no writer of ours makes."""
    values, rest = divmod(len(found.payload) - FIXED, 8)
    return 0 if rest else max(0, values)


def take_rows(data: memoryview, at: int, metrics: int, rows: Gathered, *, trusted: bool) -> tuple[int, int]:
    """Take rows of one width, one behind the other, from an index where one begins; where they end, and how many.

    * `trusted`: this process has just written them, so what their heads say is enough.
    """
    begun, before = at, -1
    size = FIXED + 8 * metrics + HEAD.size + 4
    while at != before:
        before = at
        many = _alike(data, at, size, metrics)
        if many < MANY:
            at = _one_by_one(data, at, metrics, rows)
            continue
        sound = many if trusted else _sound(data, at, size, many)
        number = int.from_bytes(data[at + HEAD.size : at + STEP], "little")
        kept = rows.setdefault((number, metrics), Rows(metrics))
        kept.steps.frombytes(_column(data, at + STEP, size, sound, "q"))
        kept.times.frombytes(_column(data, at + TIME, size, sound, "q"))
        for place, column in enumerate(kept.columns):
            column.frombytes(_column(data, at + VALUES + 8 * place, size, sound, "d"))
        at += sound * size
        if sound < many:
            break
    return at, (at - begun) // size


def _alike(data: memoryview, at: int, size: int, metrics: int) -> int:
    """How many rows of this width and of one shape begin at an index."""
    if sys.byteorder == "big":  # the columns below would have to be turned
        return 0
    many = (len(data) - at) // size
    if many < MANY:
        return 0
    wanted = head(Kind.ROW, FIXED + 8 * metrics).to_bytes(8, "little")
    many = _times(_column(data, at, size, many, "Q"), wanted)
    numbers = data[at : at + many * size].cast("I")[HEAD.size // 4 :: size // 4].tobytes()
    return _times(numbers, numbers[:4])


def _sound(data: memoryview, at: int, size: int, many: int) -> int:
    """How many of these rows are whole by their CRC."""
    kept = data[at : at + many * size].cast("I")[size // 4 - 1 :: size // 4].tolist()
    edges = pairwise(range(at, at + many * size + 1, size))
    for index, ((start, stop), crc) in enumerate(zip(edges, kept, strict=True)):
        if crc32(data[start : stop - 4]) != crc:
            return index
    return many


def _column(data: memoryview, at: int, size: int, many: int, typecode: Any) -> bytes:
    """The eight bytes at an index, and at every `size` bytes behind it."""
    return data[at : at + (many - 1) * size + 8].cast(typecode)[:: size // 8].tobytes() if many else b""


def _times(data: bytes, unit: bytes) -> int:
    """How many times a unit stands at the beginning."""
    size = len(unit)
    low, high = 0, len(data) // size if size else 0
    while low < high:
        middle = high if data[low * size : high * size] == unit * (high - low) else (low + high + 1) // 2
        if data[low * size : middle * size] == unit * (middle - low):
            low = middle
        else:
            high = middle - 1
    return low


def _one_by_one(data: memoryview, at: int, metrics: int, rows: Gathered) -> int:
    """Rows of several shapes in turn, up to where many of one shape begin again."""
    layout = _layout(metrics)
    size, wanted, last, alike = layout.size, head(Kind.ROW, FIXED + 8 * metrics), -1, 0
    whole = data[at : at + (len(data) - at) // size * size]
    kept = Rows(metrics)
    for start, number, step, time, *values, crc in layout.iter_unpack(whole):
        if start != wanted or crc32(data[at : at + size - 4]) != crc:
            break
        alike = alike + 1 if number == last else 0
        if alike == MANY and len(whole) > 2 * MANY * size:
            break
        if number != last:
            last, kept = number, rows.setdefault((number, metrics), Rows(metrics))
        kept.steps.append(step)
        kept.times.append(time)
        for column, value in zip(kept.columns, values, strict=True):
            column.append(value)
        at += size
    return at


@lru_cache(maxsize=256)
def _layout(metrics: int) -> struct.Struct:
    return struct.Struct(row_layout(metrics).format + "I")
