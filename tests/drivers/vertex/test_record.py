from __future__ import annotations

import math

import pytest

from tracklayer.drivers.vertex import record
from tracklayer.drivers.vertex.record import Record, Series
from tracklayer.model import Points


def test_a_record_is_put_beside_what_is_there_and_read_back() -> None:
    kept = Record(
        token="t",
        name="ü",
        tags={"a": ""},
        own={"tracklayer.made": "{}"},
        ints=["n"],
        numbers={"x": "nan"},
        away=["b-"],
    )
    metadata = record.put({"_params": {"a": 1.0}, "other": True}, kept)
    assert record.read(metadata) == kept
    assert metadata["other"] is True
    assert metadata["_tl"]["v"] == 1


@pytest.mark.parametrize("damaged", [None, {}, {"_tl": None}, {"_tl": 1}, {"_tl": {"token": 1}}, {"_tl": []}])
def test_what_is_no_record_is_an_empty_one(damaged: dict[str, object] | None) -> None:
    assert record.read(damaged or {}) == Record()


def test_a_later_record_is_read_as_far_as_it_is_known() -> None:
    assert record.read({"_tl": {"v": 2.0, "token": "t", "new": [1]}}).token == "t"


@pytest.mark.parametrize(
    ("key", "size", "kept"),
    [
        ("v-1", 1_500, True),
        ("v-1", 1_501, False),
        ("p-1", 0, True),
        ("b-1", 1, False),
        ("m-1", 1, False),
        ("x", 1, False),
    ],
)
def test_small_sidecars_of_values_and_pages_are_kept_in_the_metadata(key: str, size: int, kept: bool) -> None:
    assert record.holds(record.put({}, Record()), key, b"x" * size) == kept


def test_the_metadata_keep_so_many_sidecars_and_no_more_than_there_is_room_for() -> None:
    many = Record(beside={f"v-{number}": "" for number in range(record.MOST_KEPT)})
    assert not record.holds(record.put({}, many), "v-new", b"x")
    assert record.holds(record.put({}, many), "v-1", b"x")
    assert not record.holds({"_params": {"a": "x" * record.ROOM}}, "v-new", b"x")


def test_sidecars_come_back_and_damaged_ones_are_left_out() -> None:
    kept = Record(beside={"v-1": record.encoded(b"\x00\xff"), "p-1": record.encoded(b""), "v-2": "no base64!"})
    assert record.beside(kept) == {"v-1": b"\x00\xff", "p-1": b""}
    assert record.beside(kept, "p-") == {"p-1": b""}


@pytest.mark.parametrize(
    ("away", "prefix", "elsewhere"),
    [
        ([], "", False),
        (["b-"], "", True),
        (["b-"], "b-abc-", True),
        (["b-"], "v-", False),
        (["*"], "v-", True),
        (["p-"], "p", True),
    ],
)
def test_storage_is_asked_only_for_what_may_be_there(away: list[str], prefix: str, elsewhere: bool) -> None:
    assert record.elsewhere(Record(away=away), prefix) == elsewhere


def points(*rows: tuple[int, int, float]) -> Points:
    return Points.of("m", rows)


@pytest.mark.parametrize(
    "rows",
    [
        [(0, 0, 0.0)],
        [(2**63 - 1, -(2**63), -1.5)],
        [(1, 1, math.inf), (0, 2, -math.inf)],
        [(-5, 1, 1e-320), (-4, 0, 0.1)],
    ],
)
def test_a_series_in_short_is_exact_as_text(rows: list[tuple[int, int, float]]) -> None:
    one = Series.of(points(*rows))
    assert Series.read(one.text()) == one


def test_nan_takes_no_part_in_least_and_most() -> None:
    one = Series.read(Series.of(points((0, 0, math.nan))).text())
    assert one is not None
    assert (math.isnan(one.last), one.least, one.greatest, one.count) == (True, None, None, 1)
    assert (one.summary().min, one.summary().max) == (None, None)


@pytest.mark.parametrize("text", ["", "1 2 3", "a b c d e f g", "1 2 3 4 5 6 7 8", "1 2 x - - - m"])
def test_what_is_no_series_is_left_out(text: str) -> None:
    assert Series.read(text) is None
    assert record.series(Record(points={"m": text})) == {}


def test_series_are_joined_in_any_order() -> None:
    early, late = Series.of(points((0, 10, 5.0), (1, 11, 1.0))), Series.of(points((2, 5, 3.0)))
    for one in (early.joined(late), late.joined(early)):
        assert (one.step, one.time, one.last, one.least, one.greatest, one.count) == (2, 5, 3.0, 1.0, 5.0, 3)


def test_a_mark_tells_points_from_others() -> None:
    assert record.mark(points((0, 1, 2.0))) == record.mark(points((0, 1, 2.0)))
    assert record.mark(points((0, 1, 2.0))) != record.mark(points((0, 1, 2.5)))
