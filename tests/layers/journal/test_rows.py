"""Rows, read many at a time: the same as one by one, whatever stands between them, and only while they are whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklayer.layers.journal.frames import HEAD, Kind, head
from tracklayer.layers.journal.rows import FIXED, MANY, Gathered, Rows, take_rows
from tracklayer.layers.journal.shape import row_layout
from tracklayer.model import Points

Row = tuple[int, int, int, tuple[float, ...]]


def written(rows: Sequence[Row]) -> bytes:
    """As `Writer` lays them down: (shape, step, time, values)."""
    data = b""
    for number, step, time, values in rows:
        start = head(Kind.ROW, FIXED + 8 * len(values))
        body = row_layout(len(values)).pack(start, number, step, time, *values)
        data += body + crc32(body).to_bytes(4, "little")
    return data


def read(data: bytes, metrics: int, *, trusted: bool) -> tuple[dict[int, list[Row]], int]:
    """The rows by shape, and where they end."""
    gathered: Gathered = {}
    stop, records = take_rows(memoryview(data), 0, metrics, gathered, trusted=trusted)
    found = {
        number: [
            (number, step, time, tuple(values))
            for step, time, *values in zip(rows.steps, rows.times, *rows.columns, strict=True)
        ]
        for (number, _), rows in gathered.items()
    }
    assert sum(map(len, found.values())) == records
    return found, stop


runs = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3 * MANY)), max_size=8)


@given(runs, st.integers(1, 3), st.booleans())
def test_runs_of_any_shapes_and_lengths(lengths: list[tuple[int, int]], metrics: int, trusted: bool) -> None:
    numbers = [number for number, length in lengths for _ in range(length)]
    rows = [
        (number, step - 5, step * 1000, tuple(step + place / 4 for place in range(metrics)))
        for step, number in enumerate(numbers)
    ]
    data = written(rows)
    found, stop = read(data, metrics, trusted=trusted)
    assert stop == len(data)
    assert found == {number: [row for row in rows if row[0] == number] for number, _ in groupby(sorted(set(numbers)))}


@pytest.mark.parametrize("broken", [0, 1, MANY - 1, MANY, 5 * MANY, 10 * MANY - 1])
@pytest.mark.parametrize("metrics", [1, 4])
def test_no_further_than_they_are_whole(broken: int, metrics: int) -> None:
    rows = [(7, step, step, (0.5,) * metrics) for step in range(10 * MANY)]
    data = bytearray(written(rows))
    size = len(data) // len(rows)
    data[broken * size + HEAD.size + 9] ^= 0x10
    found, stop = read(bytes(data), metrics, trusted=False)
    assert stop == broken * size
    assert found.get(7, []) == rows[:broken]


@pytest.mark.parametrize("trusted", [True, False])
def test_up_to_a_record_of_another_kind_or_width(trusted: bool) -> None:
    rows = [(1, step, step, (0.5,)) for step in range(3 * MANY)]
    data = written(rows)
    for behind in (written([(2, 0, 0, (1.0, 2.0))]), b"\0" * 200, data[: len(data) // 2 + 3]):
        found, stop = read(data + behind, 1, trusted=trusted)
        assert found[1][: len(rows)] == rows
        assert stop >= len(data)
    assert read(data + written([(2, 0, 0, (1.0, 2.0))]), 1, trusted=trusted)[1] == len(data)


def test_they_are_a_series_for_each_metric() -> None:
    rows = Rows(2)
    for step, value in ((1, 0.1), (2, 0.2)):
        rows.steps.append(step)
        rows.times.append(step * 10)
        rows.columns[0].append(value)
        rows.columns[1].append(math.nan)
    assert rows.points(["a", "b"]) == [
        Points.of("a", [(1, 10, 0.1), (2, 20, 0.2)]),
        Points.of("b", [(1, 10, math.nan), (2, 20, math.nan)]),
    ]
