"""`verify`: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from tests.cli.command import answer, command, process
from tests.cli.test_hostile import NAMES

import tracklayer as tl
from tracklayer.cli.boundary import DIFFERENT, FAILED, MISUSED
from tracklayer.migrate.identity import token
from tracklayer.model import Batch, Run


@pytest.fixture
def target(place: str, tmp_path: Path) -> str:
    url = f"local:{tmp_path / 'target.db'}"
    tl.migrate(place, url)
    return url


def spoil(place: str, target: str) -> Run:
    """Give a copy another tag, and another file."""
    with tl.connect(place) as source, tl.connect(target) as client:
        run = next(source.runs(filter="run_name = 'first'"))
        copy = next(one for one in client.runs() if one.token == token(source.url, run.id))
        client.driver.write(copy.ref, Batch(tags={"team": "blue"}))
        client.driver.put_artifact(copy.ref, "notes/hello.txt", BytesIO(b"hullo"))
    return run


def test_a_clean_copy(place: str, target: str, tmp_path: Path) -> None:
    done = command("verify", place, target, "--certificate", "c.json", "--html", "c.html")
    assert done.exit_code == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["runs", "2"] in rows
    assert ["points", "122"] in rows
    assert "2 runs compared, and every copy is its run: no unexplained difference." in done.stdout
    document = json.loads((tmp_path / "work" / "c.json").read_text())
    assert document["clean"] is True
    assert f"root digest: {document['root']}" in done.stdout
    assert "Certificate: clean" in (tmp_path / "work" / "c.html").read_text()
    assert answer("verify", place, target)["root"] == document["root"]


def test_a_difference_is_named_and_the_code_is_3(place: str, target: str) -> None:
    run = spoil(place, target)
    done = command("verify", place, target)
    assert done.exit_code == DIFFERENT
    lines = [line for line in done.stdout.splitlines() if line.startswith("differs: ")]
    assert lines[0] == f"differs: run {run.id} (first): tag 'team': 'red' -> 'blue': it differs"
    assert lines[1].startswith(f"differs: run {run.id} (first): file 'notes/hello.txt': 5 bytes, sha256 2cf24dba")
    assert len(lines) == 2
    assert "2 runs compared: 2 unexplained differences." in done.stdout
    document = answer("verify", place, target, code=DIFFERENT)
    assert [one["what"] for one in document["differences"]] == ["tag", "file"]
    assert command("verify", place, target, "--filter", "run_name = 'second'").exit_code == 0
    assert command("verify", place, target, "--run", run.id).exit_code == DIFFERENT


def test_a_run_that_is_missing_or_cannot_be_read(place: str, target: str) -> None:
    with tl.start_run("digits", name="fourth", to=place) as run:
        pass
    assert run.id is not None
    done = command("verify", place, target)
    assert done.exit_code == DIFFERENT
    assert f"differs: run {run.id} (fourth): run: {run.id} -> -: the run is missing" in done.stdout
    assert command("verify", place, target, "--since", "2999-01-01").exit_code == 0


def test_what_cannot_be_read_ends_with_1(place: str, target: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "target.db")) as db, db:
        db.execute("UPDATE chunks SET steps = x'00' WHERE number = (SELECT min(number) FROM chunks)")
    done = command("verify", place, target)
    assert done.exit_code == FAILED
    (line,) = done.stderr.splitlines()
    assert line.startswith("not compared: run ")
    assert "is damaged" in line
    assert "1 run compared: 1 run that could not be compared." in done.stdout


def test_what_is_wrong_is_told_before_the_work(place: str, target: str) -> None:
    assert command("verify", place, place).exit_code == MISUSED
    done = command("verify", place, target, "--html", "nowhere/c.html")
    assert (done.exit_code, done.stdout) == (MISUSED, "")
    assert done.stderr == "tracklayer: nowhere/c.html cannot be written: give a file in a folder that is there\n"
    assert command("verify", place, target, "--since", "yesterday").exit_code == MISUSED


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_whatever_is_named_the_terminal_is_shown_text(place: str, target: str, name: str) -> None:
    run = spoil(place, target)
    with tl.connect(place) as source:
        source.driver.write(run.ref, Batch(name=name, tags={name: name}))
    done = command("verify", place, target, "--html", "c.html", FORCE_COLOR="1")
    assert done.exit_code == DIFFERENT
    shown = done.stdout + Path("c.html").read_text(encoding="utf-8")
    assert not any(sign in shown for sign in ("\x1b]", "\x1b[2J", "\x9b", "\u202e", "\r", "\x07"))


def test_in_a_process_of_its_own(place: str, target: str, tmp_path: Path) -> None:
    done = process("verify", place, target, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "no unexplained difference" in done.stdout
