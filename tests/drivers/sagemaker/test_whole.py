"""The driver with all its layers: what does not fit SageMaker comes back exactly, for few calls."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from tests.drivers.sagemaker.conftest import URL, driver_of, fresh_name

from tracklayer.emulators.faults import Fault
from tracklayer.emulators.sagemaker import SagemakerEmulator
from tracklayer.layers.retry import RetryPolicy
from tracklayer.layers.stack import stack
from tracklayer.model import Batch, Dataset, ExperimentDraft, Points, Query, Run, RunDraft, Source, canonical
from tracklayer.spi import Driver, every

Others = Callable[[str], Any]
YEAR_AGO = int((datetime.now(timezone.utc) - timedelta(days=366)).timestamp() * 1e9)


def series(key: str, size: int) -> Points:
    """A learning curve of a year ago, with NaN among its values and steps that occur twice."""
    noise = random.Random(key)  # noqa: S311 -- no secret
    values = array("d", (math.nan if number % 997 == 5 else noise.gauss(0, 1) for number in range(size)))
    steps = array("q", (number - number % 10 // 9 for number in range(size)))
    times = array("q", (YEAR_AGO + number * 1_234_567 for number in range(size)))
    return Points(key=key, steps=steps, times=times, values=values)


def read(driver: Driver, run: Run, key: str) -> Points:
    return canonical(key, list(every(partial(driver.read_points, run.ref, key))))


def test_a_run_beyond_all_that_sagemaker_holds_comes_back_exactly(layers: Driver, emulator: SagemakerEmulator) -> None:
    made = layers.create_experiment(ExperimentDraft(name=f"Beyond {uuid4().hex}"))
    run = layers.create_run(
        made.ref,
        RunDraft(
            token=uuid4().hex,
            name="All at once 🚀",
            started=datetime(1999, 12, 31, 23, 59, 59, 123_456, tzinfo=timezone.utc),
            source=Source(commit="4f1c", branch="main", dirty=True, command="python train.py " + "--x=1 " * 400),
            description="two\nlines" * 900,
            user="ada",
        ),
    )
    params: dict[str, Any] = {f"layer/{number}/units": number for number in range(396)}
    params |= {"long": "x" * 10_000, "flag": True, "rate": 0.1, "none": math.nan}
    tags = {"note": "a (b), {c}", "lines": "a\nb", **{f"t{number}": "x" for number in range(70)}}
    inputs = (Dataset(name="digits", digest="ab12", source="s3://b/digits", context="train"),)
    curves = {f"m{number}": series(f"m{number}", 10_000) for number in range(20)}
    layers.write(run.ref, Batch(params=params, tags=tags, inputs=inputs))
    emulator.calls.clear()
    layers.write(run.ref, Batch(points=tuple(curves.values())))
    assert emulator.calls.count("BatchPutMetrics") <= 20 * 102
    other = stack(driver_of(URL))
    found = other.get_run(run.ref)
    assert len(found.params) == 400
    assert {key: value for key, value in found.params.items() if key != "none"} == {
        key: value for key, value in params.items() if key != "none"
    }
    assert math.isnan(float(found.params["none"]))
    assert all(type(found.params[key]) is type(value) for key, value in params.items())
    assert found.tags == tags
    assert found.inputs == inputs
    assert (found.name, found.started, found.source, found.description, found.user) == (
        run.name, run.started, run.source, run.description, run.user,
    )  # fmt: skip
    for key, curve in curves.items():
        assert read(other, run, key) == canonical(key, [curve])
        assert found.metrics[key].last_step == 9_999 - 1
    assert found.approximate == {}
    (listed,) = other.list_runs(Query(experiments=(made.ref,))).items
    assert listed.model_dump_json() == found.model_dump_json()  # where NaN is itself
    other.close()


def test_1000_points_take_100_calls_and_a_constant_number_of_others(
    layers: Driver, emulator: SagemakerEmulator
) -> None:
    made = layers.create_experiment(ExperimentDraft(name=fresh_name()))
    others_of: list[int] = []
    for size in (1_000, 100):
        run = layers.create_run(made.ref, RunDraft(token=uuid4().hex))
        points = Points.of("loss", [(step, YEAR_AGO + step, step / 4) for step in range(size)])
        emulator.calls.clear()
        layers.write(run.ref, Batch(points=(points,)))
        assert emulator.calls.count("BatchPutMetrics") == size / 10
        others_of.append(emulator.calls.count() - size // 10)
        assert read(layers, run, "loss") == points
    assert others_of[0] == others_of[1] <= 3


def test_a_list_of_runs_with_values_beside_them_costs_no_call_a_run(
    layers: Driver, emulator: SagemakerEmulator
) -> None:
    made = layers.create_experiment(ExperimentDraft(name=fresh_name()))
    runs = {}
    for number in range(6):
        run = layers.create_run(made.ref, RunDraft(token=uuid4().hex, description="two\nlines", user="ada"))
        layers.write(run.ref, Batch(params={"odd": "a\nb", "n": number}, tags={"why": "(it) was, said"}))
        layers.write(run.ref, Batch(points=tuple(Points.of(f"m{key}", [(0, 1, 0.5)]) for key in range(20))))
        runs[run.id] = layers.get_run(run.ref)
    emulator.calls.clear()
    found = layers.list_runs(Query(experiments=(made.ref,), page_size=100)).items
    assert {run.id: run for run in found} == runs
    assert dict(emulator.calls.counts()) == {"sagemaker.Search": 1, "sagemaker.ListTrialComponents": 1}


def test_points_that_others_add_to_our_run_are_read_too_and_said_to_be_approximate(
    layers: Driver, others: Others
) -> None:
    made = layers.create_experiment(ExperimentDraft(name=fresh_name()))
    run = layers.create_run(made.ref, RunDraft(token=uuid4().hex))
    ours = Points.of("loss", [(step, YEAR_AGO + step, step / 4) for step in range(5)])
    layers.write(run.ref, Batch(points=(ours,)))
    now = int(datetime.now(timezone.utc).timestamp())
    theirs = [{"MetricName": "loss", "Step": 7, "Value": 9.0, "Timestamp": now}]
    others("sagemaker-metrics").batch_put_metrics(TrialComponentName=run.id, MetricData=theirs)
    found = read(layers, run, "loss")
    assert found.cut(0, 5) == ours
    assert list(zip(found.steps, found.values, strict=True))[5:] == [(7, 9.0)]
    assert "6 points are counted" in layers.get_run(run.ref).approximate["metrics.loss"]


@pytest.mark.parametrize("kind", ["drop-before", "drop-after", "reset", "answer"])
def test_a_service_that_fails_now_and_then_loses_nothing(emulator: SagemakerEmulator, kind: Any) -> None:
    driver = stack(driver_of(URL), retry=RetryPolicy(sleep=lambda _: None))
    made = driver.create_experiment(ExperimentDraft(name=fresh_name()))
    points = Points.of("loss", [(step, YEAR_AGO + step, step / 4) for step in range(40)])
    names = ("CreateTrialComponent", "AssociateTrialComponent", "UpdateTrialComponent", "AddTags", "BatchPutMetrics")
    emulator.fault(*(Fault(name, kind, times=2) for name in (*names, "s3.PutObject", "DescribeTrialComponent")))
    run = driver.create_run(made.ref, RunDraft(token=uuid4().hex, name="n", tags={"t": "x" * 400}))
    driver.write(run.ref, Batch(params={"p": "x" * 9_000}, tags={"u": "y"}, points=(points,), status="finished"))
    emulator.faults.clear()
    found = driver.get_run(run.ref)
    assert (found.params, found.tags, found.status) == ({"p": "x" * 9_000}, {"t": "x" * 400, "u": "y"}, "finished")
    assert read(driver, run, "loss") == points
    assert driver.list_runs(Query(experiments=(made.ref,))).items == (found,)
    driver.close()


def test_a_service_that_throttles_is_waited_for(emulator: SagemakerEmulator) -> None:
    waited: list[float] = []
    driver = stack(driver_of(URL), retry=RetryPolicy(attempts=20, sleep=waited.append))
    made = driver.create_experiment(ExperimentDraft(name=fresh_name()))
    throttled = Fault("AssociateTrialComponent", "answer", 7, 400, "ThrottlingException", "Rate exceeded")
    emulator.fault(throttled)
    run = driver.create_run(made.ref, RunDraft(token=uuid4().hex))
    assert driver.list_runs(Query(experiments=(made.ref,))).items == (run,)
    assert waited
    driver.close()


def test_a_lag_of_the_index_and_of_metrics_is_not_seen_in_what_was_written(
    layers: Driver, emulator: SagemakerEmulator
) -> None:
    emulator.tune(search_lag=600, metric_lag=600)
    made = layers.create_experiment(ExperimentDraft(name=fresh_name()))
    run = layers.create_run(made.ref, RunDraft(token=uuid4().hex, tags={"t": "x"}))
    points = Points.of("loss", [(step, YEAR_AGO, 0.5) for step in range(5)])
    layers.write(run.ref, Batch(points=(points,), params={"p": 1}))
    found = layers.get_run(run.ref)
    assert found.metrics["loss"].last_step == 4
    assert found.approximate == {}
    assert read(layers, run, "loss") == points
    assert layers.list_runs(Query(experiments=(made.ref,))).items == (found,)
