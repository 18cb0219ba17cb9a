"""Points in columns, and the one order of a series."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Any

import pytest
from contract_tests.strategies import points
from hypothesis import given
from hypothesis import strategies as st

from tracklayer.errors import InvalidInput
from tracklayer.model import Points, canonical

series = points(st.just("m"), most=20)


def identity(row: tuple[int, int, float]) -> tuple[Any, ...]:
    """What makes a point itself; NaN is one value, after all others."""
    step, time, value = row
    return (step, time, True, 0.0) if math.isnan(value) else (step, time, False, value)


@given(series)
def test_the_canonical_series_is_sorted_and_has_each_point_once(some: Points) -> None:
    ranks = [identity(row) for row in canonical("m", [some]).rows()]
    assert ranks == sorted(set(ranks))
    assert set(ranks) == {identity(row) for row in some.rows()}


@given(series)
def test_canonical_is_canonical_already(some: Points) -> None:
    once = canonical("m", [some])
    assert canonical("m", [once]) == once
    assert canonical("m", [once, once, some]) == once


@given(series, st.data())
def test_it_does_not_matter_how_a_series_was_cut_or_in_which_order(some: Points, data: st.DataObject) -> None:
    rows = data.draw(st.permutations(list(some.rows())))
    place = data.draw(st.integers(0, len(rows)))
    parts = [Points.of("m", rows[:place]), Points.of("m", rows[place:])]
    assert canonical("m", parts) == canonical("m", parts[::-1]) == canonical("m", [some])


def test_the_canonical_series_of_nothing_is_empty() -> None:
    assert canonical("m", []) == Points.of("m")
    assert len(canonical("m", [Points.of("other")])) == 0


def test_the_last_point_is_the_one_of_the_highest_step_time_and_value() -> None:
    rows = [(1, 9, 9.0), (2, 1, 5.0), (2, 3, 1.0), (2, 3, 4.0), (2, 3, math.nan), (-7, 99, 0.0)]
    assert list(canonical("m", [Points.of("m", rows)]).rows())[-2] == (2, 3, 4.0)
    assert math.isnan(canonical("m", [Points.of("m", rows)]).values[-1])


@given(series, st.integers(0, 25), st.integers(0, 25))
def test_a_cut_is_a_slice_of_the_rows(some: Points, start: int, stop: int) -> None:
    assert some.cut(start, stop) == Points.of("m", list(some.rows())[start:stop])


@pytest.mark.parametrize(
    "other",
    [
        Points.of("n", [(1, 2, 3.0)]),
        Points.of("m", [(2, 2, 3.0)]),
        Points.of("m", [(1, 1, 3.0)]),
        Points.of("m", [(1, 2, math.nan)]),
        Points.of("m", [(1, 2, 3.0), (1, 2, 3.0)]),
        "points",
    ],
)
def test_points_that_differ_are_not_equal(other: object) -> None:
    assert Points.of("m", [(1, 2, 3.0)]) != other


def test_nan_equals_itself() -> None:
    assert Points.of("m", [(1, 2, math.nan)]) == Points.of("m", [(1, 2, float("nan"))])


def kind_of(column: Any) -> str:
    """Names a case alike in every process: a memoryview's own text is its address."""
    return f"{type(column).__name__} {list(column)}"


@pytest.mark.parametrize(
    "column",
    [
        [1, -2, 3],
        (1, -2, 3),
        range(1, 4),
        array("q", [1, -2, 3]),
        array("i", [1, -2, 3]),
        array("q", [1, -2, 3]).tobytes(),
        bytearray(array("q", [1, -2, 3]).tobytes()),
        memoryview(array("q", [1, -2, 3])),
        memoryview(array("i", [1, -2, 3])),
        memoryview(array("l", [1, -2, 3])),
        memoryview(array("h", [1, -2, 3])),
        memoryview(array("q", [1, 9, -2, 9, 3, 9]))[::2],
    ],
    ids=kind_of,
)
def test_any_buffer_or_sequence_of_integers_is_a_column(column: Any) -> None:
    taken = Points(key="m", steps=column, times=column, values=[0.0] * 3)
    assert list(taken.steps) == list(taken.times) == (list(column) if isinstance(column, range) else [1, -2, 3])
    assert taken.steps.typecode == "q"


@pytest.mark.parametrize(
    "column",
    [
        [1, 2.5, math.inf],
        array("d", [1, 2.5, math.inf]),
        array("f", [1, 2.5, math.inf]),
        array("d", [1, 2.5, math.inf]).tobytes(),
        memoryview(array("d", [1, 2.5, math.inf])),
        memoryview(array("f", [1, 2.5, math.inf])),
        memoryview(array("d", [1, 9, 2.5, 9, math.inf, 9]))[::2],
    ],
    ids=kind_of,
)
def test_any_buffer_or_sequence_of_numbers_is_a_column(column: Any) -> None:
    taken = Points(key="m", steps=range(3), times=range(3), values=column)
    assert list(taken.values) == [1, 2.5, math.inf]
    assert taken.values.typecode == "d"


@pytest.mark.parametrize(
    ("field", "column", "says"),
    [
        ("steps", [1.5], "64-bit integers"),
        ("steps", ["1"], "64-bit integers"),
        ("steps", [2**63], "64-bit integers"),
        ("times", [None], "64-bit integers"),
        ("times", 7, "64-bit integers"),
        ("values", ["high"], "numbers"),
        ("values", [None], "numbers"),
        ("values", [10**400], "numbers"),
        ("steps", b"123", "Points.steps: "),
        ("steps", [1, 2], "points of 'm': columns differ in length: 2 steps, 1 times, 1 values"),
    ],
    ids=str,
)
def test_what_is_no_column_is_refused(field: str, column: Sequence[Any], says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Points(**{"key": "m", "steps": [1], "times": [1], "values": [1.0]} | {field: column})
    assert says in str(caught.value)


def test_a_column_of_the_right_kind_is_taken_as_it_is() -> None:
    """No copy: ten million points must move through a fixed amount of memory."""
    steps, times, values = array("q", [1]), array("q", [2]), array("d", [3.0])
    taken = Points(key="m", steps=steps, times=times, values=values)
    assert taken.steps is steps
    assert taken.times is times
    assert taken.values is values


def test_points_are_not_hashed() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Points.of("m"))
