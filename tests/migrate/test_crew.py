"""Tasks side by side: as many as the window lets in, what follows first, and nothing left behind."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from threading import Barrier, Lock
from typing import Any

import pytest

from tracklayer.errors import Rejected, Unavailable
from tracklayer.layers.retry import Retry, RetryPolicy
from tracklayer.migrate.crew import Crew, listened
from tracklayer.migrate.trouble import Trouble
from tracklayer.migrate.window import FIRST, Window
from tracklayer.model import RunRef
from tracklayer.spi import open_driver


class Inline(Executor):
    """Carries a task out when it is submitted, and notes that; or has lost its worker."""

    def __init__(self, *, lost: bool = False) -> None:
        self.lost = lost
        self.submitted: list[Any] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.submitted.append(args[1:])
        future: Future[Any] = Future()
        if self.lost:
            future.set_exception(RuntimeError("the worker died"))
        else:
            future.set_result(fn(*args, **kwargs))
        return future


def double(number: int) -> int:
    if number < 0:
        raise Rejected("negative\nnumber", provider="test", operation="double")
    return 2 * number


def test_each_task_is_told_of_with_what_it_gave_or_why_it_failed() -> None:
    crew: Crew[str] = Crew(Inline(), Window(2))
    done = {one.key: one for one in crew.work((str(number), double, (number,)) for number in (1, 2, -1))}
    assert (done["1"].value, done["2"].value) == (2, 4)
    assert done["-1"].trouble == Trouble("test: double: negative number", silent=False, passing=False)


def test_what_is_added_meanwhile_comes_before_what_has_not_begun_and_the_feed_is_drawn_as_needed() -> None:
    inline = Inline()
    crew: Crew[str] = Crew(inline, Window(1))
    drawn: list[int] = []

    def feed() -> Iterator[tuple[str, Any, tuple[int]]]:
        for number in range(3):
            drawn.append(number)
            yield "fed", double, (number,)

    for done in crew.work(feed()):
        if done.key == "fed":
            assert drawn[-1] == done.value // 2, "nothing is drawn ahead"
            crew.add("follows", double, 10 + done.value)
    assert inline.submitted == [(0,), (10,), (1,), (12,), (2,), (14,)]


def test_never_more_are_in_flight_than_the_window_lets_in_and_as_many_as_it_does() -> None:
    together = Barrier(int(FIRST), timeout=60)
    flying, most, lock = 0, 0, Lock()

    def task() -> None:
        nonlocal flying, most
        with lock:
            flying += 1
            most = max(most, flying)
        together.wait()
        with lock:
            flying -= 1

    with ThreadPoolExecutor(16) as threads:
        crew: Crew[int] = Crew(threads, Window(int(FIRST)))
        assert all(done.trouble is None for done in crew.work((number, task, ()) for number in range(12)))
    assert most == FIRST


def test_a_worker_that_is_lost_is_trouble_that_may_pass() -> None:
    crew: Crew[int] = Crew(Inline(lost=True), Window(2))
    (done,) = crew.work([(1, double, (1,))])
    assert done.trouble == Trouble("RuntimeError: the worker died", silent=False, passing=True)


def test_who_stops_listening_cancels_what_has_not_begun() -> None:
    cancelled: list[Future[Any]] = []

    class Slow(Executor):
        def submit(self, _fn: Any, /, *args: Any, **_: Any) -> Future[Any]:
            future: Future[Any] = Future()
            if args[1:] == (0,):
                future.set_result(listened(*args))
            else:
                cancelled.append(future)
            return future

    work = Crew[int](Slow(), Window(3)).work((number, double, (number,)) for number in range(3))
    assert next(work).key == 0
    del work  # a generator: with it goes all that it holds
    assert len(cancelled) == 2
    assert all(future.cancelled() for future in cancelled)


def test_the_window_hears_of_each_attempt_of_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Retry(open_driver("memory://crew"), RetryPolicy(attempts=3, sleep=lambda _: None))
    monkeypatch.setattr(driver.inner, "get_run", _refuse)
    told = listened(driver.get_run, RunRef(id="x"))
    assert [one.failed for one in told.attempts] == [True] * 3
    assert told.trouble is not None
    assert (told.trouble.silent, told.trouble.passing) == (True, True)


def _refuse(_: RunRef) -> None:
    raise Unavailable("not now", provider="memory", operation="get_run")
