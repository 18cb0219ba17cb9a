"""Waiting: for sockets that never block, and for the end of all."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Stopped(Exception):
    """The proxy is being stopped: leave everything."""


class Stop:
    """Says to all who wait, in any number of threads, that it is over."""

    def __init__(self) -> None:
        self._reading, self._writing = socket.socketpair()

    def fileno(self) -> int:
        """What is readable once it is over."""
        return self._reading.fileno()

    def now(self) -> None:
        """It is over."""
        self._writing.close()

    def close(self) -> None:
        """Nobody waits any more."""
        self._reading.close()
        self._writing.close()


class Waiting:
    """The waiting of one thread."""

    def __init__(self, stop: Stop) -> None:
        self._selector = selectors.DefaultSelector()
        self._stop = stop.fileno()
        self._selector.register(self._stop, READ)

    def wait(self, wanted: Mapping[int, int], seconds: float | None = None) -> bool:
        """Until a file descriptor has one of the events wanted of it; False after so many seconds without one.

        * `Stopped` when it is over.
        """
        for known in {*self._selector.get_map()} - {*wanted, self._stop}:
            self._selector.unregister(known)
        for number, events in wanted.items():
            if number not in self._selector.get_map():
                self._selector.register(number, events)
            elif self._selector.get_key(number).events != events:
                self._selector.modify(number, events)
        ready = self._selector.select(seconds)
        if any(key.fd == self._stop for key, _ in ready):
            raise Stopped
        return bool(ready)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._selector.close()
