"""Records in a row, put together as what a place is given."""

from __future__ import annotations

import struct

import pytest
from contract_tests import strategies as anything
from hypothesis import given
from hypothesis import strategies as st
from tests.layers.journal.made import Said, fuzz

from tracklayer.errors import InvalidInput
from tracklayer.layers.journal.rows import Rows
from tracklayer.layers.journal.taken import Gathering, Taken, merged
from tracklayer.model import Batch, Dataset, Points

CHANGES = st.builds(
    Batch,
    params=st.dictionaries(st.sampled_from("abc"), anything.param_values),
    tags=st.dictionaries(st.sampled_from("abc"), anything.tag_values),
    inputs=st.lists(anything.datasets, max_size=2).map(tuple),
    name=st.none() | anything.names,
    description=st.none() | anything.texts,
    status=st.none() | anything.statuses,
    ended=st.none() | anything.instants,
)


def columns(rows: list[tuple[int, int, float]]) -> memoryview:
    steps, times, values = zip(*rows, strict=True) if rows else ((), (), ())
    count = len(rows)
    return memoryview(struct.pack(f"<{count}q{count}q{count}d", *steps, *times, *values))


@fuzz(80)
@given(st.lists(CHANGES, max_size=5), st.lists(anything.points(), max_size=3).map(tuple))
def test_batches_in_a_row_are_one_batch(changes: list[Batch], points: tuple[Points, ...]) -> None:
    one_by_one, at_once = Said(), Said()
    for change in (*changes, Batch(points=points)):
        one_by_one.add(change)
    at_once.add(merged(changes, points))
    assert at_once == one_by_one


def made_rows(rows: list[tuple[int, int, tuple[float, ...]]]) -> Rows:
    made = Rows(len(rows[0][2]))
    for step, time, values in rows:
        made.steps.append(step)
        made.times.append(time)
        for column, value in zip(made.columns, values, strict=True):
            column.append(value)
    return made


def test_nothing_is_an_empty_batch() -> None:
    assert merged([]) == Batch()
    assert Gathering(Taken(stop=0), {}).finish() == Taken(stop=0)


def test_the_same_input_twice_is_one() -> None:
    data = Dataset(name="d", digest="1")
    other = Dataset(name="d", digest="2")
    assert merged([Batch(inputs=(data,)), Batch(inputs=(other, data))]).inputs == (data, other)


def test_columns_and_rows_become_points() -> None:
    gathering = Gathering(Taken(stop=0), {0: ("a",), 1: ("b", "c")})
    gathering.columns(0, 2, columns([(1, 2, 3.0), (4, 5, 6.0)]))
    gathering.columns(0, 0, columns([]))
    gathering.rows[1, 2] = made_rows([(7, 8, (9.0, 10.0))])
    points = gathering.finish().batch.points
    assert points == (
        Points.of("a", [(1, 2, 3.0), (4, 5, 6.0)]),
        Points.of("a"),
        Points.of("b", [(7, 8, 9.0)]),
        Points.of("c", [(7, 8, 10.0)]),
    )


def test_what_is_of_no_known_metric_is_counted() -> None:
    gathering = Gathering(Taken(stop=0), {0: ("a",)})
    gathering.columns(3, 1, columns([(1, 2, 3.0)]))
    gathering.rows[4, 1] = made_rows([(1, 1, (1.0,)), (2, 2, (2.0,))])
    taken = gathering.finish()
    assert (taken.unknown, taken.batch) == (3, Batch())


@pytest.mark.parametrize(("count", "size"), [(2, 24), (1, 23), (1, 9), (9, 8)])
def test_columns_that_are_too_short_are_refused(count: int, size: int) -> None:
    gathering = Gathering(Taken(stop=0), {0: ("a",)})
    with pytest.raises((InvalidInput, ValueError)):
        gathering.columns(0, count, memoryview(b"\0" * size))
