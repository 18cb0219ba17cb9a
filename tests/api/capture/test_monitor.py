"""The clock beside a run: it counts samples, survives what goes wrong, and ends with its program."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from threading import Event, Thread, active_count, current_thread

import pytest

from tracklayer.api.capture import Monitor
from tracklayer.api.capture import monitor as module

LIMIT = 60.0


class Ticks(Event):
    """An event whose first waits are over at once; those after them last until it is set."""

    def __init__(self, ticks: int) -> None:
        super().__init__()
        self.left, self.waits, self.over = ticks, list[float | None](), Event()

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout)
        if self.left:
            self.left -= 1
            return False
        self.over.set()
        return super().wait(LIMIT)


def taken(samples: Iterable[object]) -> Callable[[], dict[str, float]]:
    """A sampler that gives one after the other, or raises it."""
    rest = iter(samples)

    def sample() -> dict[str, float]:
        one = next(rest)
        if isinstance(one, Exception):
            raise one
        assert isinstance(one, dict)
        return one

    return sample


def monitored(samples: list[object], log: Callable[[dict[str, float], int], object], interval: float = 10.0) -> Ticks:
    ticks = Ticks(len(samples))
    monitor = Monitor(taken(samples), log, interval, stopped=ticks)
    monitor.start()
    monitor.start()
    assert ticks.over.wait(LIMIT)
    monitor.stop()
    monitor.stop()
    return ticks


def test_samples_are_counted_from_0_and_taken_after_each_interval() -> None:
    logged: list[tuple[dict[str, float], int]] = []
    ticks = monitored([{"a": 1.0}, {"a": 2.0}], lambda metrics, step: logged.append((metrics, step)), 2.5)
    assert logged == [({"a": 1.0}, 0), ({"a": 2.0}, 1)]
    assert ticks.waits == [2.5, 2.5, 2.5]
    assert "tracklayer-monitor" not in {thread.name for thread in threading.enumerate()}


def test_it_goes_on_after_errors_and_a_sample_that_is_none_is_not_counted() -> None:
    logged: list[int] = []

    def log(_: dict[str, float], step: int) -> None:
        logged.append(step)
        raise ConnectionError

    monitored([{"a": 1.0}, ValueError(), {}, {"a": 2.0}], log)
    assert logged == [0, 1]


@pytest.mark.parametrize("interval", [0.0, -1.0])
def test_no_interval_is_shorter_than_the_least(interval: float) -> None:
    assert monitored([], lambda *_: None, interval).waits == [module.LEAST]


def test_it_may_be_stopped_by_what_it_calls_and_logs_nothing_after() -> None:
    stopped, logged = Ticks(3), list[int]()

    def log(_: dict[str, float], step: int) -> None:
        logged.append(step)
        monitor.stop()
        ended.set()

    ended = Event()
    monitor = Monitor(lambda: {"a": 1.0}, log, stopped=stopped)
    monitor.start()
    assert ended.wait(LIMIT)
    monitor.stop()
    assert logged == [0]


def test_stop_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    inside, hang, threads = Event(), Event(), list[Thread]()

    def log(*_: object) -> None:
        threads.append(current_thread())
        inside.set()
        hang.wait(LIMIT)

    monitor = Monitor(lambda: {"a": 1.0}, log, stopped=Ticks(1))
    monitor.start()
    assert inside.wait(LIMIT)
    monitor.stop()
    assert threads[0].daemon
    assert threads[0].is_alive()
    hang.set()
    threads[0].join(LIMIT)


def test_stopped_before_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(_: Thread) -> None:
        message = "can't start new thread"
        raise RuntimeError(message)

    before = active_count()
    monitor = Monitor(dict, lambda *_: None)
    monitor.stop()
    monitor.start()
    monkeypatch.setattr(Thread, "start", none_left)
    other = Monitor(dict, lambda *_: None)
    other.start()
    other.stop()
    assert active_count() == before


PROGRAM = """
import os, sys, threading
from tracklayer.api.capture import Monitor

first = threading.Event()

def log(metrics, step):
    first.set()
    sys.stderr.write("")

monitor = Monitor(lambda: {"a": 1.0}, log, 0.1)
monitor.start()
assert first.wait(60)
"""
CHILD = """
child = os.fork()
if child == 0:
    monitor.stop()
    monitor.start()
    other = Monitor(lambda: {}, log)
    other.start()
    assert threading.active_count() == 2, "a monitor of the child's own, and nothing of the parent's"
    sys.exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
assert threading.active_count() == 2, "the parent's goes on"
"""


@pytest.mark.parametrize("text", [PROGRAM, PROGRAM + CHILD], ids=["exit", "fork"])
def test_a_program_ends_quietly_and_a_child_leaves_it_alone(text: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", text], capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
