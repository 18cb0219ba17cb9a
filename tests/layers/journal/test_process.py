"""Who lives."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tracklayer.layers.journal import process as module
from tracklayer.layers.journal.process import SILENCE, Process, process_of, silence, this_process


def never() -> float:
    message = "it was asked how long it is silent"
    raise AssertionError(message)


def for_seconds(seconds: float) -> Callable[[], float]:
    return lambda: seconds


def test_this_process_lives() -> None:
    me = this_process()
    assert me.pid == os.getpid()
    assert me.alive(never)
    assert me.said == f"process {os.getpid()} on {me.host}"
    assert me == this_process() == Process.model_validate_json(me.model_dump_json())


def test_a_child_lives_until_it_ends() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, text=True) as child:
        found = process_of(child.pid)
        assert found.alive(never)
        assert found.began != this_process().began or found.pid != os.getpid()
        assert child.stdin is not None
        child.stdin.close()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert not found.alive(never), "a zombie"
        child.wait()
        assert not found.alive(never)


def test_a_later_process_of_the_same_number_is_another() -> None:
    assert not this_process().model_copy(update={"began": "1"}).alive(never)


@pytest.mark.parametrize("change", [{"host": "elsewhere"}, {"machine": "another boot"}, {"machine": ""}])
def test_a_process_elsewhere_is_judged_by_its_silence(change: dict[str, str]) -> None:
    other = this_process().model_copy(update=change)
    assert (other.local, this_process().local) == (False, True)
    assert other.alive(for_seconds(SILENCE - 1))
    assert not other.alive(for_seconds(SILENCE))
    assert not other.alive(for_seconds(5), patience=5)
    assert other.alive(for_seconds(SILENCE), patience=float("inf"))


def test_where_the_system_tells_nothing_the_number_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_stat", lambda _: [])
    me = this_process()
    assert me.began == ""
    assert me.alive(never)
    child = subprocess.Popen([sys.executable, "-c", ""])
    found = process_of(child.pid)
    child.wait()
    assert not found.alive(never)


def test_a_process_of_somebody_else_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int, __: int) -> None:
        raise PermissionError(1, "not yours")

    monkeypatch.setattr(module, "_stat", lambda _: [])
    monkeypatch.setattr(os, "kill", refuse)
    assert this_process().alive(never)


def test_a_name_with_brackets_is_read_over(tmp_path: Path) -> None:
    named = tmp_path / "a) Z 1 (b"
    named.symlink_to(sys.executable)
    with subprocess.Popen([named, "-c", "input()"], stdin=subprocess.PIPE, text=True) as child:
        assert process_of(child.pid).began.isdigit()
        assert process_of(child.pid).alive(never)
        assert child.stdin is not None
        child.stdin.close()


def test_silence_is_told_by_the_file_systems_clock(tmp_path: Path) -> None:
    path = tmp_path / "records"
    path.touch()
    present = path.stat().st_mtime
    os.utime(path, (present - 1_000, present - 1_000))
    assert silence(path) >= 1_000
    os.utime(path, (present + 1_000, present + 1_000))
    assert silence(path) == 0.0
    assert [*tmp_path.iterdir()] == [path], "nothing is left beside it"
    with pytest.raises(FileNotFoundError):
        silence(tmp_path / "none")


def test_silence_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "read-only")

    path = tmp_path / "records"
    path.touch()
    os.utime(path, (0, 0))
    monkeypatch.setattr(Path, "touch", refuse)
    assert silence(path) > 1e9
