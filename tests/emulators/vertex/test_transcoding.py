from __future__ import annotations

import json
import math
import random
from typing import Any

import pytest
from tests.emulators.vertex.wire import Wire

from tracklayer.emulators.vertex import pace, rules, transcoding
from tracklayer.emulators.vertex.api import HANDLERS, SERVICES
from tracklayer.emulators.vertex.errors import ApiError
from tracklayer.emulators.vertex.messages import kind, library, make

json_format = library("google.protobuf.json_format")
WRITE = "WriteTensorboardRunData"
RUN = "/v1/projects/p/locations/l/tensorboards/1/experiments/e/runs/r"


def read(body: str) -> Any:
    way = rules.match("POST", f"{RUN}:write")
    assert way is not None
    return transcoding.asked(kind(f"{WRITE}Request"), way, "", body.encode())


def test_every_operation_has_its_rule_and_its_messages() -> None:
    for operations in SERVICES.values():
        for operation in operations:
            assert kind(f"{operation}Request").DESCRIPTOR.full_name.startswith("google.cloud.aiplatform.v1.")
    ruled = {rule.operation for found in rules._rules().values() for rule in found}
    assert ruled == {operation for operations in SERVICES.values() for operation in operations}
    assert len(HANDLERS) == 67


@pytest.mark.parametrize(
    ("verb", "path", "operation", "name"),
    [
        ("GET", "/v1/projects/p/locations/l/metadataStores/s/contexts/c", "GetContext", "contexts/c"),
        (
            "POST",
            "/v1/projects/p/locations/l/metadataStores/s/contexts/c:addContextChildren",
            "AddContextChildren",
            "c",
        ),
        ("POST", "/v1/projects/p/locations/l/metadataStores/s/contexts:purge", "PurgeContexts", "metadataStores/s"),
        ("POST", f"{RUN}s:batchCreate", None, ""),
        ("POST", f"{RUN.rpartition('/')[0]}:batchCreate", "BatchCreateTensorboardRuns", "experiments/e"),
        ("POST", f"{RUN.rpartition('/runs')[0]}:batchCreate", "BatchCreateTensorboardTimeSeries", "experiments/e"),
        ("GET", f"{RUN}/timeSeries/a%20b", "GetTensorboardTimeSeries", "timeSeries/a b"),
        ("GET", f"{RUN}/operations/7", "GetOperation", "operations/7"),
        ("POST", "/v1/projects/p/locations/l/operations/7:wait", "WaitOperation", "operations/7"),
        ("PUT", "/v1/projects/p/locations/l/operations/7", None, ""),
        ("GET", "/v2/projects/p/locations/l/tensorboards", None, ""),
    ],
)
def test_a_path_says_which_operation_it_is(verb: str, path: str, operation: str | None, name: str) -> None:
    found = rules.match(verb, path)
    assert (None if found is None else found.operation) == operation
    assert found is None or found.name.endswith(name)


def plain(number: int) -> dict[str, Any]:
    """A point as clients write it, in one of many ways."""
    chosen = random.Random(number)  # noqa: S311 -- a test
    point: dict[str, Any] = {"scalar": {}}
    if chosen.random() < 0.9:
        step = chosen.choice([0, 1, -1, 2**40, 10**17, -(10**17)])
        point["step"] = chosen.choice([step, str(step)])
    if chosen.random() < 0.9:
        point["scalar"]["value"] = chosen.choice([0, 1, -0.0, 1.5, 1e300, "NaN", "Infinity", "-Infinity", 5e-324])
    if chosen.random() < 0.9:
        year = chosen.choice(["0001", "1969", "1970", "2026", "9999"])
        fraction = chosen.choice(["", ".1", ".12", ".123", ".123456", ".123456789", ".000000001", ".100000000"])
        point["wallTime"] = f"{year}-02-03T04:05:06{fraction}Z"
    return point


def test_the_quick_way_reads_and_writes_as_protobuf_does() -> None:
    points = [plain(number) for number in range(500)]
    body = {"timeSeriesData": [{"tensorboardTimeSeriesId": "1", "valueType": "SCALAR", "values": points}]}
    slow = json_format.ParseDict(body, kind(f"{WRITE}Request")())
    slow.tensorboard_run = RUN.removeprefix("/v1/")
    found = pace.taken(WRITE, body)
    assert len(found[0][1]) == 500
    quick = json_format.ParseDict(body, kind(f"{WRITE}Request")())
    pace.put(WRITE, quick, found)
    quick.tensorboard_run = RUN.removeprefix("/v1/")
    assert repr(quick) == repr(slow)
    answer = make("ExportTensorboardTimeSeriesDataResponse", next_page_token="t")
    answer.time_series_data_points.extend(slow.time_series_data[0].values)
    assert repr(pace.exported(answer)) == repr(_sorted(json_format.MessageToDict(answer)))


def _sorted(content: dict[str, Any]) -> dict[str, Any]:
    """With the keys of points in the order that the quick way has."""
    order = ("wallTime", "step", "scalar")
    rows = [{key: row[key] for key in order if key in row} for row in content["timeSeriesDataPoints"]]
    return {"timeSeriesDataPoints": rows, **{key: content[key] for key in content if key != "timeSeriesDataPoints"}}


@pytest.mark.parametrize(
    "point",
    [
        {"step": "x", "scalar": {}},
        {"step": 1.5, "scalar": {}},
        {"step": 2**63, "scalar": {}},
        {"step": True, "scalar": {}},
        {"scalar": {"value": "high"}},
        {"scalar": {"worth": 1}},
        {"scalar": 1},
        {"scalar": {}, "wallTime": "yesterday"},
        {"scalar": {}, "wallTime": "2026-02-30T00:00:00Z"},
        {"scalar": {}, "wallTime": "2026-01-01T00:00:61Z"},
        {"scalar": {}, "wallTime": 7},
        {"scalar": {}, "colour": "red"},
        "point",
    ],
)
def test_a_point_that_is_none_is_refused(point: Any) -> None:
    with pytest.raises(ApiError, match="INVALID_ARGUMENT: Invalid JSON payload"):
        read(json.dumps({"timeSeriesData": [{"values": [point]}]}))


@pytest.mark.parametrize(
    "time", ["2026-01-02T05:04:05.5+02:00", "2026-01-02T03:04:05.5Z", None], ids=["offset", "utc", "null"]
)
def test_a_time_that_is_not_plain_is_read_by_protobuf(time: str | None) -> None:
    message = read(json.dumps({"timeSeriesData": [{"values": [{"wallTime": time, "scalar": {"value": 1}}]}]}))
    found = message.time_series_data[0].values[0]
    assert found.HasField("wall_time") == (time is not None)
    assert found.wall_time.nanos == (0 if time is None else 500_000_000)


@pytest.mark.parametrize("body", ["{", "[]", "7", '{"timeSeriesData": {}}', '{"a": Infinity}', "[" * 100_000])
def test_a_body_that_is_none_is_refused(body: str) -> None:
    with pytest.raises(ApiError, match="INVALID_ARGUMENT"):
        read(body)


def test_a_number_that_is_not_finite_has_a_name_in_json() -> None:
    assert math.isnan(
        read('{"timeSeriesData":[{"values":[{"scalar":{"value":"NaN"}}]}]}').time_series_data[0].values[0].scalar.value
    )


def test_parameters_may_be_nested_and_repeated() -> None:
    way = rules.match("GET", "/v1/projects/p/locations/l/tensorboards/1:batchRead")
    assert way is not None
    message = transcoding.asked(
        kind("BatchReadTensorboardTimeSeriesDataRequest"), way, "timeSeries=a&timeSeries=b", b""
    )
    assert list(message.time_series) == ["a", "b"]
    way = rules.match("PATCH", "/v1/projects/p/locations/l/metadataStores/s/contexts/c")
    assert way is not None
    query = "updateMask=displayName,metadata._k&allowMissing=TRUE&%24alt=json%3Benum-encoding%3Dint"
    message = transcoding.asked(kind("UpdateContextRequest"), way, query, b"{}")
    assert list(message.update_mask.paths) == ["display_name", "metadata._k"]
    assert message.allow_missing
    assert message.context.name == "projects/p/locations/l/metadataStores/s/contexts/c"
    message = transcoding.asked(kind("UpdateContextRequest"), way, "context.displayName=x", b"")
    assert message.context.name
    with pytest.raises(ApiError, match="Cannot bind query parameter"):
        transcoding.asked(kind("UpdateContextRequest"), way, "allowMissing.deep=x", b"{}")


def test_a_get_has_no_body(wire: Wire) -> None:
    answer = wire.session.get(f"{wire.emulator.url}/v1/{wire.store}", json={"a": 1}, timeout=30)
    assert answer.status_code == 400
