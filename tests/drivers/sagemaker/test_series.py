"""Metrics: what the console is given, and what of others' series comes back."""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from tests.drivers.sagemaker.conftest import fresh_name

from tracklayer.drivers.sagemaker.aggregates import Group
from tracklayer.drivers.sagemaker.driver import SagemakerDriver
from tracklayer.emulators.sagemaker import SagemakerEmulator
from tracklayer.model import Batch, Points, Run, RunRef
from tracklayer.model.points import Row

Others = Callable[[str], Any]
MINUTE = 60 * 10**9
#: A whole minute of the last hour, in seconds.
NOW = int(time.time()) // 60 * 60 - 1_800


def log(others: Others, run: str, points: list[tuple[float, int | None, int]], key: str = "m") -> None:
    """Points (value, step, seconds), as others log them."""
    data = [
        {"MetricName": key, "Value": value, "Timestamp": seconds} | ({} if step is None else {"Step": step})
        for value, step, seconds in points
    ]
    for start in range(0, len(data), 10):
        answer = others("sagemaker-metrics").batch_put_metrics(
            TrialComponentName=run.lower(), MetricData=data[start : start + 10]
        )
        assert not answer.get("Errors")


def theirs(others: Others) -> str:
    name = fresh_name()
    others("sagemaker").create_trial_component(TrialComponentName=name)
    return name


def rows(driver: SagemakerDriver, run: str, key: str = "m") -> list[Row]:
    page = driver.read_points(RunRef(id=run), key)
    assert page.after is None
    return [row for part in page.items for row in part.rows()]


def test_the_console_gets_what_it_takes(
    driver: SagemakerDriver, emulator: SagemakerEmulator, others: Others, run: Run
) -> None:
    old, soon = (NOW - 366 * 86_400) * 10**9, (NOW + 86_400) * 10**9
    odd = [(-1, 0, 1.0), (0, 0, math.nan), (1, 0, math.inf), (2**31, 0, 1.0)]
    shown = [(2, old, 0.25), (3, soon, 0.5), (2**31 - 1, NOW * 10**9 + 123, 0.75)]
    driver.write(run.ref, Batch(points=(Points.of("Loss/é", odd + shown),)))
    assert emulator.calls.count("BatchPutMetrics") == 1
    (summary,) = others("sagemaker").describe_trial_component(TrialComponentName=run.id)["Metrics"]
    assert (summary["MetricName"], summary["Count"], summary["Last"]) == ("Loss/é", 3, 0.5)
    assert [(step, value) for step, _, value in rows(driver, run.id, "Loss/é")] == [
        (2, 0.25), (3, 0.5), (2**31 - 1, 0.75),
    ]  # fmt: skip


def test_points_that_the_console_does_not_take_are_no_call(
    driver: SagemakerDriver, emulator: SagemakerEmulator, run: Run
) -> None:
    driver.write(run.ref, Batch(points=(Points.of("m", [(-1, 0, 1.0), (0, 0, math.nan)]),)))
    assert emulator.calls.count() == 0


def test_a_series_of_others_with_a_value_a_step_comes_back(driver: SagemakerDriver, others: Others) -> None:
    run = theirs(others)
    log(others, run, [(step / 4, step, NOW + 20 * step) for step in range(30)])
    minutes = [(NOW + 20 * step) // 60 * MINUTE for step in range(30)]
    assert rows(driver, run) == [(step, minutes[step], step / 4) for step in range(30)]
    assert driver.get_run(RunRef(id=run)).approximate["metrics.m"]


def test_two_values_at_a_step_come_back_and_of_more_the_extremes(driver: SagemakerDriver, others: Others) -> None:
    run = theirs(others)
    log(others, run, [(5.0, 0, NOW), (1.0, 0, NOW + 1), (2.0, 1, NOW), (2.0, 1, NOW + 1)])
    log(others, run, [(value, 2, NOW + number) for number, value in enumerate((3.0, 9.0, 1.0, 4.0))])
    found: dict[int, list[float]] = {}
    for step, _, value in rows(driver, run):
        found.setdefault(step, []).append(value)
    assert found == {0: [5.0, 1.0], 1: [2.0], 2: [1.0, 9.0, 4.0]}


def test_points_without_steps_are_numbered_by_their_minutes(driver: SagemakerDriver, others: Others) -> None:
    run = theirs(others)
    log(others, run, [(1.0, None, NOW), (2.0, None, NOW + 60), (3.0, None, NOW + 90), (4.0, None, NOW + 600)])
    begin = NOW * 10**9
    assert rows(driver, run) == [
        (0, begin, 1.0),
        (1, begin + MINUTE, 2.0),
        (2, begin + MINUTE + 1, 3.0),
        (3, begin + 10 * MINUTE, 4.0),
    ]


READINGS = [
    dict(zip(("truncated_keeps", "step_bounds", "axis_end", "axis_times"), reading, strict=True))
    for reading in product(("first", "last"), ("steps", "times"), ("included", "excluded"), ("milliseconds", "seconds"))
]


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: "-".join(reading.values()))
def test_a_truncated_answer_is_asked_for_in_parts(
    driver: SagemakerDriver, emulator: SagemakerEmulator, others: Others, reading: dict[str, str]
) -> None:
    emulator.tune(truncated_at=40, **reading)
    run = theirs(others)
    log(others, run, [(step / 4, step, NOW + 10 * step) for step in range(150)])
    assert rows(driver, run) == [(step, (NOW + 10 * step) // 60 * MINUTE, step / 4) for step in range(150)]


def test_more_steps_in_a_minute_than_an_answer_holds_are_given_as_far_as_can_be(
    driver: SagemakerDriver, emulator: SagemakerEmulator, others: Others
) -> None:
    emulator.tune(truncated_at=5, step_bounds="times")
    run = theirs(others)
    log(others, run, [(step / 4, step, NOW) for step in range(8)])
    assert rows(driver, run) == [(step, rows(driver, run)[0][1], step / 4) for step in range(5)]


@pytest.mark.parametrize("unknown", ["empty", "ValidationError"])
def test_a_metric_that_the_service_does_not_know_has_no_points(
    driver: SagemakerDriver, emulator: SagemakerEmulator, run: Run, unknown: str
) -> None:
    emulator.tune(unknown_metric=unknown)
    assert rows(driver, run.id) == []


def test_metrics_that_lag_are_there_later(driver: SagemakerDriver, emulator: SagemakerEmulator, others: Others) -> None:
    run = theirs(others)
    emulator.tune(metric_lag=3_600)
    log(others, run, [(1.0, 0, NOW)])
    assert rows(driver, run) == []
    emulator.tune(metric_lag=0)
    assert [(step, value) for step, _, value in rows(driver, run)] == [(0, 1.0)]


def test_the_metric_of_a_job_is_asked_for_where_it_is(driver: SagemakerDriver, others: Others, run: Run) -> None:
    log(others, run.id, [(0.5, 0, NOW)])
    (summary,) = others("sagemaker").describe_trial_component(TrialComponentName=run.id)["Metrics"]
    assert summary["SourceArn"].endswith(run.id)
    assert len(rows(driver, run.id)) == 1


@pytest.mark.parametrize(
    ("group", "values"),
    [
        (Group(1.0, 1.0, 1.0, 1), (1.0,)),
        (Group(1.0, 1.0, 2.0, 2), (2.0, 1.0)),
        (Group(2.0, 1.0, 2.0, 2), (1.0, 2.0)),
        (Group(2.0, 2.0, 2.0, 9), (2.0,)),
        (Group(2.0, 1.0, 3.0, 4), (1.0, 3.0, 2.0)),
    ],
)
def test_what_a_group_tells(group: Group, values: tuple[float, ...]) -> None:
    assert group.values() == values


def test_groups_are_put_together() -> None:
    assert Group(1.0, 0.0, 5.0, 2).then(Group(3.0, 3.0, 9.0, 4)) == Group(3.0, 0.0, 9.0, 6)


def test_columns_are_taken_as_they_are(driver: SagemakerDriver, run: Run) -> None:
    points = Points(key="m", steps=array("q", range(3)), times=array("q", [0] * 3), values=array("d", [0.0, 0.5, 1.0]))
    driver.write(run.ref, Batch(points=(points,)))
    assert [value for _, _, value in rows(driver, run.id)] == [0.0, 0.5, 1.0]
