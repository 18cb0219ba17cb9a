"""The log of what an emulator was asked: one entry a request, in the order they were answered."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """One request.

    * `service`, `operation`: as the cloud names them (`sagemaker`, `CreateTrial`).
    * `host`: the Host header, without its port.
    * `status`: of the answer; 0 where none was given. * `code`: the cloud's error code, else empty.
    * `seconds`: from the whole request to its answer. * `bytes_in`: the size of its body.
    """

    service: str
    operation: str
    host: str
    status: int
    code: str
    seconds: float
    bytes_in: int


class CallLog:
    """The calls so far. Threads may add and read at the same time."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        """Note one call."""
        with self._lock:
            self._calls.append(call)

    def all(self) -> list[Call]:
        """All calls, oldest first."""
        with self._lock:
            return list(self._calls)

    def count(self, operation: str | None = None, service: str | None = None) -> int:
        """How many calls there were; of one operation or service, where it is named."""
        return sum(operation in {None, call.operation} and service in {None, call.service} for call in self.all())

    def counts(self) -> Counter[str]:
        """`service.Operation` -> how many calls."""
        return Counter(f"{call.service}.{call.operation}" for call in self.all())

    def clear(self) -> None:
        """Forget them."""
        with self._lock:
            self._calls.clear()
