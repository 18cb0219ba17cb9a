"""`migrate --dry-run`: nothing is written but the page that is asked for."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.command import answer, command

import tracklayer as tl
from tracklayer.cli.boundary import FAILED, MISUSED
from tracklayer.cli.plan import MOST_ROWS, report
from tracklayer.migrate.plan.plan import Plan
from tracklayer.migrate.plan.tally import Change
from tracklayer.migrate.summary import Failure


def test_a_dry_run_tells_and_writes_nothing(place: str, tmp_path: Path) -> None:
    target, page = f"local:{tmp_path / 'target.db'}", tmp_path / "work" / "plan.html"
    with closing(sqlite3.connect(place.removeprefix("local:"))) as db:
        before = list(db.iterdump())

    document = answer("migrate", place, target, "--dry-run")
    done = command("migrate", place, target, "--dry-run", "--html", str(page))

    assert [run["state"] for run in document["runs"]] == ["new", "new"]
    assert (document["experiments"], document["deleted"]) == (["digits", "letters"], 1)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "2 new" in done.stdout
    assert "122 as they are" in done.stdout
    assert "2 runs would be copied whole; nothing was written\n" in done.stdout
    assert "Plan of a migration" in page.read_text()
    assert not (tmp_path / "target.db").exists()
    assert [path.name for path in page.parent.iterdir()] == ["plan.html"]
    with closing(sqlite3.connect(place.removeprefix("local:"))) as db:
        assert list(db.iterdump()) == before


def test_a_dry_run_takes_what_a_migration_takes(place: str, tmp_path: Path) -> None:
    target = f"local:{tmp_path / 'target.db'}"
    some = ["--experiment", "digits", "--filter", "run_name = 'second'"]
    assert answer("migrate", place, target, "--dry-run", *some)["orphans"] == 1
    with tl.connect(target) as client:
        client.create_experiment("digits")

    renamed = answer("migrate", place, target, "--dry-run", "--on-conflict", "rename")
    failed = answer("migrate", place, target, "--dry-run", "--on-conflict", "fail", code=FAILED)

    assert [name.partition(" (")[0] for name in renamed["experiments"]] == ["digits", "letters"]
    assert len(failed["failed"]) == 3
    assert "is there already" in failed["failed"][0]["reason"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--html", "no/such/folder/plan.html"], "no/such/folder/plan.html cannot be written"),
        (["--on-conflict", "ask"], "on_conflict must be one of merge, rename, fail"),
    ],
    ids=["page", "conflict"],
)
def test_what_cannot_be_planned_is_said_in_a_line(place: str, tmp_path: Path, arguments: list[str], says: str) -> None:
    done = command("migrate", place, f"local:{tmp_path / 'target.db'}", "--dry-run", *arguments)
    assert done.exit_code == MISUSED
    assert done.stdout == ""
    assert done.stderr.startswith("tracklayer: ")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_long_lists_are_cut_and_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    count = MOST_ROWS + 2
    changes = tuple(Change(kind="beside", what="tag", why=f"{n}", count=1, example="x") for n in range(count))
    failed = tuple(Failure(run=f"{n}", reason="gone\x1b[31m") for n in range(count))
    report(Plan(source="memory://a", target="memory://b", provider="memory", changes=changes, failed=failed))

    done = capsys.readouterr()
    assert "... and 2 more kinds of changes: --json has them all" in done.err
    assert "... and 2 more: --json names them all" in done.err
    assert done.err.count("would not be copied whole: run ") == MOST_ROWS
    assert "\x1b" not in done.out + done.err
