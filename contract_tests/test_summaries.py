"""Summaries: a metric in short, on the run itself; what is not exact says so."""

from __future__ import annotations

import math

import pytest
from contract_tests.marks import needs
from contract_tests.place import Place
from contract_tests.samples import MS, T0, curve, series
from contract_tests.truth import hold_summary

from tracklayer.model import Points, Run
from tracklayer.spi import Feature


def test_a_curve(place: Place, run: Run) -> None:
    place.write(run, points=(curve("m", 60),))
    hold_summary(place.read(run), curve("m", 60))
    assert place.read(run).metrics["m"].last == 1 / 60


def test_the_last_is_the_one_with_the_highest_step(place: Place, run: Run) -> None:
    place.write(run, points=(series("m", (9, T0, 0.9)),))
    place.write(run, points=(series("m", (4, T0 + MS, 0.4)),))
    hold_summary(place.read(run), series("m", (4, T0 + MS, 0.4), (9, T0, 0.9)))


@needs(Feature.METRIC_SAME_STEP, Feature.METRIC_TIME)
@pytest.mark.parametrize("rows", [[(9, T0, 5.0), (9, T0 + MS, 1.0)], [(9, T0, 5.0), (9, T0, 7.0), (9, T0, 6.0)]])
def test_at_one_step_the_latest_is_last_then_the_highest(
    place: Place, run: Run, rows: list[tuple[int, int, float]]
) -> None:
    for row in rows:
        place.write(run, points=(Points.of("m", [row]),))
    hold_summary(place.read(run), series("m", *rows))


@needs(Feature.METRIC_NEGATIVE_STEP)
def test_negative_steps(place: Place, run: Run) -> None:
    rows = [(-9, T0 + MS, 1.0), (-1, T0, 2.0)]
    place.write(run, points=(Points.of("m", rows),))
    hold_summary(place.read(run), series("m", *rows))


@needs(Feature.METRIC_NAN)
@pytest.mark.parametrize("values", [[math.nan], [1.0, math.nan], [math.nan, 1.0], [math.nan, 3.0, math.nan, 2.0]])
def test_nan_takes_no_part_in_least_and_most(place: Place, run: Run, values: list[float]) -> None:
    rows = [(step, T0 + step * MS, value) for step, value in enumerate(values)]
    place.write(run, points=(Points.of("m", rows),))
    hold_summary(place.read(run), series("m", *rows))


@needs(Feature.METRIC_INFINITY)
@pytest.mark.parametrize("values", [[math.inf], [-math.inf, 1.0], [1.0, math.inf]])
def test_infinity_is_itself(place: Place, run: Run, values: list[float]) -> None:
    rows = [(step, T0 + step * MS, value) for step, value in enumerate(values)]
    place.write(run, points=(Points.of("m", rows),))
    hold_summary(place.read(run), series("m", *rows))


def test_every_metric_is_on_the_run_in_a_list_too(place: Place) -> None:
    run = place.run(place.home)
    place.write(run, points=(curve("a", 3), curve("b/c", 5), curve("🚀", 1)))
    (listed,) = place.runs(place.home)
    assert listed.metrics.keys() == {"a", "b/c", "🚀"}
    assert listed.metrics == place.read(run).metrics
