from __future__ import annotations

import base64
from typing import Any

import pytest
from tests.emulators.vertex.wire import Refused, Wire


class Run:
    """A run of a board, and the ids of its series."""

    def __init__(self, wire: Wire, board: str) -> None:
        self.wire = wire
        self.board = board
        self.experiment = f"{board}/experiments/exp"
        self.name = f"{self.experiment}/runs/run"

    def series(self, name: str, kind: str = "SCALAR") -> str:
        made = self.wire.post(f"{self.name}/timeSeries", {"displayName": name, "valueType": kind})
        return str(made["name"])

    def data(self, series: str, points: list[Any], kind: Any = "SCALAR") -> dict[str, Any]:
        return {"tensorboardTimeSeriesId": series.rpartition("/")[2], "valueType": kind, "values": points}

    def write(self, *data: dict[str, Any]) -> Any:
        return self.wire.post(f"{self.name}:write", {"timeSeriesData": list(data)})

    def export(self, series: str, **more: Any) -> Any:
        return self.wire.post(f"{series}:exportTensorboardTimeSeries", more)

    def sample(self, *series: str) -> Any:
        return self.wire.get(f"{self.board}:batchRead", timeSeries=list(series))


@pytest.fixture
def run(wire: Wire, board: str) -> Run:
    return Run(wire, board)


def point(step: int, value: float | str = 1.0, time: str = "2026-01-02T03:04:05Z") -> dict[str, Any]:
    return {"step": str(step), "wallTime": time, "scalar": {"value": value}}


def points(count: int) -> list[Any]:
    return [point(step, step + 0.5) for step in range(count)]


def steps(answer: Any) -> list[int]:
    return [int(one.get("step", 0)) for one in answer.get("timeSeriesDataPoints", [])]


def test_points_come_back_and_a_step_is_overwritten(run: Run) -> None:
    loss = run.series("loss")
    assert run.write(run.data(loss, [point(1, 0.5), point(2, 0.25), point(2, 0.125)])) == {}
    run.write(run.data(loss, [point(1, 7)]))
    assert run.export(loss, orderBy="step")["timeSeriesDataPoints"] == [point(1, 7.0), point(2, 0.125)]


@pytest.mark.parametrize("step", [-(2**63), -1, 0, 2**40, 2**63 - 1])
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", -0.0, 5e-324])
def test_any_step_and_any_double_is_kept(run: Run, step: int, value: float | str) -> None:
    loss = run.series("loss")
    run.write(run.data(loss, [point(step, value)]))
    (found,) = run.export(loss)["timeSeriesDataPoints"]
    assert int(found.get("step", 0)) == step
    assert repr(found["scalar"]["value"]) == repr(value)


def test_zeros_are_left_out_of_json(run: Run) -> None:
    loss = run.series("loss")
    run.write(run.data(loss, [{"scalar": {}}]))
    assert run.export(loss)["timeSeriesDataPoints"] == [{"scalar": {}}]


@pytest.mark.parametrize(
    ("kept", "found"),
    [("milliseconds", ".123"), ("microseconds", ".123456"), ("nanoseconds", ".123456789")],
)
def test_wall_times_are_kept_as_exactly_as_the_knob_says(run: Run, kept: str, found: str) -> None:
    run.wire.emulator.tune(time_kept=kept)
    loss = run.series("loss")
    run.write(run.data(loss, [point(1, time="2026-01-02T03:04:05.123456789Z")]))
    assert run.export(loss)["timeSeriesDataPoints"][0]["wallTime"] == f"2026-01-02T03:04:05{found}Z"


def test_a_series_knows_its_last_step_and_time(run: Run) -> None:
    loss = run.series("loss")
    run.write(run.data(loss, [point(7, time="2026-01-02T00:00:00Z"), point(3, time="2026-01-03T00:00:00Z")]))
    assert run.wire.get(loss)["metadata"] == {"maxStep": "7", "maxWallTime": "2026-01-03T00:00:00Z"}


def test_a_write_has_5000_points_over_all_its_series(run: Run) -> None:
    loss, accuracy = run.series("loss"), run.series("accuracy")
    run.write(run.data(loss, points(4999)), run.data(accuracy, points(1)))
    with pytest.raises(Refused, match=r"INVALID_ARGUMENT.*5000"):
        run.write(run.data(loss, points(4999)), run.data(accuracy, points(2)))
    assert steps(run.export(accuracy)) == [0]


def test_a_write_to_an_experiment_spans_runs(run: Run) -> None:
    loss = run.series("loss")
    run.wire.post(f"{run.experiment}/runs?tensorboardRunId=two", {"displayName": "two"})
    other = run.wire.post(f"{run.experiment}/runs/two/timeSeries", {"displayName": "loss", "valueType": 1})["name"]
    requests = [
        {"tensorboardRun": run.name, "timeSeriesData": [run.data(loss, points(3000))]},
        {"tensorboardRun": f"{run.experiment}/runs/two", "timeSeriesData": [run.data(other, points(2001))]},
    ]
    body = {"writeRunDataRequests": requests}
    run.wire.emulator.tune(experiment_write_cap="5000")
    with pytest.raises(Refused, match=r"INVALID_ARGUMENT.*5000"):
        run.wire.post(f"{run.experiment}:write", body)
    run.wire.emulator.tune(experiment_write_cap="none")
    assert run.wire.post(f"{run.experiment}:write", body) == {}
    assert len(steps(run.export(other, pageSize=10_000))) == 2001
    requests[1]["tensorboardRun"] = f"{run.board}/experiments/other/runs/two"
    with pytest.raises(Refused, match="INVALID_ARGUMENT"):
        run.wire.post(f"{run.experiment}:write", body)


def test_a_write_is_done_whole_or_not_at_all(run: Run) -> None:
    loss = run.series("loss")
    with pytest.raises(Refused, match="NOT_FOUND"):
        run.write(run.data(loss, points(1)), run.data("x/nobody", points(1)))
    with pytest.raises(Refused, match=r"INVALID_ARGUMENT.*value_type"):
        run.write(run.data(loss, points(1)), run.data(loss, points(1), "TENSOR"))
    with pytest.raises(Refused, match=r"INVALID_ARGUMENT.*no scalar"):
        run.write(run.data(loss, [point(1), {"step": "2"}]))
    assert run.export(loss) == {}


# -- samples


def test_a_sample_has_1000_points_in_the_order_of_their_steps(run: Run) -> None:
    loss = run.series("loss")
    run.write(run.data(loss, points(1000)))
    (data,) = run.sample(loss)["timeSeriesData"]
    assert [int(one.get("step", 0)) for one in data["values"]] == list(range(1000))
    run.write(run.data(loss, [point(1000)]))
    (data,) = run.sample(loss)["timeSeriesData"]
    found = [int(one.get("step", 0)) for one in data["values"]]
    assert len(found) == 1000
    assert found == sorted(found)


def test_a_sample_may_lack_the_last_point(run: Run) -> None:
    loss = run.series("loss")
    run.write(run.data(loss, points(5000)))
    lacking = 0
    for seed in range(10):
        run.wire.emulator.tune(seed=seed, sample_keeps_last="no")
        lacking += run.sample(loss)["timeSeriesData"][0]["values"][-1]["step"] != "4999"
        run.wire.emulator.tune(sample_keeps_last="yes")
        assert run.sample(loss)["timeSeriesData"][0]["values"][-1]["step"] == "4999"
    assert lacking


def test_a_batch_reads_20_series_of_one_board(run: Run) -> None:
    names = [run.series(f"key-{number}") for number in range(21)]
    assert len(run.sample(*names[:20])["timeSeriesData"]) == 20
    with pytest.raises(Refused, match=r"INVALID_ARGUMENT.*Maximum of 20 TensorboardTimeSeries to read"):
        run.sample(*names)
    with pytest.raises(Refused, match="INVALID_ARGUMENT"):
        run.sample()


def test_a_read_has_as_many_points_as_are_asked_for(run: Run) -> None:
    loss = run.series("loss")
    for start in (0, 5000, 10_000):
        run.write(run.data(loss, [point(start + step) for step in range(4000)]))

    def count(**parameters: Any) -> int:
        return len(run.wire.get(f"{loss}:read", **parameters)["timeSeriesData"].get("values", []))

    assert count() == 1000
    assert count(maxDataPoints=10_000) == 10_000
    assert count(maxDataPoints=-1) == 12_000
    run.wire.emulator.tune(read_all="10000")
    assert count(maxDataPoints=-1) == 10_000
    assert count(maxDataPoints=-1, filter="step < 10") <= 10
    for wrong in (10_001, -2):
        with pytest.raises(Refused, match="INVALID_ARGUMENT"):
            count(maxDataPoints=wrong)


# -- exports


def test_an_export_is_whole_and_in_no_order(run: Run) -> None:
    loss = run.series("loss")
    run.write(run.data(loss, points(2500)))
    first = run.export(loss)
    assert len(steps(first)) == 1000
    assert steps(first) != sorted(steps(first))
    found, token = steps(first), first["nextPageToken"]
    while token:
        page = run.export(loss, pageToken=token)
        found, token = found + steps(page), page.get("nextPageToken")
    assert sorted(found) == list(range(2500))


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("step", [0, 1, 2, 3]),
        ("step desc", [3, 2, 1, 0]),
        ("wall_time", [3, 2, 1, 0]),
        ("wall_time desc", [0, 1, 2, 3]),
    ],
)
def test_an_export_is_in_the_order_that_is_asked_for(run: Run, order: str, found: list[int]) -> None:
    loss = run.series("loss")
    run.write(run.data(loss, [point(step, time=f"2026-01-0{9 - step}T00:00:00Z") for step in range(4)]))
    assert steps(run.export(loss, orderBy=order)) == found


def test_an_export_may_be_filtered(run: Run) -> None:
    loss = run.series("loss")
    run.write(run.data(loss, [point(step, time=f"2026-01-0{step + 1}T00:00:00Z") for step in range(4)]))
    assert steps(run.export(loss, filter="step >= 1 AND step < 3", orderBy="step")) == [1, 2]
    assert steps(run.export(loss, filter='wall_time > "2026-01-03T00:00:00Z"', orderBy="step")) == [3]
    with pytest.raises(Refused, match="INVALID_ARGUMENT"):
        run.export(loss, filter="value > 1")
    with pytest.raises(Refused, match="INVALID_ARGUMENT"):
        run.export(loss, orderBy="value")


def test_a_page_of_an_export_has_10000_points_at_most(run: Run) -> None:
    loss = run.series("loss")
    for start in range(0, 15_000, 5000):
        run.write(run.data(loss, [point(start + step) for step in range(5000)]))
    page = run.export(loss, pageSize=20_000, orderBy="step")
    assert steps(page) == list(range(10_000))
    assert steps(run.export(loss, pageSize=20_000, orderBy="step", pageToken=page["nextPageToken"])) == list(
        range(10_000, 15_000)
    )


# -- what is no scalar


def test_tensors_come_back(run: Run) -> None:
    weights = run.series("weights", "TENSOR")
    tensor = {"step": "1", "tensor": {"value": base64.b64encode(b"proto").decode(), "versionNumber": 1}}
    run.write(run.data(weights, [tensor], "TENSOR"))
    assert run.export(weights)["timeSeriesDataPoints"] == [tensor]


def test_blobs_are_read_by_their_ids(run: Run) -> None:
    pictures = run.series("pictures", "BLOB_SEQUENCE")
    blob = {"data": base64.b64encode(b"png").decode()}
    run.write(run.data(pictures, [{"step": "1", "blobs": {"values": [blob, blob]}}], "BLOB_SEQUENCE"))
    (found,) = run.export(pictures)["timeSeriesDataPoints"]
    first, second = found["blobs"]["values"]
    assert "data" not in first
    assert run.wire.get(pictures)["metadata"]["maxBlobSequenceLength"] == "2"
    (answer,) = run.wire.get(f"{pictures}:readBlobData", blobIds=[second["id"]])
    assert answer == {"blobs": [{"id": second["id"], **blob}]}
    with pytest.raises(Refused, match="NOT_FOUND"):
        run.wire.get(f"{pictures}:readBlobData", blobIds=["nobody"])


def test_a_board_tells_its_size_and_its_use(run: Run) -> None:
    run.write(run.data(run.series("loss"), points(3)))
    assert run.wire.get(f"{run.board}:readSize") == {"storageSizeByte": "72"}
    assert run.wire.get(f"{run.board}:readUsage") == {}


def test_a_deleted_run_takes_its_points_along(run: Run) -> None:
    loss = run.series("loss")
    run.write(run.data(loss, points(3)))
    assert run.wire.delete(run.name)["done"]
    run.wire.post(f"{run.experiment}/runs?tensorboardRunId=run", {"displayName": "run"})
    with pytest.raises(Refused, match="NOT_FOUND"):
        run.export(loss)
    assert run.export(run.series("loss")) == {}
