"""`tracklayer sync`: what was left in journals goes where it belongs, from any machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tracklayer as tl
from tracklayer.layers.journal.cursor import cursor_path
from tracklayer.layers.journal.folder import RECORDS, UNBORN, journals
from tracklayer.layers.journal.frames import Frame, Kind, frame, frame_at
from tracklayer.layers.journal.sync import sync

#: Logs to the place of `argv[1]`, and dies without a word. What the code needs is in `tl`, `run` and `sys`.
PROGRAM = """
import os, sys, tracklayer as tl
run = tl.start_run("digits", name="first", to=sys.argv[1].split(), params={"lr": 0.1}, tags={"team": "red"})
for step in range(100):
    run.log_metric("loss", 1 / (step + 1), step=step)
run.log_text("hello", "notes/hello.txt")
"""
DIES = "os._exit(9)"


def run_program(code: str, *places: str, last: str = DIES) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM + code + "\n" + last, " ".join(places)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def home() -> Path:
    return Path(os.environ["TRACKLAYER_HOME"])


def the_run(place: str) -> tl.Run:
    with tl.connect(place) as client:
        (run,) = client.runs("digits")
        assert len(client.metric_history(run, "loss")) == 100
        with client.open_artifact(run, "notes/hello.txt") as file:
            assert file.read() == b"hello"
        assert (run.params, run.name, run.tags["team"]) == ({"lr": 0.1}, "first", "red")
        return run


@pytest.fixture
def place(tmp_path: Path) -> str:
    return f"local:{tmp_path / 'store.db'}"


#: A place where nobody listens.
NOWHERE = "mlflow+http://127.0.0.1:9"


def test_a_run_whose_process_died_is_sent_and_closed(place: str) -> None:
    assert run_program("", place).returncode == 9
    (one,) = sync(home())
    assert one.ok
    assert not one.alive
    run = the_run(place)
    assert run.status == "failed"
    assert run.ended is not None
    assert run.tags["audit.ended"].startswith("failed: process ")
    assert f"last heard of {run.ended:%Y-%m-%dT%H}" in run.tags["audit.ended"]
    assert journals(home()) == []
    assert sync(home()) == []


def test_what_could_not_be_sent_is_sent_elsewhere_too(place: str) -> None:
    done = run_program("", NOWHERE, last="run.end(timeout=8)")
    assert done.returncode == 0
    assert "send what is left with: tracklayer sync /" in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 2, "said once while it goes on, and once at the end"
    (down,) = sync(home())
    assert not down.ok
    assert "cannot connect to http://127.0.0.1:9" in down.why
    assert down.left > 100
    first, second = sync(home(), to=place)
    assert (first.place, first.ok, second.place, second.ok) == (NOWHERE, False, place, True)
    assert the_run(place).status == "finished"
    (journal,) = journals(home())
    assert {cursor.place: cursor.done for cursor in journal.cursors()} == {NOWHERE: False, place: True}


def test_a_place_that_comes_later_gets_the_files_that_another_has(tmp_path: Path, place: str) -> None:
    later = f"local:{tmp_path / 'later.db'}"
    run_program("", place, NOWHERE, last="run.end(timeout=8)")
    (journal,) = journals(home())
    for file in journal.files.iterdir():
        file.unlink()
    found = {one.place: one for one in sync(home(), to=later)}
    assert (found[place].ok, found[NOWHERE].ok, found[later].ok) == (True, False, True)
    assert the_run(later).status == the_run(place).status == "finished"


def test_from_another_machine_a_writer_is_judged_by_its_silence(place: str, tmp_path: Path) -> None:
    run_program("", place)
    (journal,) = journals(home())
    start = journal.start
    other = start.model_copy(update={"process": start.process.model_copy(update={"host": "node7"})})
    copy = tmp_path / "copied"
    shutil.copytree(home(), copy)
    rewritten = next(copy.iterdir()) / RECORDS
    data = rewritten.read_bytes()
    first = frame_at(memoryview(data), 0)
    assert isinstance(first, Frame)
    rewritten.write_bytes(frame(Kind.START, other.model_dump_json().encode()) + data[first.stop :])
    (one,) = sync(copy)
    assert (one.ok, one.alive) == (True, True)
    with tl.connect(place) as client:
        assert next(client.runs("digits")).status == "running"
    (one,) = sync(copy, patience=0)
    assert (one.ok, one.alive) == (True, False)
    assert the_run(place).status == "failed"


def test_a_lost_cursor_sends_all_again_and_changes_nothing(place: str) -> None:
    run_program("", place, NOWHERE, last="run.end(timeout=8)")
    before = the_run(place)
    (journal,) = journals(home())
    cursor_path(journal.path, place).unlink()
    cursor_path(journal.path, place).write_bytes(b"{torn")
    assert next(one for one in sync(home()) if one.place == place).ok
    assert the_run(place) == before


def test_a_place_in_memory_ends_with_its_process(place: str) -> None:
    run_program("run.flush()", "memory://gone")
    (one,) = sync(home())
    assert not one.ok
    assert one.why == "memory://gone was in the memory of a process that has ended: send it elsewhere with --to URL"
    assert all(one.ok for one in sync(home(), to=place) if one.place == place)
    assert sync(home()) == [] or all(one.ok for one in sync(home()))
    assert the_run(place).status == "failed"


def test_children_find_their_parents_whoever_comes_first(place: str) -> None:
    run_program('child = tl.start_run(parent=True, name="child")\nchild.log_metric("m", 1)', NOWHERE)
    assert all(one.ok for one in sync(home(), to=place) if one.place == place)
    with tl.connect(place) as client:
        runs = {run.name: run for run in client.runs("digits")}
        assert runs["child"].parent == runs["first"].ref


def test_a_damaged_journal_is_named_and_keeps_no_other(place: str) -> None:
    run_program("", place)
    broken = home() / "20260101T000000-broken-123456"
    broken.mkdir()
    (broken / RECORDS).write_bytes(b"nonsense")
    found = sync(home())
    assert [one.ok for one in found] == [False, True]
    assert "its first record is not whole" in found[0].why
    assert the_run(place).status == "failed"


def test_a_writer_that_died_before_its_first_record_was_whole_is_nobody(place: str) -> None:
    run_program("", place)
    young, old = (home() / f"20260101T000000-{name}-123456" for name in ("young", "old"))
    for path in (young, old):
        path.mkdir()
        (path / UNBORN).write_bytes(b"half a rec")
    os.utime(old / UNBORN, (0, 0))
    assert [one.ok for one in sync(home())] == [True]
    assert (young.exists(), old.exists()) == (True, False), "the young one may be about to be born"


def test_what_a_place_refused_is_tried_again(place: str) -> None:
    """Another process has set the param to another value: a conflict. When it is gone, the piece lands."""
    with tl.connect(place) as client:
        with client.start_run("digits", name="first") as taken:
            taken.log_param("lr", 0.5)
        code = (
            f"run.end(timeout=0); run = tl.start_run(resume={taken.id!r}, to={place!r}, params={{'lr': 0.1, 'n': 1}})"
        )
        done = run_program(code, NOWHERE, last="run.end(timeout=20)")
        assert "refused a part of run 'first'" in done.stderr
        refused = next(one for one in sync(home()) if one.place == place)
        assert (refused.left, refused.refused, refused.ok) == (0, 1, False)
        found = client.run(taken.id)
        assert (found.params, found.status) == ({"lr": 0.5, "n": 1}, "finished")


def test_the_command(place: str) -> None:
    run_program("", place)
    command = str(Path(sys.executable).with_name("tracklayer"))
    done = subprocess.run([command, "sync", "--json"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    (one,) = json.loads(done.stdout)["journals"]
    assert (one["run"], one["place"], one["left"], one["why"]) == ("first", place, 0, "")
    again = subprocess.run([command, "sync"], capture_output=True, text=True, timeout=120, check=False)
    assert (again.returncode, again.stderr.strip()) == (0, "nothing is left to be sent")
    wrong = subprocess.run([command, "sync", "/no/such"], capture_output=True, text=True, timeout=120, check=False)
    assert wrong.returncode == 2
    assert "no folder is named '/no/such'" in wrong.stderr
    run_program("", NOWHERE)
    left = subprocess.run([command, "sync"], capture_output=True, text=True, timeout=120, check=False)
    assert left.returncode == 1
    assert "cannot connect to" in left.stdout
