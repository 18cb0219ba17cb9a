"""A secret that was found within a text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tracklayer.api.redaction.marker import HIDDEN


class Found(NamedTuple):
    """Where a secret stands in a text, and why it is taken for one. `why` never holds any of it."""

    start: int
    end: int
    why: str


def without(text: str, found: Iterable[Found]) -> str:
    """The text with the marker instead of what was found; what overlaps is hidden as one."""
    parts: list[str] = []
    done = 0
    for start, end, _ in sorted(found):
        if parts and start < done:
            done = max(done, end)
            continue
        parts += (text[done:start], HIDDEN)
        done = end
    return "".join([*parts, text[done:]])
