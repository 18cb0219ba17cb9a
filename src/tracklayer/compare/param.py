"""Param: the values of one param as a typed column, and what of their types the column cannot say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tracklayer.compare.extra import needed
from tracklayer.layers.fitting.texts import spelt
from tracklayer.model import ParamValue

if TYPE_CHECKING:
    import pyarrow as pa

#: Up to this every integer is a float64 too.
EXACT = 2**53
#: The integers of 64 bits.
LEAST, LARGEST = -(2**63), 2**63 - 1


def param_column(values: Sequence[ParamValue | None]) -> tuple[pa.Array, dict[str, Any]]:
    """The column, and what is to be said of it: `{"types": {"int": 3, "str": 1}}` where it mixes types.

    * Values of one type keep it: bool, int64, float64 or text. Integers beyond 64 bits become text.
    * Whole and other numbers are float64, if each whole one is exactly a float64.
    * Whatever else is mixed is text, as Python writes it: no text is taken for a number because it looks like one.
    """
    arrow = needed("pyarrow", "a table of the runs")
    types = {type(value) for value in values if value is not None}
    if types == {bool}:
        return arrow.array(values, arrow.bool_()), {}
    if types <= {str}:
        return arrow.array(values, arrow.string()), {}
    if types == {float}:
        return arrow.array(values, arrow.float64()), {}
    if types == {int} and all(value is None or LEAST <= int(value) <= LARGEST for value in values):
        return arrow.array(values, arrow.int64()), {}
    said = {"types": _counted(values)}
    whole = [value for value in values if isinstance(value, int)]
    if types == {int, float} and all(-EXACT <= value <= EXACT for value in whole):
        return arrow.array([None if value is None else float(value) for value in values], arrow.float64()), said
    return arrow.array([None if value is None else spelt(value) for value in values], arrow.string()), said


def _counted(values: Sequence[ParamValue | None]) -> dict[str, int]:
    names = [type(value).__name__ for value in values if value is not None]
    return {name: names.count(name) for name in sorted(set(names))}
