"""Retry: try again what is safe to try again, with back-off and the provider's own Retry-After.

Who wants to know how a provider takes it (migrate, which works as fast as it may) listens to each attempt.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from tracklayer.errors import ProviderError, RateLimited, Unavailable
from tracklayer.model import RunRef
from tracklayer.spi import Driver, Wrapper

T = TypeVar("T")

#: Is told of each attempt: the seconds it took, and its error if it failed.
Listener: TypeAlias = Callable[[float, BaseException | None], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def heard(listener: Listener) -> Iterator[None]:
    """Within the block, `listener` is told of each attempt that this thread makes."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)


def _told(call: Callable[[], T]) -> T:
    """Make an attempt, and tell who listens."""
    listener = _listener.get()
    if listener is None:
        return call()
    start = time.perf_counter()
    error: BaseException | None = None
    try:
        return call()
    except BaseException as failed:
        error = failed
        raise
    finally:
        listener(time.perf_counter() - start, error)


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long.

    * `attempts`: calls in all. * `first`, `longest`: seconds of the first and of the longest pause, each drawn at
      random below it (full jitter). * `patience`: the longest Retry-After, in seconds, that is waited for.
    """

    attempts: int = 5
    first: float = 0.2
    longest: float = 20.0
    patience: float = 60.0
    sleep: Callable[[float], None] = time.sleep


class Retry(Wrapper):
    """Repeats a call whose error says it is retryable. The last error is raised as it is."""

    def __init__(self, inner: Driver, policy: RetryPolicy | None = None) -> None:
        super().__init__(inner)
        self.policy = policy or RetryPolicy()

    def around(self, operation: str, on: str, call: Callable[[], T]) -> T:
        del operation, on
        return patiently(lambda: _told(call), self.policy)

    def put_artifact(self, run: RunRef, path: str, data: BinaryIO, /) -> None:
        """A stream that cannot be wound back is sent once only."""
        if not data.seekable():
            _told(lambda: self.inner.put_artifact(run, path, data))
            return
        start = data.tell()

        def send() -> None:
            data.seek(start)
            self.inner.put_artifact(run, path, data)

        self.around("put_artifact", run.id, send)


def patiently(call: Callable[[], T], policy: RetryPolicy) -> T:
    """Make a call, and make it again while its error says it is retryable. The last error is raised as it is."""

    def worth_it(error: BaseException) -> bool:
        return isinstance(error, ProviderError) and error.retryable and (_asked(error) or 0) <= policy.patience

    def pause(state: RetryCallState) -> float:
        back_off = wait_random_exponential(multiplier=policy.first, max=policy.longest)(state)
        error = state.outcome.exception() if state.outcome is not None else None
        return max(back_off, _asked(error) or 0)

    try:
        return call()  # nearly always all there is to it: what follows costs more than many a call
    except ProviderError as error:
        if not worth_it(error):
            raise
        failed: list[ProviderError] = [error]

    def again() -> T:
        if failed:
            raise failed.pop()
        return call()

    return Retrying(
        stop=stop_after_attempt(policy.attempts),
        wait=pause,
        retry=retry_if_exception(worth_it),
        sleep=policy.sleep,
        reraise=True,
    )(again)


def _asked(error: BaseException | None) -> float | None:
    """The pause that the provider asked for, in seconds."""
    return error.retry_after if isinstance(error, (RateLimited, Unavailable)) else None
