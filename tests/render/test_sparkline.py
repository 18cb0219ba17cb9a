"""The shape of a curve in one line."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklayer.render.sparkline import BLOCKS, GAP, LETTERS, sparkline


@pytest.mark.parametrize(
    ("values", "curve"),
    [
        ([], ""),
        ([3.0], "▁"),
        ([1.0, 1.0], "▁▁"),
        ([0, 1, 2, 3, 4, 5, 6, 7], BLOCKS),
        ([7, 0], "█▁"),
        ([0.0, math.nan, 1.0], "▁ █"),
        ([0.0, math.inf, -math.inf, 1.0], "▁  █"),
        ([math.nan] * 3, "   "),
        ([-1.7e308, 1.7e308], "▁█"),
    ],
)
def test_curves(values: list[float], curve: str) -> None:
    assert sparkline(values) == curve


def test_many_values_share_the_width() -> None:
    assert sparkline(range(80), 8) == BLOCKS
    assert sparkline(range(80), 5, signs=LETTERS) == LETTERS


@given(st.lists(st.floats()), st.integers(1, 60))
def test_any_series_fits(values: list[float], width: int) -> None:
    curve = sparkline(values, width)
    assert len(curve) == min(width, len(values))
    assert set(curve) <= {*BLOCKS, GAP}
