"""Drivers that misbehave, or that keep count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from tracklayer.api import Client
from tracklayer.layers.retry import RetryPolicy
from tracklayer.layers.stack import stack
from tracklayer.model import Batch, RunRef
from tracklayer.spi import Driver, Wrapper, open_driver

T = TypeVar("T")


class Counting(Wrapper):
    """Counts the calls by their names, and notes how many points each write carries."""

    def __init__(self, inner: Driver) -> None:
        super().__init__(inner)
        self.calls: Counter[str] = Counter()
        self.points: list[int] = []

    def around(self, operation: str, on: str, call: Callable[[], T]) -> T:
        self.calls[operation] += 1
        return super().around(operation, on, call)

    def write(self, run: RunRef, batch: Batch, /) -> None:
        self.points.append(sum(map(len, batch.points)))
        super().write(run, batch)


class Failing(Wrapper):
    """Raises what `fault` gives for a call (by its name and the id it is done to)."""

    def __init__(self, inner: Driver, fault: Callable[[str, str], BaseException | None]) -> None:
        super().__init__(inner)
        self.fault = fault

    def around(self, operation: str, on: str, call: Callable[[], T]) -> T:
        error = self.fault(operation, on)
        if error is not None:
            raise error
        return super().around(operation, on, call)


def client_of(driver: Driver) -> Client:
    """A client whose layers never wait."""
    return Client(stack(driver, retry=RetryPolicy(attempts=1)))


def counting(url: str) -> tuple[Client, Counting]:
    """A client of a place, and the counter in it."""
    counter = Counting(open_driver(url))
    return client_of(counter), counter


def failing(url: str, fault: Callable[[str, str], BaseException | None]) -> Client:
    """A client of a place that fails on purpose."""
    return client_of(Failing(open_driver(url), fault))
