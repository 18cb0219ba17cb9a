"""How far a migration is: JSON lines for a program, bars for a reader."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tracklayer.cli.underway import bars, events
from tracklayer.migrate import Progress


class Clock:
    """A clock that is set by hand."""

    now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    made = Clock()
    monkeypatch.setattr("tracklayer.cli.underway.time", made)
    return made  # type: ignore[return-value] # an iterator is what a fixture may be


def copied(done: int) -> Progress:
    return Progress("copy", 3, done, f"run {done}", 10 * done, done, 100 * done)


def verified(done: int) -> Progress:
    return Progress("verify", 3, done, "", 10 * done, done, 100 * done)


def test_a_program_gets_a_line_for_each_phase_then_one_a_second_and_the_last(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    with events() as tell:
        for passed, now in [
            (0.0, copied(0)),
            (0.5, copied(1)),
            (0.6, copied(1)),
            (0.1, copied(2)),
            (0.1, copied(3)),
            (0.1, verified(0)),
            (0.1, verified(1)),
            (0.1, verified(3)),
        ]:
            clock.now += passed
            tell(now)
    lines: list[dict[str, Any]] = list(map(json.loads, capsys.readouterr().out.splitlines()))
    assert {line["event"] for line in lines} == {"progress"}
    assert [(line["phase"], line["done"]) for line in lines] == [
        ("copy", 0), ("copy", 1), ("copy", 3), ("verify", 0), ("verify", 3)
    ]  # fmt: skip
    assert lines[1] == {
        "event": "progress", "phase": "copy", "total": 3, "done": 1, "run": "run 1",
        "points": 10, "files": 1, "bytes": 100,
    }  # fmt: skip


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_reader_sees_the_rate_and_what_has_moved(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("TERM", "xterm")
    with bars() as tell:
        clock.now += 2
        tell(Progress("copy", 3, 2, "[bold]\x1b name", 1_000, 2, 2_000_000))
        tell(verified(3))
    shown = terminal.getvalue()
    for part in ("verifying", "3/3", "30 points, 3 files"):
        assert part in shown
    assert "\x1b name" not in shown


def test_nobody_who_watches_is_shown_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with bars() as tell:
        tell(copied(1))
        tell(verified(1))
    assert capsys.readouterr().err == ""
