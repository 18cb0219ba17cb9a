"""`experiments`, `runs` and `show`."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from tests.cli.command import answer, command

import tracklayer as tl


def run_of(place: str, name: str) -> tl.Run:
    with tl.connect(place) as client:
        (found,) = client.runs(filter=f"run_name = '{name}'", view="all")
        return found


def test_experiments(place: str) -> None:
    document = answer("experiments", place)
    assert document["place"] == place
    assert [one["name"] for one in document["experiments"]] == ["digits", "letters"]
    done = command("experiments", place)
    assert done.exit_code == 0
    assert "letters" in done.stdout
    assert "nothing yet" in done.stdout
    assert f"2 experiments in {place}" in done.stderr


def test_runs(place: str) -> None:
    document = answer("runs", place)
    assert [run["name"] for run in document["runs"]] == ["second", "first"]
    assert document["more"] is False
    first = document["runs"][1]
    assert first["url"] == tl.run_url(place, run_of(place, "first").id)
    assert first["experiment"] == "digits"
    assert first["params"] == {"lr": 0.1, "layers": 2}
    assert first["metrics"]["odd"]["last"] == "NaN"
    done = command("runs", place)
    assert run_of(place, "first").id in done.stdout
    assert "third" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--filter", "metrics.loss < 0.1"], ["first"]),
        (["--filter", "params.lr = '0.2' and status = 'FINISHED'"], ["second"]),
        (["--order-by", "params.lr ASC"], ["first", "second"]),
        (["--order-by", "params.layers", "--order-by", "params.lr DESC"], ["second", "first"]),
        (["--experiment", "letters"], []),
        (["--view", "deleted"], ["third"]),
        (["--view", "all", "--order-by", "start_time"], ["first", "second", "third"]),
    ],
)
def test_which_runs(place: str, arguments: list[str], names: list[str]) -> None:
    assert [run["name"] for run in answer("runs", place, *arguments)["runs"]] == names


def test_a_limit_says_that_there_are_more(place: str) -> None:
    document = answer("runs", place, "--limit", "1")
    assert (len(document["runs"]), document["more"]) == (1, True)
    assert "there are more: --limit 2" in command("runs", place, "--limit", "1").stderr
    assert "more" not in command("runs", place, "--limit", "2").stderr


def test_the_default_place(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKLAYER_URL", place)
    assert len(answer("runs")["runs"]) == 2
    assert answer("show", run_of(place, "first").id)["name"] == "first"
    monkeypatch.delenv("TRACKLAYER_URL")
    with tl.start_run("here", to="local:"):
        pass
    assert answer("experiments")["place"] == f"local:{Path.cwd() / '.tracklayer' / 'store.db'}"


def test_show(place: str) -> None:
    run = run_of(place, "first")
    url = tl.run_url(place, run.id)
    document = answer("show", url)
    assert (document["url"], document["experiment"], document["status"]) == (url, "digits", "finished")
    assert [file["path"] for file in document["files"]] == ["notes/hello.txt"]
    assert document["inputs"][0]["digest"] == "d1g35t"
    done = command("show", url)
    assert done.exit_code == 0
    for part in (
        url,
        "digits",
        "finished",
        "lr",
        "0.1",
        "float",
        "acc",
        "0.983333",
        "d1g35t",
        "notes/hello.txt",
        "team",
        "red",
    ):
        assert part in done.stdout
    assert r"of\nmany lines" in done.stdout
    assert "█" in done.stdout


def test_show_a_child_and_a_deleted_run(place: str) -> None:
    shown = command("show", tl.run_url(place, run_of(place, "second").id)).stdout
    assert tl.run_url(place, run_of(place, "first").id) in shown
    assert "finished, deleted" in command("show", tl.run_url(place, run_of(place, "third").id)).stdout


def test_show_leaves_out_what_a_plugin_keeps_for_itself() -> None:
    record = {"mlflow.tracklayer.model.0123456789ab": "{}"}
    with tl.start_run("e", to="memory://records", tags={"team": "vision", **record}) as run:
        pass
    url = tl.run_url("memory://records", run.id)
    shown = command("show", url).stdout
    assert "team" in shown
    assert "mlflow.tracklayer" not in shown
    assert answer("show", url)["tags"].items() >= record.items()


def test_show_where_a_copy_comes_from_and_what_is_not_exact(place: str) -> None:
    tl.migrate(place, "memory://shown")
    with tl.connect("memory://shown") as client:
        (copy,) = client.runs(filter="run_name = 'first'")
    shown = command("show", tl.run_url("memory://shown", copy.id)).stdout
    assert f"{tl.run_url(place, run_of(place, 'first').id)} in digits" in shown


def test_history(place: str) -> None:
    url = tl.run_url(place, run_of(place, "first").id)
    lines = command("show", url, "--history", "loss").stdout.splitlines()
    assert lines[0] == "step\ttime_ns\tvalue"
    assert len(lines) == 61
    step, time, value = lines[60].split("\t")
    assert (int(step), float(value)) == (59, 1 / 60)
    document = answer("show", url, "--history", "loss")
    assert document["steps"] == list(range(60))
    assert document["times"][59] == int(time)
    (odd,) = answer("show", url, "--history", "odd")["values"]
    assert math.isnan(float(odd))


def test_many_metrics_are_listed_and_some_are_drawn(place: str) -> None:
    with tl.start_run("many", to=place) as run:
        for step in range(2):
            run.log_metrics({f"m{number:02}": step for number in range(40)}, step=step)
    done = command("show", run.url)
    assert "m39" in done.stdout
    assert done.stdout.count("▁█") == 30
    assert "first 30 of 40 metrics" in done.stderr


def test_long_values_are_cut_in_tables_and_whole_in_json(place: str) -> None:
    with tl.start_run("long", to=place, params={"text": "x" * 10_000}) as run:
        pass
    assert "x" * 300 not in command("show", run.url).stdout
    assert json.loads(command("show", run.url, "--json").stdout)["params"]["text"] == "x" * 10_000
