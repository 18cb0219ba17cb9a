"""The digest of a series: the same for the same set, in whatever pages and order it comes."""

from __future__ import annotations

import hashlib
import math
import random
import struct
import tracemalloc
from array import array
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklayer.migrate.proof import series
from tracklayer.migrate.proof.series import Sums, in_order, summed
from tracklayer.model import Points, canonical
from tracklayer.model.points import Row

#: Few steps, times and values, so that points fall together, and the odd ones.
ROWS = st.tuples(
    st.sampled_from([-(2**63), -1, 0, 1, 2, 2**63 - 1]),
    st.sampled_from([0, 1, 2, 10**18]),
    st.sampled_from([0.0, -0.0, 1.0, -1.0, 5e-324, 1e308, math.inf, -math.inf, math.nan]),
)


def paged(rows: list[Row], cuts: list[int]) -> Callable[[], Iterator[Points]]:
    """Reads the rows in pages that end at the cuts; an empty page is one too."""
    ends = [0, *sorted(cut % (len(rows) + 1) for cut in cuts), len(rows)]

    def read() -> Iterator[Points]:
        return (Points.of("m", rows[start:stop]) for start, stop in pairwise(ends))

    return read


@given(
    st.lists(ROWS, max_size=30), st.lists(st.integers(0, 30), max_size=4), st.randoms(), st.sampled_from([1, 3, 100])
)
def test_it_hangs_on_the_set_alone(rows: list[Row], cuts: list[int], chance: random.Random, piece: int) -> None:
    whole = canonical("m", [Points.of("m", rows)])
    mixed = [*rows, *chance.choices(rows, k=3)] if rows else []
    chance.shuffle(mixed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(series, "PIECE", piece)
        patch.setattr(series, "STRIP", 2)
        patch.setattr(series, "BLOCK", 5)
        first = summed(lambda: iter([whole]))
        again = summed(paged(mixed, cuts))
        given_back = [row for block in in_order(paged(mixed, cuts)()) for row in block.rows()]
    assert again.digest == first.digest
    assert again.count == first.count == len(whole)
    assert Points.of("m", given_back) == whole


@given(st.lists(ROWS, max_size=8), st.lists(ROWS, max_size=8))
def test_two_series_have_one_digest_only_when_they_are_equal(left: list[Row], right: list[Row]) -> None:
    one, other = (canonical("m", [Points.of("m", rows)]) for rows in (left, right))
    assert (summed(lambda: [one]).digest == summed(lambda: [other]).digest) == (one == other)


def test_the_digest_is_what_its_description_says() -> None:
    """Anybody can compute it, so it must never change."""
    rows = [(1, 5, 0.5), (2, 6, -0.0), (3, 7, -math.nan)]
    columns = (struct.pack("<3q", 1, 2, 3), struct.pack("<3q", 5, 6, 7), struct.pack("<3d", 0.5, 0.0, math.nan))
    parts = b"".join(hashlib.sha256(column).digest() for column in columns)
    assert summed(lambda: [Points.of("m", rows)]).digest == hashlib.sha256(b"3\n" + parts).hexdigest()


def test_a_long_series_out_of_order_takes_a_fixed_amount_of_memory() -> None:
    size, count = 2_000, 20
    pages = [
        Points(
            key="m",
            steps=array("q", range(start, start + size)),
            times=array("q", [7]) * size,
            values=array("d", range(size)),
        )
        for start in range(0, size * count, size)
    ]
    ordered = summed(lambda: pages)
    mixed = pages[1::2] + pages[::2]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(series, "PIECE", size)
        patch.setattr(series, "BLOCK", 500)
        patch.setattr(series, "STRIP", 50)
        peaks = []
        for _ in range(3):  # other threads of the tests take some too, now and then
            tracemalloc.start()
            again = summed(lambda: mixed)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert (again.digest, again.count) == (ordered.digest, size * count)
    assert (ordered.rising, again.rising) == (True, False)
    assert min(peaks) < 2_000_000, "a series held whole as rows takes 7 MB"


def test_what_is_read_is_read_once_unless_it_is_long() -> None:
    """A page out of order among few asks for nothing again; behind many it begins anew."""
    rows = [(step, 0, 1.0) for step in range(9)]
    pages = [Points.of("m", rows[:4]), Points.of("m", rows[4:8]), Points.of("m", rows[:1])]
    asked = []

    def read() -> Iterator[Points]:
        asked.append(1)
        yield from pages

    assert summed(read).count == 8
    assert len(asked) == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(series, "PIECE", 3)
        assert summed(read).count == 8
    assert len(asked) == 3


def test_sums_go_on_page_by_page() -> None:
    one, two = Sums(), Sums()
    one.add(Points.of("m", [(1, 1, 1.0), (2, 2, 2.0)]))
    for row in ((1, 1, 1.0), (2, 2, 2.0)):
        two.add(Points.of("m", [row]))
    assert one.summed(rising=True) == two.summed(rising=True)
