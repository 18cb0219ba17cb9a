from __future__ import annotations

import math
import sys
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklayer.drivers.local import chunks
from tracklayer.drivers.local.chunks import DamagedChunk
from tracklayer.model import Points, canonical

INT64 = st.integers(-(2**63), 2**63 - 1)
ROW = st.tuples(
    st.one_of(INT64, st.integers(-2, 2)),
    st.one_of(INT64, st.integers(-2, 2)),
    st.one_of(st.floats(), st.sampled_from([0.0, -0.0, math.nan, math.inf, -math.inf])),
)


def points(rows: list[tuple[int, int, float]]) -> Points:
    return Points.of("loss", rows)


def series(rows: list[tuple[int, int, float]]) -> Points:
    return canonical("loss", [points(rows)])


def place(row: tuple[int, int, float]) -> tuple[int, int, bool, float]:
    step, time, value = row
    return (step, time, math.isnan(value), 0.0 if math.isnan(value) else value)


@given(ROW, ROW)
def test_ranks_compare_as_points_do(left: tuple[int, int, float], right: tuple[int, int, float]) -> None:
    assert (chunks.rank(*left) < chunks.rank(*right)) == (place(left) < place(right))
    assert (chunks.rank(*left) == chunks.rank(*right)) == (place(left) == place(right))


@given(st.lists(ROW), ROW)
def test_a_rank_cuts_sorted_points(rows: list[tuple[int, int, float]], limit: tuple[int, int, float]) -> None:
    whole = series(rows)
    assert chunks.up_to(whole, chunks.rank(*limit)) == sum(place(row) <= place(limit) for row in whole.rows())
    assert chunks.below(whole, chunks.rank(*limit)) == sum(place(row) < place(limit) for row in whole.rows())


@given(st.lists(ROW))
def test_ordered_points_are_a_series(rows: list[tuple[int, int, float]]) -> None:
    assert chunks.ordered(points(rows)) == series(rows)


@given(st.lists(ROW), st.lists(ROW))
def test_a_union_is_the_series_of_both(left: list[tuple[int, int, float]], right: list[tuple[int, int, float]]) -> None:
    assert chunks.union(series(left), series(right)) == series(left + right)


@pytest.mark.parametrize(
    ("left", "right"),
    [(range(5), range(5, 9)), (range(5, 9), range(5)), (range(9), range(3, 5)), (range(3, 5), range(9)), ((), (1,))],
)
def test_a_union_of_ranges_is_the_series_of_both(left: range, right: range) -> None:
    rows = [[(step, 0, 1.0) for step in steps] for steps in (left, right)]
    assert chunks.union(series(rows[0]), series(rows[1])) == series(rows[0] + rows[1])


@given(st.lists(ROW, max_size=5))
def test_columns_come_back_from_their_bytes(rows: list[tuple[int, int, float]]) -> None:
    whole = points(rows)
    assert chunks.unpack("loss", len(whole), *chunks.pack(whole)) == whole


def test_bytes_are_little_endian_wherever_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    one = points([(1, 2, 1.0)])
    here = chunks.pack(one)
    other = "big" if sys.byteorder == "little" else "little"
    monkeypatch.setattr("tracklayer.model.points.sys", SimpleNamespace(byteorder=other))
    there = chunks.pack(one)
    assert [data[::-1] for data in there] == list(here)
    assert chunks.unpack("loss", 1, *there) == one
    assert one == points([(1, 2, 1.0)])


@pytest.mark.parametrize("size", [1, 4096, 4097, 8192, 10_000])
def test_pieces_are_even_and_as_few_as_can_be(size: int) -> None:
    whole = points([(step, 0, 0.0) for step in range(size)])
    pieces = list(chunks.evenly(whole))
    sizes = [len(piece) for piece in pieces]
    assert canonical("loss", pieces) == whole
    assert max(sizes) <= chunks.MOST
    assert len(sizes) == math.ceil(size / chunks.MOST)
    assert all(abs(one - other) <= 1 for one, other in pairwise(sizes))


@pytest.mark.parametrize("blobs", [(b"12345678", b"12345678", b""), (b"1234567",) * 3, (b"",) * 3])
def test_a_chunk_of_another_length_than_its_row_says_is_damaged(blobs: tuple[bytes, bytes, bytes]) -> None:
    with pytest.raises(DamagedChunk, match=r"a chunk of 'loss' is damaged: .* bytes for 1 points"):
        chunks.unpack("loss", 1, *blobs)
