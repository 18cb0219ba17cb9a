"""Residue: what of a run has no slot with its provider, as a record kept beside it.

* A **page** is one such record. Pages of all writers together, in any order, are the residue: a set under union.
* Each writer owns one page in a tag of its own, as long as it fits there; what does not goes into sidecars named by
  their digest, and the tag `more` says that there are some.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Iterable

import msgspec

from tracklayer.model import Dataset, MetricSummary, Points
from tracklayer.spi import Bound

#: The longest page in a tag, in characters, where the provider sets no limit.
INLINE = 8_000
PAGE_PREFIX = "p-"
BASE64 = "b64:"


class Extremes(msgspec.Struct, array_like=True, frozen=True):
    """Of the points that ride in blocks: the last one, the least and the greatest value, floats as text for NaN."""

    last: str
    step: int
    time: int
    least: str | None
    greatest: str | None

    def joined(self, other: Extremes) -> Extremes:
        """Of both together."""
        newer = max(self, other, key=lambda part: (part.step, part.time, _rank(float(part.last))))
        least = [float(part.least) for part in (self, other) if part.least is not None]
        greatest = [float(part.greatest) for part in (self, other) if part.greatest is not None]
        return Extremes(
            newer.last,
            newer.step,
            newer.time,
            repr(min(least)) if least else None,
            repr(max(greatest)) if greatest else None,
        )

    def summary(self) -> MetricSummary:
        """As a summary; how many points there are is not known."""
        return MetricSummary(
            last=float(self.last),
            last_step=self.step,
            last_time=self.time,
            min=None if self.least is None else float(self.least),
            max=None if self.greatest is None else float(self.greatest),
        )


class Page(msgspec.Struct, omit_defaults=True):
    """One record of residue.

    * `typed`: spelt param -> the values, as text, that stand as a text and were none, as a double and no float.
    * `names`: shortened spelling -> name. * `extremes`: metric -> what the points in blocks add.
    * `shown`: metric -> writer -> how many points it gave the provider, of a series that rides in blocks.
    * `params`: name -> (stamp, is it text, text), beyond the slots or overwritten where a slot cannot be.
    * `tags`: name -> (stamp, text), beyond the slots; here and there the highest stamp stands.
    * `inputs`: data sets as JSON.
    """

    typed: dict[str, set[str]] = msgspec.field(default_factory=dict)
    names: dict[str, str] = msgspec.field(default_factory=dict)
    extremes: dict[str, Extremes] = msgspec.field(default_factory=dict)
    params: dict[str, tuple[int, bool, str]] = msgspec.field(default_factory=dict)
    tags: dict[str, tuple[int, str]] = msgspec.field(default_factory=dict)
    inputs: set[str] = msgspec.field(default_factory=set)
    shown: dict[str, dict[str, int]] = msgspec.field(default_factory=dict)

    def __bool__(self) -> bool:
        return self != Page()

    def joined(self, other: Page) -> Page:
        """The union of two pages."""
        params, tags, extremes = dict(self.params), dict(self.tags), dict(self.extremes)
        typed = {key: self.typed.get(key, set()) | other.typed.get(key, set()) for key in {*self.typed, *other.typed}}
        shown = {key: dict(counts) for key, counts in self.shown.items()}
        for name, param in other.params.items():
            params[name] = max(param, params.get(name, param))
        for name, tag in other.tags.items():
            tags[name] = max(tag, tags.get(name, tag))
        for key, part in other.extremes.items():
            extremes[key] = part.joined(extremes[key]) if key in extremes else part
        for key, counts in other.shown.items():
            known = shown.setdefault(key, {})
            known |= {writer: max(count, known.get(writer, 0)) for writer, count in counts.items()}
        return Page(
            typed=typed,
            names=self.names | other.names,
            extremes=extremes,
            params=params,
            tags=tags,
            inputs=self.inputs | other.inputs,
            shown=shown,
        )

    def datasets(self) -> tuple[Dataset, ...]:
        """The data sets, in an order that stays."""
        return tuple(Dataset.model_validate_json(text) for text in sorted(self.inputs))


def union(pages: Iterable[Page]) -> Page:
    """All pages as one."""
    whole = Page()
    for page in pages:
        whole = whole.joined(page)
    return whole


def encoded(page: Page) -> bytes:
    """A page as JSON; equal pages give equal bytes."""
    return msgspec.json.encode(page, order="sorted")


def decoded(data: bytes | str) -> Page | None:
    """The page that `encoded` or `inlined` wrote; None for anything else."""
    try:
        if isinstance(data, str) and data.startswith(BASE64):
            data = base64.b64decode(data.removeprefix(BASE64))
        return msgspec.json.decode(data, type=Page)
    except (ValueError, msgspec.MsgspecError):
        return None


def inlined(page: Page, bound: Bound | None) -> str | None:
    """A page as the text of a tag; None when it does not fit."""
    data = encoded(page)
    for text in (data.decode(), BASE64 + base64.b64encode(data).decode()):
        if len(text) <= INLINE and (bound is None or bound.holds(text)):
            return text
    return None


def beside(page: Page) -> dict[str, bytes]:
    """A page as a sidecar."""
    data = encoded(page)
    return {PAGE_PREFIX + hashlib.sha256(data).hexdigest()[:32]: data}


def extremes(points: Points) -> Extremes:
    """The extremes of some points, at least one."""
    step, time, value = max(points.rows(), key=lambda row: (row[0], row[1], _rank(row[2])))
    numbers = [value for value in points.values if not math.isnan(value)]
    least, greatest = (repr(min(numbers)), repr(max(numbers))) if numbers else (None, None)
    return Extremes(repr(value), step, time, least, greatest)


def with_extremes(native: MetricSummary | None, part: Extremes, *, rides_whole: bool) -> MetricSummary:
    """The summary of a series of which the provider summarised some points and blocks keep others."""
    kept = part.summary()
    if native is None or rides_whole:
        return kept
    newer = max(native, kept, key=lambda summary: (summary.last_step, summary.last_time, _rank(summary.last)))
    known = native.min is not None and native.max is not None
    least = [one for one in (native.min, kept.min) if one is not None]
    greatest = [one for one in (native.max, kept.max) if one is not None]
    return MetricSummary(
        last=newer.last,
        last_step=newer.last_step,
        last_time=newer.last_time,
        min=min(least) if known else None,
        max=max(greatest) if known else None,
    )


def _rank(value: float) -> tuple[bool, float]:
    return (True, 0.0) if math.isnan(value) else (False, value)
