"""NaN twice: a server refuses it (tried here too), the driver does not."""

from __future__ import annotations

import math
from functools import partial

import pytest
from contract_tests.servers.recorder import Answer, Recorder

from tracklayer.drivers.mlflow import MlflowDriver
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.errors import Conflict, NotFound, Rejected, Unavailable
from tracklayer.model import Batch, Points, RunRef, canonical
from tracklayer.spi import Bound, every

NAN = float("nan")
MS = 1_000_000


def series(driver: MlflowDriver, run: RunRef, key: str = "m") -> Points:
    return canonical(key, list(every(partial(driver.read_points, run, key))))


def test_a_server_refuses_nan_twice_and_keeps_the_params_beside_it(rest: Rest, run: RunRef) -> None:
    """If this fails, the server has learnt it, and `points.py` may go some day."""
    nan = {"key": "m", "value": "NaN", "timestamp": 1, "step": 0}
    body = {"run_id": run.id, "metrics": [nan]}
    rest.call("POST", "runs/log-batch", dict, body=body)
    with pytest.raises(Rejected, match="BAD_REQUEST"):
        rest.call("POST", "runs/log-batch", dict, body={**body, "params": [{"key": "p", "value": "1"}]})
    kept = rest.call("GET", "runs/get", dict, query={"run_id": run.id})["run"]["data"]
    assert kept["params"] == [{"key": "p", "value": "1"}]


def test_a_batch_with_nan_twice_is_once(driver: MlflowDriver, recorder: Recorder, run: RunRef) -> None:
    points = Points.of("m", [(0, MS, NAN), (1, MS, 0.0), (1, MS, NAN), (2, MS, 0.5)])
    batch = Batch(params={"p": "1"}, tags={"t": "1"}, points=(points, Points.of("n", [(0, MS, NAN)])))
    for _ in range(3):
        driver.write(run, batch)
    assert series(driver, run) == points
    assert len(series(driver, run, "n")) == 1
    read = driver.get_run(run)
    assert (read.params, read.tags["t"]) == ({"p": "1"}, "1")
    assert [seen.status for seen in recorder.seen if seen.path.endswith("log-batch")] == [200, 400, 200, 400, 200]


def test_nan_twice_in_one_batch_is_once(driver: MlflowDriver, run: RunRef) -> None:
    points = Points.of("m", [(0, MS, NAN), (0, MS, NAN)])
    driver.write(run, Batch(points=(points, points)))
    assert len(series(driver, run)) == 1


def test_nan_and_numbers_that_are_new_are_added(driver: MlflowDriver, run: RunRef) -> None:
    driver.write(run, Batch(points=(Points.of("m", [(0, MS, NAN)]),)))
    driver.write(run, Batch(points=(Points.of("m", [(0, MS, NAN), (0, 2 * MS, NAN), (1, MS, NAN), (0, MS, 1.0)]),)))
    read = series(driver, run)
    assert [(step, time // MS, math.isnan(value)) for step, time, value in read.rows()] == [
        (0, 1, False),
        (0, 1, True),
        (0, 2, True),
        (1, 1, True),
    ]


def test_a_history_is_searched_to_its_end(driver: MlflowDriver, run: RunRef, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracklayer.drivers.mlflow.points.PAGE", 10)
    early = Points.of("m", [(step, step * MS, 0.5) for step in range(95)] + [(95, 95 * MS, NAN)])
    driver.write(run, Batch(points=(early,)))
    driver.write(run, Batch(points=(early,)))
    assert series(driver, run) == early


def test_another_fault_of_a_batch_with_nan_is_told(driver: MlflowDriver, recorder: Recorder, run: RunRef) -> None:
    points = (Points.of("m", [(0, MS, NAN)]),)
    driver.write(run, Batch(params={"p": "1"}))
    with pytest.raises(Conflict, match="'p'"):
        driver.write(run, Batch(params={"p": "2"}, points=points))
    recorder.inject("POST", "runs/log-batch", Answer(503))
    with pytest.raises(Unavailable):
        driver.write(run, Batch(points=points))
    with pytest.raises(NotFound):
        driver.write(RunRef(id="0" * 32), Batch(points=points))
    assert len(series(driver, run)) == 0


# -- histories


def test_a_history_comes_in_pages(driver: MlflowDriver, run: RunRef) -> None:
    whole = Points.of("m", [(step % 40, step * MS, step / 7) for step in range(100)])
    driver.write(run, Batch(points=(whole,)))
    few = driver.traits.limits.model_copy(update={"points_per_page": Bound(most=30, source="this test")})
    driver.traits = driver.traits.model_copy(update={"limits": few})
    sizes: list[int] = []
    after = None
    while len(sizes) < 9:
        page = driver.read_points(run, "m", after)
        sizes.append(len(page.items[0]))
        after = page.after
        if after is None:
            break
    assert sizes == [30, 30, 30, 10]
    assert series(driver, run) == canonical("m", [whole])


def test_no_points_are_asked_about_once(driver: MlflowDriver, recorder: Recorder, run: RunRef) -> None:
    """The history of a run that is not there is an empty one, so the run is asked for then, and only then."""
    driver.write(run, Batch(points=(Points.of("m", [(0, MS, 0.5)]),)))
    recorder.clear()
    assert len(series(driver, run)) == 1
    assert len(recorder.seen) == 1
    assert len(series(driver, run, "never")) == 0
    assert [seen.path.rpartition("/")[2] for seen in recorder.seen[1:]] == ["get-history", "get"]
    with pytest.raises(NotFound):
        driver.read_points(RunRef(id="0" * 32), "m")


def test_the_widest_points_come_back(driver: MlflowDriver, run: RunRef) -> None:
    last = (2**63 - 1) // MS * MS
    values = (5e-324, -5e-324, 1.7976931348623157e308, -1.7976931348623157e308, 0.1, 2**53 + 1.0)
    rows = [(step, time, value) for step in (-(2**63), -1, 0, 2**63 - 1) for time in (0, last) for value in values]
    driver.write(run, Batch(points=(Points.of("m", rows),)))
    assert series(driver, run) == canonical("m", [Points.of("m", rows)])


def test_the_summary_is_the_last_point(driver: MlflowDriver, run: RunRef) -> None:
    rows = [(5, 2 * MS, 0.5), (5, MS, 9.0), (5, 2 * MS, 0.25), (4, 3 * MS, 7.0)]
    driver.write(run, Batch(points=(Points.of("m", rows),)))
    summary = driver.get_run(run).metrics["m"]
    assert (summary.last, summary.last_step, summary.last_time) == (0.5, 5, 2 * MS)
    assert (summary.min, summary.max, summary.count) == (None, None, None)
