"""Retry: try again what is safe to try again, with back-off and the provider's own Retry-After."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from tracklayer.errors import ProviderError, RateLimited, Unavailable
from tracklayer.model import RunRef
from tracklayer.spi import Driver, Wrapper

T = TypeVar("T")


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
        policy = self.policy
        return Retrying(
            stop=stop_after_attempt(policy.attempts),
            wait=self._pause,
            retry=retry_if_exception(self._worth_it),
            sleep=policy.sleep,
            reraise=True,
        )(call)

    def _worth_it(self, error: BaseException) -> bool:
        return isinstance(error, ProviderError) and error.retryable and (_asked(error) or 0) <= self.policy.patience

    def _pause(self, state: RetryCallState) -> float:
        back_off = wait_random_exponential(multiplier=self.policy.first, max=self.policy.longest)(state)
        error = state.outcome.exception() if state.outcome is not None else None
        return max(back_off, _asked(error) or 0)

    def put_artifact(self, run: RunRef, path: str, data: BinaryIO, /) -> None:
        """A stream that cannot be wound back is sent once only."""
        if not data.seekable():
            self.inner.put_artifact(run, path, data)
            return
        start = data.tell()

        def send() -> None:
            data.seek(start)
            self.inner.put_artifact(run, path, data)

        self.around("put_artifact", run.id, send)


def _asked(error: BaseException | None) -> float | None:
    """The pause that the provider asked for, in seconds."""
    return error.retry_after if isinstance(error, (RateLimited, Unavailable)) else None
