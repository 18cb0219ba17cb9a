"""The points of what is shown: read when they are asked for, and no others; thinned without losing what counts."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from tests.compare import nasty
from tests.compare.calls import counted, listen
from tests.compare.nasty import Logged, even

import tracklayer as tl
from tracklayer.compare import Series, align
from tracklayer.compare import histories as module
from tracklayer.compare.thinning import thinned
from tracklayer.model import Points
from tracklayer.spi import Page


def wave(count: int) -> list[float]:
    """A curve with one peak, one dip, and a stretch of NaN."""
    values = [math.sin(at / 40) for at in range(count)]
    values[count // 3], values[count // 2] = 9.0, -9.0
    values[-count // 4 : -count // 5] = [math.nan] * len(values[-count // 4 : -count // 5])
    return values


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"local:{tmp_path_factory.mktemp('histories') / 'store.db'}"
    nasty.log(
        url,
        [
            Logged("long", {}, {"loss": even(*wave(5_000)), "acc": even(0.5, 0.6), "once": even(1.0)}),
            Logged("short", {}, {"loss": even(1.0, 0.5), "acc": even(0.7)}),
        ],
    )
    return url


def by_run(found: tl.Comparison, series: tuple[Series, ...]) -> dict[str, Series]:
    return {found.rows[one.row].name: one for one in series}


def test_only_what_is_shown_is_read_and_what_is_known_already_is_not(
    place: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = tl.compare(place)
    listen(caplog)
    assert len(found.histories(["loss"]).series) == 2
    assert counted(caplog) == {"read_points": 2, "get_sidecars": 2}
    listen(caplog)
    (once,) = found.histories(["once"]).series
    assert (list(once.values), list(once.steps), once.count) == ([1.0], [0], 1)
    long = next(index for index, row in enumerate(found.rows) if row.name == "long")
    (acc,) = found.histories(["acc"], [long]).series
    assert (acc.row, list(acc.values)) == (long, [0.5, 0.6])
    assert counted(caplog) == {"read_points": 1, "get_sidecars": 1}
    listen(caplog)
    assert len(found.histories(["loss", "acc"]).series) == 4
    assert counted(caplog) == {"read_points": 3, "get_sidecars": 2}  # a look a run at what is kept beside it


def test_a_long_curve_is_thinned_and_says_so(place: str) -> None:
    found = tl.compare(place)
    histories = found.histories(["loss"], most=100)
    curves = by_run(found, histories.series)
    long, short = curves["long"], curves["short"]
    assert (long.thinned, long.count, len(long.steps)) == (True, 5_000, 100)
    assert (short.thinned, short.count, list(short.values)) == (False, 2, [1.0, 0.5])
    assert {9.0, -9.0} < set(long.values)
    assert any(map(math.isnan, long.values))
    assert (long.steps[0], long.steps[-1]) == (0, 4_999)
    assert list(long.steps) == sorted(long.steps)
    assert len(long.steps) == len(long.times) == len(long.values) == len(long.relative)
    assert histories.note == "1 of 2 curves are thinned to at most 100 points by MinMaxLTTB (tsdownsample)"


def test_all_points_are_given_when_they_are_asked_for(place: str) -> None:
    found = tl.compare(place)
    histories = found.histories(["loss"], most=None)
    long = by_run(found, histories.series)["long"]
    assert (len(long.steps), long.thinned, histories.note) == (5_000, False, None)


def test_a_curve_that_is_thinned_while_it_is_read_keeps_its_count_and_its_extremes(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []

    def noted(points: Points, most: int) -> Points:
        held.append(len(points))
        return thinned(points, most)

    def paged(_self: object, _run: object, key: str, after: str | None = None) -> object:
        start = int(after or 0)
        stop = min(start + 100, 5_000)
        part = Points.of(key, [(step, step, value) for step, value in enumerate(wave(5_000))][start:stop])
        return Page((part,), str(stop) if stop < 5_000 else None)

    found = tl.compare(place)
    monkeypatch.setattr("tracklayer.drivers.local.driver.LocalDriver.read_points", paged)
    monkeypatch.setattr(module, "thinned", noted)
    monkeypatch.setattr(module, "BLOCK", 500)
    long = by_run(found, found.histories(["loss"], most=50).series)["long"]
    assert (long.thinned, long.count, len(long.steps)) == (True, 5_000, 50)
    assert {9.0, -9.0} < set(long.values)
    assert max(held) == 500  # never more than a block, nor the whole at the end


def test_a_curve_comes_from_another_copy_where_the_first_is_not_to_be_had(place: str, tmp_path: Path) -> None:
    copy = f"local:{tmp_path / 'copy.db'}"
    tl.migrate(place, copy)
    found = tl.compare([place, copy])
    gone = f"local:{tmp_path / 'gone.db'}"
    moved = [
        [held.model_copy(update={"place": gone if held.place == place else copy}) for held in row.copies]
        for row in found.rows
    ]
    both = found.model_copy(update={"rows": align(held for copies in moved for held in copies)})
    assert len(both.histories(["loss"]).series) == 2
    alone = found.model_copy(update={"rows": align(copies[0] for copies in moved)})
    histories = alone.histories(["loss", "once"])
    assert [series.metric for series in histories.series] == ["once"]  # its one point came with the run
    assert {(failure.row, failure.metric) for failure in histories.failures} == {(0, "loss"), (1, "loss")}
    assert all("there is no store" in failure.reason for failure in histories.failures)


def test_a_place_that_cannot_even_be_connected_to_is_told_of_for_each_of_its_series(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = tl.compare(place)

    def missing(_url: str) -> tl.Client:
        raise tl.DriverMissing("local: needs a package", "pip install x")

    monkeypatch.setattr(module, "connect", missing)
    histories = found.histories(["loss"])
    assert histories.series == ()
    assert [failure.reason for failure in histories.failures] == [
        "local: needs a package; install it with: pip install x"
    ] * 2


def test_seconds_are_counted_from_the_start_or_from_the_first_point() -> None:
    points = Points.of("x", [(0, 3_000_000_000, 1.0), (1, 2_000_000_000, 2.0)])
    series = Series(0, "x", points.steps, points.times, points.values, 2, thinned=False)
    assert list(series.relative) == [1.0, 0.0]
    started = Series(0, "x", points.steps, points.times, points.values, 2, thinned=False, started=500_000_000)
    assert list(started.relative) == [2.5, 1.5]


def test_what_cannot_be_read_is_refused(place: str) -> None:
    with pytest.raises(tl.InvalidInput, match="has no metric 'los'; it has: acc, loss, once"):
        tl.compare(place).histories(["los"])
    with pytest.raises(tl.InvalidInput, match="most must be 10 points or more, or None for all, not 9"):
        tl.compare(place).histories(["loss"], most=9)


@pytest.mark.parametrize("values", [[math.nan] * 50, [math.nan, math.inf] * 25, [1.0] * 50])
def test_curves_of_nothing_but_gaps_or_of_one_level_are_thinned(values: list[float]) -> None:
    points = Points.of("x", [(at, at, value) for at, value in enumerate(values)])
    few = thinned(points, 10)
    assert 1 <= len(few) <= 10
    assert few.steps[0] == 0
