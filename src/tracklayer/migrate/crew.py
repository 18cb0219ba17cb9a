"""Crew: an executor that is given as many tasks as it can take, the next ones when some have ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from tracklayer.errors import RateLimited
from tracklayer.layers.retry import heard
from tracklayer.migrate.trouble import Trouble
from tracklayer.migrate.window import Heard, Window

K = TypeVar("K")

#: Attempts at calls that a task tells of one by one: what comes after is like what came before.
MOST_TOLD = 200


@dataclass(frozen=True)
class Done(Generic[K]):
    """A task that has ended: what it was added as, and what it gave, or why it failed."""

    key: K
    value: Any = None
    trouble: Trouble | None = None


@dataclass(frozen=True)
class _Told:
    """What comes back from wherever a task ran."""

    value: Any
    trouble: Trouble | None
    attempts: tuple[Heard, ...] = ()


class Crew(Generic[K]):
    """Tasks, carried out by `executor` side by side, `window` of them at once.

    * `add` puts a task before all that have not begun: what follows from a run is done before another run is begun.
    * `work` carries out what `feed` gives and what is added meanwhile, and gives each as it ends, failed or not. Only
      what is no `Exception`, as Ctrl-C, is raised.
    """

    def __init__(self, executor: Executor, window: Window) -> None:
        self._executor = executor
        self._window = window
        self._ready: deque[tuple[K, Callable[..., Any], tuple[Any, ...]]] = deque()
        self._flying: dict[Future[_Told], K] = {}

    @property
    def patience(self) -> int:
        """Tasks that may fail one after the other because a place does not answer, before the rest is not tried."""
        return self._window.patience

    def add(self, key: K, task: Callable[..., Any], *arguments: Any) -> None:
        """A task to be done next: a function of a module, and arguments that can be sent to another machine."""
        self._ready.append((key, task, arguments))

    def work(self, feed: Iterable[tuple[K, Callable[..., Any], tuple[Any, ...]]] = ()) -> Iterator[Done[K]]:
        """Carry out everything."""
        more = iter(feed)
        try:
            while True:
                self._fill(more)
                if not self._flying:
                    return
                ended, _ = wait(self._flying, return_when=FIRST_COMPLETED)
                for future in ended:
                    yield self._done(future)
        finally:
            for future in self._flying:
                future.cancel()

    def _fill(self, more: Iterator[tuple[K, Callable[..., Any], tuple[Any, ...]]]) -> None:
        while len(self._flying) < self._window.size:
            if not self._ready:
                upcoming = next(more, None)
                if upcoming is None:
                    return
                self._ready.append(upcoming)
            key, task, arguments = self._ready.popleft()
            self._flying[self._executor.submit(listened, task, *arguments)] = key

    def _done(self, future: Future[_Told]) -> Done[K]:
        key = self._flying.pop(future)
        try:
            told = future.result()
        except Exception as error:  # noqa: BLE001 -- the cluster's: a worker was lost, a result could not be sent
            told = _Told(None, replace(Trouble.of(error), passing=True))
        for attempt in told.attempts:
            self._window.heard(attempt)
        self._window.ended()
        return Done(key, told.value, told.trouble)


def listened(task: Callable[..., Any], *arguments: Any) -> _Told:
    """Carry out a task, and tell how the calls in it went: runs wherever the executor runs it."""
    attempts: list[Heard] = []

    def note(seconds: float, error: BaseException | None) -> None:
        if len(attempts) < MOST_TOLD:
            attempts.append(Heard(seconds, failed=error is not None, limited=isinstance(error, RateLimited)))

    with heard(note):
        try:
            value, trouble = task(*arguments), None
        except Exception as error:  # noqa: BLE001 -- told to who asked for the task
            value, trouble = None, Trouble.of(error)
    return _Told(value, trouble, tuple(attempts))
