"""What a param's value means, whoever keeps it: places that hold texts only make `"0.1"` of 0.1."""

from __future__ import annotations

import math
from typing import TypeAlias

from tracklayer.layers.match import NUMBER
from tracklayer.model import ParamValue

#: Equal for values that mean the same; fit to be a key.
Meaning: TypeAlias = float | int | str | None


def meaning(value: ParamValue | None) -> Meaning:
    """`0.1`, `"0.1"` and `"0.10"` are one number; `True` and `"True"` one text; NaN is itself; None is no value."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return _number(value) if NUMBER.fullmatch(value) else value
    return "nan" if isinstance(value, float) and math.isnan(value) else value


def number(value: ParamValue | None) -> float | None:
    """The number that a value is or that its text says; None for every other, NaN too."""
    found = meaning(value)
    if found is None or isinstance(found, str):
        return None
    try:
        return float(found)
    except OverflowError:
        return math.inf if found > 0 else -math.inf


def _number(text: str) -> Meaning:
    try:
        return int(text)  # exactly, however long
    except ValueError:
        number = float(text)
        return "nan" if math.isnan(number) else number
