"""Metrics: with a TensorBoard as time series, without one as a value each."""

from __future__ import annotations

import math
from array import array
from functools import partial
from typing import Any

import pytest
from tests.drivers.vertex.conftest import STORE, URL, Opener, Raw, charts, experiment, run, whole

from tracklayer.drivers.vertex.driver import VertexDriver
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.vertex import VertexEmulator
from tracklayer.errors import InvalidInput, NotFound, Rejected, Unavailable
from tracklayer.model import Batch, Points, Run, canonical
from tracklayer.spi import Driver, every

T0 = 1_772_600_767_000_000_000
MS = 1_000_000


def curve(key: str, size: int, first: int = 0) -> Points:
    steps = range(first, first + size)
    return Points(key=key, steps=array("q", steps), times=array("q", (T0 + s * MS for s in steps)), values=[0.5] * size)


def read(driver: Driver, made: Run, key: str) -> Points:
    return canonical(key, list(every(partial(driver.read_points, made.ref, key))))


def series(raw: Raw, made: Run) -> dict[str, Any]:
    link = raw("GET", f"{STORE}/artifacts/{made.id}-tb-run")
    found = raw("GET", f"{link['metadata']['resourceName']}/timeSeries")
    return {one["displayName"]: one for one in found["tensorboardTimeSeries"]}


def test_points_are_time_series_tied_to_the_run_as_the_sdk_does_it(charted: VertexDriver, raw: Raw) -> None:
    home = experiment(charted, name="abcd")
    made = run(charted, home, name="Run 1")
    rows = [(-3, T0, 0.5), (0, 0, math.nan), (2, T0 + MS, math.inf), (2**62, T0, -math.inf)]
    charted.write(made.ref, Batch(points=(Points.of("a/b 🚀", rows),)))
    assert read(charted, made, "a/b 🚀") == Points.of("a/b 🚀", rows)
    link = raw("GET", f"{STORE}/artifacts/{made.id}-tb-run")
    shown = raw.context(made.id)["displayName"]
    assert link["schemaTitle"] == "google.VertexTensorboardRun"
    assert link["metadata"]["vertex_experiment_tracking"] is True
    assert link["metadata"]["resourceName"].endswith(f"/experiments/abcd/runs/{shown}")
    assert raw("GET", link["metadata"]["resourceName"])["displayName"] == shown
    assert list(series(raw, made)) == ["a/b 🚀"]
    board = raw.context("abcd")["metadata"]["backing_tensorboard_resource"]
    assert link["metadata"]["resourceName"].startswith(board)


def test_writing_100000_points_of_20_keys_costs_at_most_25_writes(
    charted: VertexDriver, emulator: VertexEmulator
) -> None:
    layers = whole(charted)
    made = run(layers)
    emulator.calls.clear()
    layers.write(made.ref, Batch(points=tuple(curve(f"m{number}", 5_000) for number in range(20))))
    assert emulator.calls.count("WriteTensorboardRunData") <= 25
    assert emulator.calls.count("UpdateContext") <= 30
    assert emulator.calls.count(service="aiplatform") <= 70
    assert len(read(layers, made, "m7")) == 5_000


def test_a_second_write_costs_two_calls(charted: VertexDriver, emulator: VertexEmulator) -> None:
    made = run(charted)
    charted.write(made.ref, Batch(points=(curve("m", 10),)))
    emulator.calls.clear()
    charted.write(made.ref, Batch(points=(curve("m", 10, 10),)))
    assert emulator.calls.counts() == {"aiplatform.UpdateContext": 1, "aiplatform.WriteTensorboardRunData": 1}


def test_5000_points_are_one_write_and_one_more_are_refused(charted: VertexDriver) -> None:
    made = run(charted)
    charted.write(made.ref, Batch(points=(curve("a", 4_000), curve("b", 1_000))))
    with pytest.raises(Rejected, match="5000"):
        charted.write(made.ref, Batch(points=(curve("a", 4_001, 5_000), curve("b", 1_000, 5_000))))


def test_a_long_series_comes_back_whole_and_not_as_a_sample(charted: VertexDriver, emulator: VertexEmulator) -> None:
    made = run(charted)
    for start in range(0, 25_000, 5_000):
        charted.write(made.ref, Batch(points=(curve("m", 5_000, start),)))
    emulator.calls.clear()
    assert read(charted, made, "m") == curve("m", 25_000)
    assert emulator.calls.count("ExportTensorboardTimeSeriesData") == 3
    assert emulator.calls.count("BatchReadTensorboardTimeSeriesData") == 0


@pytest.mark.parametrize("operation", ["CreateTensorboardRun", "CreateArtifact", "AddContextArtifactsAndExecutions",
                                       "BatchCreateTensorboardTimeSeries", "WriteTensorboardRunData"])  # fmt: skip
@pytest.mark.parametrize("kind", ["drop-before", "drop-after"])
def test_a_broken_beginning_is_gone_on_with(
    charted: VertexDriver, emulator: VertexEmulator, opened: Opener, operation: str, kind: Any
) -> None:
    made = run(charted)
    emulator.fault(Fault(operation, kind))
    with pytest.raises(Unavailable):
        charted.write(made.ref, Batch(points=(curve("m", 3),)))
    other = opened(charted.url)
    other.write(made.ref, Batch(points=(curve("m", 3),)))
    assert read(other, made, "m") == curve("m", 3)
    assert other.get_run(made.ref).metrics["m"].count == 3


def test_two_writers_make_the_series_of_one_run(charted: VertexDriver, opened: Opener) -> None:
    made = run(charted)
    other = opened(charted.url)
    charted.write(made.ref, Batch(points=(curve("a", 2),)))
    other.write(made.ref, Batch(points=(curve("b", 2), curve("c", 2))))
    charted.write(made.ref, Batch(points=(curve("b", 2, 2), curve("c", 2, 2), curve("d", 1))))
    assert read(opened(charted.url), made, "b") == curve("b", 4)
    assert set(charted.get_run(made.ref).metrics) == {"a", "b", "c", "d"}


def test_without_a_tensorboard_the_console_has_the_last_value_and_nothing_is_made_unasked(
    driver: VertexDriver, emulator: VertexEmulator, raw: Raw
) -> None:
    layers = whole(driver)
    made = run(layers)
    rows = [(step, T0 + step, float(step)) for step in range(50)]
    layers.write(made.ref, Batch(points=(Points.of("m", rows), Points.of("odd", [(0, 1, 1.5), (1, 1, math.nan)]))))
    assert raw.context(made.id)["metadata"]["_metrics"] == {"m": 49.0, "odd": 1.5}
    assert read(layers, made, "m") == Points.of("m", rows)
    assert not [one for one in emulator.calls.counts() if "Tensorboard" in one]


def test_a_run_with_series_is_read_without_a_tensorboard_in_the_url_too(
    charted: VertexDriver, driver: VertexDriver
) -> None:
    made = run(charted)
    charted.write(made.ref, Batch(points=(curve("m", 5),)))
    assert read(driver, made, "m") == curve("m", 5)
    assert driver.get_run(made.ref) == charted.get_run(made.ref)


def test_the_backing_tensorboard_of_an_experiment_is_used_where_that_is_said(
    charted: VertexDriver, opened: Opener, driver: VertexDriver
) -> None:
    with_board, without = experiment(charted), experiment(driver)
    backing = opened("&tensorboard=backing")
    made = run(backing, with_board)
    backing.write(made.ref, Batch(points=(curve("m", 5),)))
    assert read(charted, made, "m") == curve("m", 5)
    with pytest.raises(InvalidInput, match="no TensorBoard of its own"):
        run(backing, without)


def test_a_tensorboard_that_is_not_there_is_said_at_once(opened: Opener, driver: VertexDriver) -> None:
    lost = opened("&tensorboard=999")
    with pytest.raises(NotFound, match="999"):
        experiment(lost)
    with pytest.raises(NotFound, match="999"):
        run(lost, experiment(driver))


def test_a_tensorboard_may_be_named_whole(opened: Opener, raw: Raw) -> None:
    named = opened(f"{URL}&tensorboard={raw.board()}")
    made = run(named)
    named.write(made.ref, Batch(points=(curve("m", 5),)))
    assert read(named, made, "m") == curve("m", 5)


def test_a_series_of_others_under_our_name_is_told(charted: VertexDriver, raw: Raw) -> None:
    layers = whole(charted)
    made = run(layers)
    layers.write(made.ref, Batch(points=(curve("m", 5),)))
    run_name = series(raw, made)["m"]["name"].rpartition("/timeSeries/")[0]
    values = [{"step": str(step), "wallTime": "2026-03-04T05:06:07Z", "scalar": {"value": 9.0}} for step in (7, 8)]
    data = {
        "tensorboardTimeSeriesId": series(raw, made)["m"]["name"].rpartition("/")[2],
        "valueType": "SCALAR",
        "values": values,
    }
    raw("POST", f"{run_name}:write", {"timeSeriesData": [data]})
    found = layers.get_run(made.ref)
    assert "7 points are counted" in found.approximate["metrics.m"]
    assert [row[0] for row in read(layers, made, "m").rows()] == [0, 1, 2, 3, 4, 7, 8]


def test_a_series_of_others_beside_one_that_rides_with_the_run_is_told(driver: VertexDriver, raw: Raw) -> None:
    layers = whole(driver)
    home = experiment(layers, name="abcd")
    made = run(layers, home)
    layers.write(made.ref, Batch(points=(curve("m", 50),)))
    assert layers.get_run(made.ref).approximate == {}
    charts(raw, made.id, "abcd", "m", [(60, "2026-03-04T05:06:07Z", 9.0)])
    assert "points are counted" in layers.get_run(made.ref).approximate["metrics.m"]
    assert [row[0] for row in read(layers, made, "m").rows()] == [*range(50), 60]
