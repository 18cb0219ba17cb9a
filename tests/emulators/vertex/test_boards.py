from __future__ import annotations

from typing import Any

import pytest
from tests.emulators.vertex.wire import Refused, Wire

SCALAR = {"valueType": "SCALAR", "pluginName": "scalars"}


def series(wire: Wire, run: str, name: str, **more: Any) -> Any:
    return wire.post(f"{run}/timeSeries", {"displayName": name, **SCALAR, **more})


def test_a_board_is_made_by_an_operation_and_has_a_number(wire: Wire) -> None:
    operation = wire.post(f"{wire.location}/tensorboards", {"displayName": "board", "labels": {"k": "v"}})
    made = operation["response"]
    assert made["name"].rpartition("/")[2].isdecimal()
    assert operation["name"].startswith(f"{made['name']}/operations/")
    found = wire.get(made["name"])
    assert (found["displayName"], found["labels"]) == ("board", {"k": "v"})
    with pytest.raises(Refused, match=r"INVALID_ARGUMENT.*display_name"):
        wire.post(f"{wire.location}/tensorboards", {})


def test_a_board_counts_its_runs_and_takes_them_along(wire: Wire, board: str) -> None:
    assert wire.get(board)["runCount"] == 1
    assert wire.delete(board)["done"]
    with pytest.raises(Refused, match="NOT_FOUND"):
        wire.get(f"{board}/experiments/exp/runs/run")


def test_boards_come_in_pages_of_100_at_most(wire: Wire) -> None:
    for number in range(101):
        wire.post(f"{wire.location}/tensorboards", {"displayName": f"board {number}"})
    answer = wire.get(f"{wire.location}/tensorboards", pageSize=1000)
    assert len(answer["tensorboards"]) == 100
    rest = wire.get(f"{wire.location}/tensorboards", pageSize=1000, pageToken=answer["nextPageToken"])
    assert len(rest["tensorboards"]) == 1
    assert "nextPageToken" not in rest


@pytest.mark.parametrize(
    ("number", "good"), [("a", True), ("0" * 128, True), ("0" * 129, False), ("A", False), ("a_b", False), ("", False)]
)
@pytest.mark.parametrize("kind", ["experiments", "runs"])
def test_ids_of_boards_have_1_to_128_characters(wire: Wire, board: str, kind: str, number: str, good: bool) -> None:
    parent, field = (
        (board, "tensorboardExperimentId")
        if kind == "experiments"
        else (f"{board}/experiments/exp", "tensorboardRunId")
    )
    path, body = f"{parent}/{kind}?{field}={number}", {"displayName": "another"}
    if good:
        assert wire.post(path, body)["name"] == f"{parent}/{kind}/{number}"
    else:
        with pytest.raises(Refused, match=r"INVALID_ARGUMENT.*Valid characters are"):
            wire.post(path, body)


def test_names_of_runs_are_unique_in_an_experiment(wire: Wire, board: str) -> None:
    exp = f"{board}/experiments/exp"
    with pytest.raises(Refused, match="ALREADY_EXISTS"):
        wire.post(f"{exp}/runs?tensorboardRunId=run", {"displayName": "other"})
    with pytest.raises(Refused, match="ALREADY_EXISTS"):
        wire.post(f"{exp}/runs?tensorboardRunId=other", {"displayName": "run"})
    with pytest.raises(Refused, match=r"INVALID_ARGUMENT.*display_name"):
        wire.post(f"{exp}/runs?tensorboardRunId=other", {})
    wire.post(f"{board}/experiments?tensorboardExperimentId=exp-2", {})
    wire.post(f"{board}/experiments/exp-2/runs?tensorboardRunId=run", {"displayName": "run"})
    wire.post(f"{exp}/runs?tensorboardRunId=other", {"displayName": "other"})
    with pytest.raises(Refused, match="ALREADY_EXISTS"):
        wire.patch(f"{exp}/runs/other", {"displayName": "run"})


def test_names_of_series_are_unique_in_a_run(wire: Wire, board: str) -> None:
    run = f"{board}/experiments/exp/runs/run"
    made = series(wire, run, "loss")
    assert made["name"].rpartition("/")[2].isdecimal()
    assert made["metadata"] == {}
    with pytest.raises(Refused, match="ALREADY_EXISTS"):
        series(wire, run, "loss")
    assert wire.post(f"{run}/timeSeries?tensorboardTimeSeriesId=mine", {"displayName": "x", **SCALAR})["name"] == (
        f"{run}/timeSeries/mine"
    )
    with pytest.raises(Refused, match="INVALID_ARGUMENT"):
        wire.post(f"{run}/timeSeries", {"displayName": "no-type"})
    with pytest.raises(Refused, match="INVALID_ARGUMENT"):
        wire.post(f"{run}/timeSeries?tensorboardTimeSeriesId=My", {"displayName": "y", **SCALAR})


def test_plugin_data_has_65_kb(wire: Wire, board: str) -> None:
    run = f"{board}/experiments/exp/runs/run"
    whole = "AAAA" * (65_000 // 3) + "AAA="
    made = series(wire, run, "fits", pluginData=whole)
    assert made["pluginData"] == whole
    with pytest.raises(Refused, match=r"INVALID_ARGUMENT.*65KB"):
        series(wire, run, "too-large", pluginData="AAAA" * (65_000 // 3) + "AAAA")
    with pytest.raises(Refused, match=r"INVALID_ARGUMENT.*65KB"):
        wire.patch(made["name"], {"pluginData": "AAAA" * 22_000})


def test_updates_change_names_and_descriptions_and_check_etags(wire: Wire, board: str) -> None:
    run = f"{board}/experiments/exp/runs/run"
    before = wire.get(run)
    after = wire.patch(run, {"description": "d", "etag": before["etag"]}, updateMask="description")
    assert (after["description"], after["displayName"]) == ("d", "run")
    with pytest.raises(Refused, match="ABORTED"):
        wire.patch(run, {"description": "e", "etag": before["etag"]})
    assert wire.patch(board, {"displayName": "new"})["response"]["displayName"] == "new"
    assert wire.patch(f"{board}/experiments/exp", {"labels": {"k": "v"}})["labels"] == {"k": "v"}
    with pytest.raises(Refused, match="NOT_FOUND"):
        wire.patch(f"{board}/experiments/nobody", {"labels": {"k": "v"}})


def test_a_list_may_show_some_fields_only(wire: Wire, board: str) -> None:
    found = wire.get(f"{board}/experiments/exp/runs", readMask="displayName")["tensorboardRuns"]
    assert found == [{"displayName": "run"}]


def test_runs_come_in_pages_of_50_and_1000_at_most(wire: Wire, board: str) -> None:
    exp = f"{board}/experiments/exp"
    requests = [
        {"parent": exp, "tensorboardRunId": f"run-{number}", "tensorboardRun": {"displayName": f"run-{number}"}}
        for number in range(1000)
    ]
    assert len(wire.post(f"{exp}/runs:batchCreate", {"requests": requests})["tensorboardRuns"]) == 1000
    assert len(wire.get(f"{exp}/runs")["tensorboardRuns"]) == 50
    answer = wire.get(f"{exp}/runs", pageSize=2000)
    assert len(answer["tensorboardRuns"]) == 1000
    assert "nextPageToken" in answer


def test_a_batch_makes_1000_series_of_several_runs(wire: Wire, board: str) -> None:
    exp = f"{board}/experiments/exp"
    wire.post(f"{exp}/runs?tensorboardRunId=two", {"displayName": "two"})
    requests = [
        {
            "parent": f"{exp}/runs/{('run', 'two')[number % 2]}",
            "tensorboardTimeSeries": {"displayName": f"key/{number // 2}", **SCALAR},
        }
        for number in range(1001)
    ]
    with pytest.raises(Refused, match=r"INVALID_ARGUMENT.*1000"):
        wire.post(f"{exp}:batchCreate", {"requests": requests})
    made = wire.post(f"{exp}:batchCreate", {"requests": requests[:1000]})["tensorboardTimeSeries"]
    assert [one["displayName"] for one in made[:3]] == ["key/0", "key/0", "key/1"]
    assert len(wire.get(f"{exp}/runs/two/timeSeries", pageSize=1000)["tensorboardTimeSeries"]) == 500
    assert len(wire.get(f"{exp}/runs/two/timeSeries")["tensorboardTimeSeries"]) == 50
    found = wire.get(f"{exp}/runs/two/timeSeries", filter='display_name="key/7"')["tensorboardTimeSeries"]
    assert len(found) == 1


def test_a_batch_is_made_whole_or_not_at_all(wire: Wire, board: str) -> None:
    exp = f"{board}/experiments/exp"
    request = {"parent": f"{exp}/runs/run", "tensorboardTimeSeries": {"displayName": "key", **SCALAR}}
    for wrong in (request, {**request, "parent": f"{board}/experiments/other/runs/run"}, {**request, "parent": exp}):
        with pytest.raises(Refused, match=r"ALREADY_EXISTS|INVALID_ARGUMENT"):
            wire.post(f"{exp}:batchCreate", {"requests": [request, wrong]})
    with pytest.raises(Refused, match="INVALID_ARGUMENT"):
        wire.post(f"{exp}:batchCreate", {"requests": []})
    assert wire.get(f"{exp}/runs/run/timeSeries") == {}
