"""Points that a provider cannot hold as they are.

* A provider that cannot give a series back point by point (no history, one value a step, no times) gets what its
  console can show, and the whole series rides in blocks beside the run.
* Otherwise only the odd points ride in blocks: NaN, infinities, negative steps and early times where the provider has
  none, and times finer than its clock. Of the last kind the provider gets an image, cut to its clock; the reader drops
  the images and takes the blocks.
* A block is a sidecar named by its metric and its own digest, so writing it twice is writing it once.
"""

from __future__ import annotations

import hashlib
import math
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from tracklayer.model import Points
from tracklayer.model.points import Row, little
from tracklayer.spi import Feature, Traits

#: Points a block holds at most: 6 MB.
BLOCK = 250_000
BLOCK_PREFIX = "b-"
#: What it takes to give a series back point by point.
_WHOLE = (Feature.METRIC_HISTORY, Feature.METRIC_SAME_STEP, Feature.METRIC_TIME)


@dataclass(frozen=True)
class Split:
    """What of a metric's points goes where. Either may be empty."""

    native: Points
    kept: Points


def rides_whole(traits: Traits) -> bool:
    """Must all points ride in blocks, because the provider cannot give them back one by one?"""
    return not all(map(traits.native, _WHOLE))


def split(traits: Traits, points: Points, above: int | None = None) -> Split:
    """Cut one metric's points in what the provider holds and what is kept beside it.

    * `above`: the highest step the provider has of this metric; matters where it takes one value a step.
    """
    if _plain(traits, points):
        return Split(points, Points.of(points.key))
    rows = {_ident(row): row for row in points.rows()}
    images = {ident: _image(traits, row) for ident, row in rows.items()}
    if rides_whole(traits):
        shown = [image for image in images.values() if image is not None]
        if not traits.native(Feature.METRIC_SAME_STEP):
            shown = [row for row in {row[0]: row for row in sorted(shown)}.values() if above is None or row[0] > above]
        return Split(Points.of(points.key, _thinned(sorted(shown), traits.shown_points)), points)
    odd = {ident: row for ident, row in rows.items() if images[ident] is not row}
    cut = {_ident(image): image for ident in odd if (image := images[ident]) is not None}
    plain = {ident: row for ident, row in rows.items() if ident not in odd}
    kept = odd | {ident: row for ident, row in plain.items() if ident in cut}
    return Split(Points.of(points.key, (cut | plain).values()), Points.of(points.key, kept.values()))


def _thinned(rows: list[Row], most: int | None) -> list[Row]:
    """About `most` of some sorted points, evenly spread; the last, the least and the greatest are among them."""
    if most is None or len(rows) <= most:
        return rows
    marks = [min(range(len(rows)), key=lambda at: rows[at][2]), max(range(len(rows)), key=lambda at: rows[at][2])]
    chosen = {at * len(rows) // most for at in range(most)} | {*marks, len(rows) - 1}
    return [rows[at] for at in sorted(chosen)]


def foreign(native: Points, kept: Iterable[Points]) -> Points:
    """What the provider shows of a series that rides in blocks: its points at steps that the blocks know nothing of.

    Ours are all in blocks, so these are somebody else's.
    """
    steps = set(native.steps)
    for points in kept:
        steps.difference_update(points.steps)
    return Points.of(native.key, [row for row in native.rows() if row[0] in steps] if steps else [])


def _plain(traits: Traits, points: Points) -> bool:
    """Does the provider hold all of them as they are? The common case, told without a look at each row."""
    return next(odd(traits, points), None) is None


def odd(traits: Traits, points: Points) -> Iterator[str]:
    """Why the provider does not hold all of some points as they are: each reason, looked for when it is asked for."""
    lacking = [feature for feature in _WHOLE if not traits.native(feature)]
    for feature in lacking:
        yield traits.claims[feature].why
    if lacking:
        return
    earliest, unit = traits.limits.point_time_earliest, traits.limits.point_time_unit
    if not traits.native(Feature.METRIC_NAN) and any(map(math.isnan, points.values)):
        yield traits.claims[Feature.METRIC_NAN].why
    if not traits.native(Feature.METRIC_INFINITY) and any(map(math.isinf, points.values)):
        yield traits.claims[Feature.METRIC_INFINITY].why
    if not traits.native(Feature.METRIC_NEGATIVE_STEP) and min(points.steps, default=0) < 0:
        yield traits.claims[Feature.METRIC_NEGATIVE_STEP].why
    if earliest is not None and min(points.times, default=earliest) < earliest:
        yield f"the earliest time it holds is {earliest} ns since 1970"
    if unit > 1 and any(time % unit for time in points.times):
        yield f"its times are multiples of {unit:,} ns"


def joined(traits: Traits, native: Points, kept: Iterable[Points]) -> Points:
    """The native points without the images of those that are kept beside them."""
    truths = {_ident(row): row for points in kept for row in points.rows()}
    images = {_ident(image) for row in truths.values() if (image := _image(traits, row)) is not None} - truths.keys()
    if not images:
        return native
    return Points.of(native.key, [row for row in native.rows() if _ident(row) not in images])


def _ident(row: Row) -> tuple[int, int, float | None]:
    """A point as a key: NaN is not itself, so it is None here."""
    return row if row[2] == row[2] else (row[0], row[1], None)


def _image(traits: Traits, row: Row) -> Row | None:
    """What the provider can hold of a point: itself (the same object), a nearby one, or nothing."""
    step, time, value = row
    if math.isnan(value) and not traits.native(Feature.METRIC_NAN):
        return None
    if math.isinf(value) and not traits.native(Feature.METRIC_INFINITY):
        return None
    if step < 0 and not traits.native(Feature.METRIC_NEGATIVE_STEP):
        return None
    earliest, unit = traits.limits.point_time_earliest, traits.limits.point_time_unit
    if earliest is not None and time < earliest:
        return None
    return row if time % unit == 0 else (step, time - time % unit, value)


class _Block(msgspec.Struct, array_like=True):
    key: str
    steps: bytes
    times: bytes
    values: bytes


def series_prefix(key: str) -> str:
    """How the sidecar keys of a metric's blocks begin."""
    return f"{BLOCK_PREFIX}{hashlib.sha256(key.encode()).hexdigest()[:16]}-"


def blocks(points: Points) -> dict[str, bytes]:
    """The sidecars that keep these points."""
    made = {}
    for start in range(0, len(points), BLOCK):
        part = points.cut(start, start + BLOCK)
        data = msgspec.msgpack.encode(
            _Block(part.key, *(little(column).tobytes() for column in (part.steps, part.times, part.values)))
        )
        made[series_prefix(points.key) + hashlib.sha256(data).hexdigest()[:32]] = data
    return made


def unblocked(sidecars: Mapping[str, bytes]) -> list[Points]:
    """The points that blocks keep."""
    read = []
    for data in sidecars.values():
        block = msgspec.msgpack.decode(data, type=_Block)
        steps, times, values = array("q", block.steps), array("q", block.times), array("d", block.values)
        read.append(Points(key=block.key, steps=little(steps), times=little(times), values=little(values)))
    return read
