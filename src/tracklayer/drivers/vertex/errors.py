"""Vertex's native errors to ours: what it says otherwise than the rest of Google, before the table that all share."""

from __future__ import annotations

import re

from tracklayer.drivers.google import TABLE as SHARED
from tracklayer.drivers.google import Answered
from tracklayer.errors import AlreadyExists, QuotaExceeded
from tracklayer.spi import Rule

#: Whose name errors carry.
PROVIDER = "vertex"


def _says(code: str, pattern: str, error: Answered) -> bool:
    return error.code == code and re.search(pattern, error.said, re.IGNORECASE) is not None


TABLE: tuple[Rule, ...] = (
    # Metadata of more than 200 KB are no wrong input: the run is full.
    Rule(Answered, QuotaExceeded, lambda error: _says("INVALID_ARGUMENT", r"size .*(exceed|too large)|200 ?KB", error)),
    # A display name that another TensorBoard run or time series has.
    Rule(Answered, AlreadyExists, lambda error: _says("INVALID_ARGUMENT", r"already exists", error)),
    *SHARED,
)
