"""`watch`, and `compare --live`: look after look, until Ctrl-C."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.command import MAIN, PATIENCE, command

import tracklayer as tl
from tracklayer.cli import watch


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What happens between the looks, one after the other; behind the last, somebody presses Ctrl-C."""

    def set_(*happens: Callable[[], object]) -> None:
        left = list(happens)

        def pause(seconds: float) -> None:
            assert seconds == 10
            if not left:
                raise KeyboardInterrupt
            left.pop(0)()

        monkeypatch.setattr(watch, "pause", pause)

    return set_


def test_each_look_is_a_document_of_its_own(tmp_path: Path, between: Callable[..., None]) -> None:
    places = [f"local:{tmp_path / name}.db" for name in "ab"]
    run = tl.start_run("digits", name="going", to=places[0])
    run.log_metric("loss", 0.5)
    run.flush()

    def another() -> None:
        with tl.start_run("digits", name="other", to=places[1]):
            pass

    between(another, run.end)
    done = command("watch", *places, "--json")
    assert done.exit_code == 130
    assert "interrupted" in done.stderr
    looks = [json.loads(line) for line in done.stdout.splitlines()]
    assert [[(row["name"], row["status"]) for row in look["rows"]] for look in looks] == [
        [("going", "running")],
        [("going", "running")],
        [("going", "finished")],
    ]
    assert [len(look["failures"]) for look in looks] == [1, 0, 0]


def test_where_nobody_watches_the_tables_stand_below_each_other(tmp_path: Path, between: Callable[..., None]) -> None:
    place = f"local:{tmp_path / 'store.db'}"
    run = tl.start_run("digits", name="going", to=place)
    run.log_points(tl.Points.of("loss", [(step, step, float(step)) for step in range(9)]))
    run.flush()
    between(lambda: run.log_metric("acc", 1.0), run.end)
    done = command("watch", place, "--sort", "loss", "--metric", "loss")
    run.end()
    assert done.exit_code == 130
    assert done.stdout.count("again every 10 s, until Ctrl-C") == 3
    assert done.stdout.count("1 run running at ") == 2
    assert "0 runs running at " in done.stdout
    assert "▁▂▃▄▅▆▇█" in done.stdout
    assert "acc" not in done.stdout


def test_a_mistake_ends_the_first_look_and_is_told_at_a_later_one(tmp_path: Path, between: Callable[..., None]) -> None:
    place = f"local:{tmp_path / 'store.db'}"
    run = tl.start_run("digits", name="going", to=place)
    run.log_metric("old", 0.5)
    run.flush()
    assert command("watch", "nosuch:x").exit_code == 2

    def replaced() -> None:
        following = tl.start_run("digits", name="next", to=place)
        following.flush()
        ended.append(following)
        run.end()
        with tl.connect(place) as client:
            client.delete(client.run(run.id))

    ended: list[tl.ActiveRun] = []
    between(replaced)
    done = command("watch", place, "--map", "old=new", "--no-curves")
    ended[0].end()
    assert done.exit_code == 130
    assert done.stdout.count("going") == 2
    assert "no run has the metric or param 'old'" in done.stderr


def test_compare_live_shows_all_runs_again_and_again(tmp_path: Path, between: Callable[..., None]) -> None:
    place = f"local:{tmp_path / 'store.db'}"
    with tl.start_run("digits", name="over", to=place):
        pass
    between(lambda: tl.start_run("digits", name="going", to=place).end())
    done = command("compare", place, "--live")
    assert done.exit_code == 130
    assert (done.stdout.count("over "), done.stdout.count("going ")) == (2, 1)


def told(terminal: int) -> bytes:
    """What comes next on it; not waited for without end."""
    ready, _, _ = select.select([terminal], [], [], PATIENCE)
    assert ready, "nothing is said any more"
    return os.read(terminal, 65_536)


def test_on_a_screen_a_look_takes_the_place_of_the_one_before_until_ctrl_c(tmp_path: Path) -> None:
    place = f"local:{tmp_path / 'store.db'}"
    with tl.start_run("digits", name="going", to=place) as run:
        run.flush()
        ours, theirs = pty.openpty()
        command_line = [sys.executable, "-c", MAIN, "watch", place, "--every", "1"]
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
        with subprocess.Popen(command_line, stdout=theirs, stderr=theirs, env=environment) as process:
            os.close(theirs)
            shown = b""
            while shown.count(b"until Ctrl-C") < 2:
                shown += told(ours)
            process.send_signal(signal.SIGINT)
            try:
                while part := told(ours):
                    shown += part
            except OSError:  # Linux: the other end is closed
                pass
            assert process.wait(PATIENCE) == 130
        os.close(ours)
    text = shown.decode()
    assert "going" in text
    assert "\x1b[1A" in text  # the cursor goes up over what is replaced
    assert "interrupted" in text
