"""Sparkline: the shape of a curve in one line of text."""

from __future__ import annotations

import math
from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
#: For a terminal whose encoding has no blocks.
LETTERS = "_.-~^"
GAP = " "


def sparkline(values: Sequence[float], width: int = 32, *, signs: str = BLOCKS) -> str:
    """The values as signs of rising height, at most `width` of them; each sign is the mean of its share.

    * A share without any finite value is a gap. A curve that stays level is drawn at its foot.
    """
    count = min(width, len(values))
    heights = [_mean(values[len(values) * at // count : len(values) * (at + 1) // count]) for at in range(count)]
    finite = [height for height in heights if height is not None]
    if not finite:
        return GAP * count
    low, high = min(finite), max(finite)
    return "".join(GAP if height is None else signs[_level(height, low, high, len(signs))] for height in heights)


def _mean(share: Sequence[float]) -> float | None:
    finite = [value for value in share if math.isfinite(value)]
    # each is divided first: the sum of two values near 1.8e308 is none
    return sum(value / len(finite) for value in finite) if finite else None


def _level(height: float, low: float, high: float, levels: int) -> int:
    if high == low:
        return 0
    # halves, because the span of -1e308 to 1e308 is no float
    part = (height / 2 - low / 2) / (high / 2 - low / 2)
    return min(int(part * levels), levels - 1)
