"""`migrate --delete-source`: what is asked before anything is deleted."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.command import command
from typer.testing import CliRunner, Result

import tracklayer as tl
from tracklayer.cli.main import app
from tracklayer.migrate.ledger import Ledger


@pytest.fixture
def target(tmp_path: Path) -> str:
    return f"local:{tmp_path / 'target.db'}"


def asked(place: str, target: str, typed: str, *more: str) -> Result:
    """The command, with something typed."""
    return CliRunner().invoke(app, ["migrate", place, target, "--delete-source", *more], input=typed)


def left(place: str) -> set[str]:
    with tl.connect(place) as client:
        return {str(run.name) for run in client.runs()}


def test_who_types_the_url_of_the_source_deletes_what_was_proven(place: str, target: str) -> None:
    done = asked(place, target, f"  {place} \n")
    assert done.exit_code == 0, done.stderr
    assert f"to delete 2 runs of the source, which cannot be undone everywhere, type its URL: {place}" in done.stderr
    assert "deleted at the source: 2 runs\n" in done.stderr
    assert left(place) == set()
    assert left(target) == {"first", "second"}


@pytest.mark.parametrize("typed", ["yes", "", "local:"])
def test_anything_else_deletes_nothing_and_the_code_is_2(place: str, target: str, typed: str) -> None:
    done = asked(place, target, f"{typed}\n")
    assert done.exit_code == 2
    assert done.stderr.endswith("nothing was deleted: that is not the URL of the source\n")
    assert left(place) == left(target) == {"first", "second"}


def test_nobody_there_to_type_deletes_nothing(place: str, target: str) -> None:
    assert asked(place, target, "", "--json").exit_code == 130
    assert left(place) == {"first", "second"}


def test_a_copy_that_is_not_proven_is_not_even_asked_about(place: str, target: str) -> None:
    with tl.connect(target) as client:
        client.delete(client.create_experiment("digits"))
    done = asked(place, target, f"{place}\n")
    assert done.exit_code == 1
    assert "type its URL" not in done.stderr
    assert left(place) == {"first", "second"}


def test_what_cannot_be_is_refused_before_any_work(place: str, target: str, tmp_path: Path) -> None:
    unproven = asked(place, target, f"{place}\n", "--no-verify")
    assert unproven.exit_code == 2
    assert "--delete-source needs the proof that --no-verify leaves out" in unproven.stderr
    (tmp_path / "mlruns").mkdir()
    read_only = command("migrate", f"mlruns:{tmp_path / 'mlruns'}", target, "--delete-source")
    assert read_only.exit_code == 2
    assert "does not offer delete: " in read_only.stderr
    assert not (tmp_path / "target.db").exists()


def test_a_run_that_is_left_is_named(place: str, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ledger, "stands", lambda *_: False)
    done = asked(place, target, f"{place}\n")
    assert done.exit_code == 1
    assert "deleted at the source: 0 runs\n" in done.stderr
    assert "(first): it has changed since it was copied\n" in done.stderr
    assert left(place) == {"first", "second"}
