"""`migrate` and `compare`."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.command import answer, command

import tracklayer as tl
from tracklayer.cli.migrate import report
from tracklayer.migrate import MigrationSummary


@pytest.fixture
def target(tmp_path: Path) -> str:
    return f"local:{tmp_path / 'target.db'}"


def test_migrate_all(place: str, target: str) -> None:
    document = answer("migrate", place, target)
    assert (document["copied"], document["there"], document["deleted"], document["failed"]) == (2, 0, 1, [])
    assert answer("migrate", place, target)["there"] == 2
    done = command("migrate", place, target)
    assert done.exit_code == 0
    assert "there already, unchanged: 2 runs" in done.stdout
    assert "not copied, because deleted: 1 run\n" in done.stdout
    assert done.stderr == ""


def test_migrate_some(place: str, target: str) -> None:
    document = answer("migrate", place, target, "--filter", "run_name = 'second'")
    assert (document["copied"], document["orphans"]) == (1, 1)
    (run,) = document["runs"]
    assert answer("migrate", place, target, "--run", run)["there"] == 1
    some = ["--experiment", "digits", "--filter", "run_name = 'second'"]
    assert (
        "without a parent, because theirs was not selected: 1 run\n" in command("migrate", place, target, *some).stdout
    )


def test_a_run_that_is_not_copied_is_named_and_the_code_is_1(place: str, target: str) -> None:
    with tl.connect(target) as client:
        client.delete(client.create_experiment("digits"))
    done = command("migrate", place, target)
    assert done.exit_code == 1
    assert done.stderr.count("not copied: run ") == 2
    assert "(first)" in done.stderr
    assert "is deleted at" in done.stderr
    document = answer("migrate", place, target, code=1)
    assert len(document["failed"]) == 3


def test_compare(place: str, target: str) -> None:
    tl.migrate(place, target)
    document = answer("compare", place, target)
    assert [len(row["copies"]) for row in document["rows"]] == [2, 2]
    done = command("compare", place, target)
    assert done.exit_code == 0
    assert done.stdout.count("A = B") == 3  # two rows and the legend
    assert f"A: {place}" in done.stdout
    assert done.stderr == ""


def test_compare_what_is_asked_for(place: str) -> None:
    document = answer("compare", place, "--experiment", "digits", "--filter", "metrics.acc > 0", "--metric", "acc")
    assert [row["name"] for row in document["rows"]] == ["first"]
    assert document["metrics"] == {"acc": {"direction": "max", "best": [], "guessed": True, "unit": None}}


def test_a_place_that_is_not_read_is_named_and_the_code_is_1(place: str, target: str) -> None:
    done = command("compare", place, target)
    assert done.exit_code == 1
    assert f"not read: {target}: local: " in done.stdout
    assert "first" in done.stdout
    assert len(answer("compare", place, target, code=1)["failures"]) == 1


def test_the_table_is_as_wide_as_the_terminal_and_a_file_takes_all(place: str) -> None:
    narrow, wide = command("compare", place, COLUMNS="60").stdout, command("compare", place).stdout
    assert max(map(len, narrow.splitlines())) <= 60
    assert "no room for:" in narrow
    assert "no room for:" not in wide


def test_what_the_source_does_not_hold_exactly_is_told_once_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    why = {"metrics.loss": "aggregates a step"}
    approximate = {"r1": why, "r2": {**why, "inputs": "no digest"}}
    report(MigrationSummary(source="sagemaker://a", target="local:", copied=2, approximate=approximate))
    assert capsys.readouterr().err.splitlines() == [
        "approximate at the source, in 2 runs: metrics.loss: aggregates a step",
        "approximate at the source, in 1 run: inputs: no digest",
    ]


def test_of_many_reasons_the_commonest_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    approximate = {f"r{number}": {"params": f"reason {number}"} for number in range(25)}
    report(MigrationSummary(source="sagemaker://a", target="local:", copied=25, approximate=approximate))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 21
    assert lines[-1] == "... and 5 more kinds: --json names them all"
