"""Chunks: a series of points cut into column blobs, each sorted, disjoint, and of at most 4096 points.

Pure functions on columns. A point's rank is its place among all points as 24 bytes that compare as the points do, so
that SQLite can find and order chunks by it.
"""

from __future__ import annotations

import math
import struct
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice, pairwise
from operator import lt
from typing import Any

from tracklayer.model import Points, canonical
from tracklayer.model.points import little

#: Points of a chunk, at most: 96 KiB in three columns. A point in the middle rewrites this much.
MOST = 4096
#: A chunk of fewer points takes more: a point logged alone rewrites at most this many.
SMALL = 256

_WORD = 1 << 64
_HALF = 1 << 63


class DamagedChunk(Exception):
    """A chunk does not hold what its row says."""


def rank(step: int, time: int, value: float) -> bytes:
    """The place of a point: by step, time, value, NaN last. 0.0 and -0.0 are one, and so are all NaN."""
    if math.isnan(value):
        place = _WORD - 1
    else:
        (bits,) = struct.unpack(">Q", struct.pack(">d", value + 0.0))  # -0.0 + 0.0 is 0.0
        place = _WORD - 1 - bits if bits & _HALF else bits | _HALF
    return struct.pack(">QQQ", step + _HALF, time + _HALF, place)


def rank_at(points: Points, index: int) -> bytes:
    """The rank of the point at an index."""
    return rank(points.steps[index], points.times[index], points.values[index])


def up_to(points: Points, limit: bytes) -> int:
    """How many of sorted points have a rank of at most `limit`."""
    return bisect_right(range(len(points)), limit, key=lambda index: rank_at(points, index))


def below(points: Points, limit: bytes) -> int:
    """How many of sorted points have a rank below `limit`."""
    return bisect_left(range(len(points)), limit, key=lambda index: rank_at(points, index))


def ordered(points: Points) -> Points:
    """The points as a series: sorted, each once. Quick where the steps rise."""
    rising = all(map(lt, points.steps, islice(points.steps, 1, None)))
    return points if rising else canonical(points.key, [points])


def union(left: Points, right: Points) -> Points:
    """All points of two series, each once. Only where they overlap are they sorted."""
    if not len(left) or not len(right):
        return left if len(left) else right
    if rank_at(right, 0) < rank_at(left, 0):
        left, right = right, left
    start = below(left, rank_at(right, 0))
    stop_left, stop_right = up_to(left, rank_at(right, -1)), up_to(right, rank_at(left, -1))
    return joined(
        left.cut(0, start),
        canonical(left.key, [left.cut(start, stop_left), right.cut(0, stop_right)]),
        left.cut(stop_left, len(left)),
        right.cut(stop_right, len(right)),
    )


def joined(*parts: Points) -> Points:
    """Parts of one series that lie one behind the other, as one."""
    steps, times, values = array("q"), array("q"), array("d")
    for part in parts:
        steps.extend(part.steps)
        times.extend(part.times)
        values.extend(part.values)
    return Points(key=parts[0].key, steps=steps, times=times, values=values)


def evenly(points: Points) -> Iterator[Points]:
    """The points in as few chunks as can be, all of about one size, so that none is left full beside a tiny one."""
    pieces = -(-len(points) // MOST)
    cuts = [len(points) * piece // pieces for piece in range(pieces + 1)]
    return (points.cut(start, stop) for start, stop in pairwise(cuts))


def pack(points: Points) -> tuple[bytes, bytes, bytes]:
    """Steps, times and values as little-endian blobs."""
    steps, times, values = (little(column).tobytes() for column in (points.steps, points.times, points.values))
    return steps, times, values


def unpack(key: str, count: int, steps: bytes, times: bytes, values: bytes) -> Points:
    """The points of a chunk. `DamagedChunk` when the blobs are not `count` points long."""
    if {len(steps), len(times), len(values)} != {8 * count}:
        message = (
            f"a chunk of {key!r} is damaged: {len(steps)}, {len(times)} and {len(values)} bytes for {count} points"
        )
        raise DamagedChunk(message)
    return Points(key=key, steps=_column("q", steps), times=_column("q", times), values=_column("d", values))


def _column(typecode: str, data: bytes) -> array[Any]:
    column = array(typecode)
    column.frombytes(data)
    return little(column)
