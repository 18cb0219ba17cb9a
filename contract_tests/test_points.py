"""Points: every one of a series, exactly; a series is a set in the order (step, time, value)."""

from __future__ import annotations

import math

import pytest
from contract_tests.many import few, write_each
from contract_tests.marks import needs
from contract_tests.place import Place
from contract_tests.samples import MS, T0, curve, series
from contract_tests.truth import hold_summary

from tracklayer.model import Batch, Points, Run
from tracklayer.spi import Feature

pytestmark = needs(Feature.METRIC_HISTORY)

MOST, LEAST = 2**63 - 1, -(2**63)


def hold_points(place: Place, *rows: tuple[int, int, float]) -> None:
    """Each point (step, time, value) comes back exactly, as the only one of its metric."""
    written = {f"m{number}": Points.of(f"m{number}", [row]) for number, row in enumerate(rows)}
    run = place.run()
    batches = zip(rows, written.values(), strict=True)
    write_each(place, run, {f"(step, time, value) {row}": Batch(points=(points,)) for row, points in batches})
    for row, (key, points) in zip(rows, written.items(), strict=True):
        assert place.points(run, key) == points, f"(step, time, value) {row}"


def test_a_value_is_exact(place: Place) -> None:
    values = [0.0, 1.0, -1.5, 0.1, 1e-300, 5e-324, 1.7976931348623157e308, 2.0**53 + 2, math.pi]
    hold_points(place, *((0, T0, value) for value in values))


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([math.nan], marks=needs(Feature.METRIC_NAN)),
        pytest.param([math.inf, -math.inf], marks=needs(Feature.METRIC_INFINITY)),
    ],
    ids=["nan", "infinity"],
)
def test_a_value_that_is_not_finite_is_exact(place: Place, values: list[float]) -> None:
    hold_points(place, *((0, T0, value) for value in values))


def test_a_step_is_exact(place: Place) -> None:
    hold_points(place, *((step, T0, 0.5) for step in (0, 1, 2**31, 2**53 + 1, MOST)))


@needs(Feature.METRIC_NEGATIVE_STEP)
def test_a_negative_step_is_exact(place: Place) -> None:
    hold_points(place, *((step, T0, 0.5) for step in (-1, -(2**53) - 1, LEAST)))


@needs(Feature.METRIC_TIME)
def test_a_time_is_exact_to_the_nanosecond(place: Place) -> None:
    times = [0, 1, MS - 1, MS, T0, T0 + 1, T0 + 999_999, T0 + 123_456_789, MOST, -1, -T0, LEAST]
    for part in few(times):
        hold_points(place, *((3, time, 0.5) for time in part))


@needs(Feature.METRIC_SAME_STEP, Feature.METRIC_TIME)
def test_a_step_may_have_many_values(place: Place, run: Run) -> None:
    written = series("m", *((7, T0 + number % 3 * MS, number / 8) for number in range(50)))
    place.write(run, points=(written,))
    assert len(written) == 50
    assert place.points(run, "m") == written


@needs(Feature.METRIC_SAME_STEP, Feature.METRIC_TIME)
def test_times_that_differ_by_a_nanosecond_are_two_points(place: Place, run: Run) -> None:
    written = series("m", (0, T0, 1.0), (0, T0 + 1, 1.0), (0, T0 + 2, 1.0))
    place.write(run, points=(written,))
    assert place.points(run, "m") == written


@needs(Feature.METRIC_SAME_STEP, Feature.METRIC_TIME)
def test_times_within_a_tick_of_a_coarse_clock_are_kept_apart_across_writers(place: Place, run: Run) -> None:
    """None of them on a tick: docs/decisions/0004 says what a time on one may meet."""
    orders = {f"m{order}": order for order in [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 1, 0)]}
    for turn in range(3):
        writer = place.again() if turn % 2 else place
        points = [Points.of(key, [(0, T0 + 1 + order[turn], 1.0)]) for key, order in orders.items()]
        writer.write(run, points=tuple(points))
    for key, order in orders.items():
        assert place.points(run, key) == series(key, *((0, T0 + 1 + nanoseconds, 1.0) for nanoseconds in order))


@needs(Feature.METRIC_NAN, Feature.METRIC_INFINITY, Feature.METRIC_NEGATIVE_STEP, Feature.METRIC_SAME_STEP)
def test_all_that_is_odd_at_once(place: Place, run: Run) -> None:
    odd = (math.nan, math.inf, -math.inf, 0.0, 1e308)
    written = series("m", *((step, T0 + step % 2, value) for step in (-5, -1, 0, 3) for value in odd))
    place.write(run, points=(written,))
    assert place.points(run, "m") == written


def test_the_same_batch_twice_is_one(place: Place, run: Run) -> None:
    written = curve("m", 30)
    place.write(run, points=(written,))
    place.write(run, points=(written,))
    place.again().write(run, points=(written, written))
    assert place.points(run, "m") == written
    assert place.read(run).metrics["m"].count in {30, None}


@pytest.mark.parametrize("size", [1, 4, 9, 10])
def test_it_does_not_matter_how_points_are_cut_into_batches(place: Place, run: Run, size: int) -> None:
    written = curve("m", 10)
    parts = [written.cut(start, start + size) for start in range(0, 10, size)]
    for part in reversed(parts):
        place.write(run, points=(part,))
    place.write(run, points=(written.cut(3, 8),))
    assert place.points(run, "m") == written


def test_one_batch_may_hold_parts_of_one_series(place: Place, run: Run) -> None:
    written = curve("m", 30)
    place.write(run, points=(written.cut(20, 30), curve("other", 3), written.cut(0, 20)))
    assert place.points(run, "m") == written
    assert place.points(run, "other") == curve("other", 3)


def test_no_points_make_no_metric(place: Place, run: Run) -> None:
    place.write(run, points=(Points.of("none"),))
    assert place.points(run, "none") == Points.of("none")
    assert place.read(run).metrics == {}


def test_a_metric_that_the_run_does_not_have_has_no_points(place: Place, run: Run) -> None:
    place.write(run, points=(curve("m", 2),))
    assert len(place.points(run, "n")) == 0


def test_10_000_points(place: Place, run: Run) -> None:
    written = curve("m", 10_000)
    place.write(run, points=(written,))
    assert place.points(run, "m") == written


def test_50_metrics(place: Place, run: Run) -> None:
    written = {f"m{number}": curve(f"m{number}", 1 + number) for number in range(50)}
    place.write(run, points=tuple(written.values()))
    read = place.read(run)
    assert read.metrics.keys() == written.keys()
    for points in written.values():
        hold_summary(read, points)
    for key in ("m0", "m12", "m30", "m45", "m49"):
        assert place.points(run, key) == written[key]


def test_points_of_one_run_are_not_another_runs(place: Place, run: Run) -> None:
    other = place.run()
    place.write(run, points=(curve("m", 5),))
    place.write(other, points=(curve("m", 9),))
    assert place.points(run, "m") == curve("m", 5)
    assert place.points(other, "m") == curve("m", 9)


def test_points_are_there_for_another_process(place: Place, run: Run) -> None:
    place.write(run, points=(curve("m", 5),))
    assert place.again().points(run, "m") == curve("m", 5)
