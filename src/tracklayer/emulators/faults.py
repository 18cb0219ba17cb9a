"""Faults on demand: what goes wrong with the next requests of an operation.

========== ==================================================================================
kind        what happens
========== ==================================================================================
drop-before the connection ends without an answer, and nothing was done
drop-after  it was done, then the connection ends without an answer
reset       as `drop-before`, by a reset (RST) instead of an orderly end
answer      an error of this `status`, `code` and `message` in the service's own shape; nothing was done
slow        it is done `seconds` later
point       the operation answers 200, and reports item `index` of the batch with `code` (where it can: BatchPutMetrics)
========== ==================================================================================
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from tracklayer.errors import InvalidInput

Kind = Literal["drop-before", "drop-after", "reset", "answer", "slow", "point"]


@dataclass(frozen=True)
class Fault:
    """What happens to the next `times` calls of an operation; `times=None`: to all of them, until faults are cleared.

    * `operation`: `CreateTrial`, `s3.PutObject`, or a pattern: `*`, `s3.*`, `Delete*`.
    """

    operation: str
    kind: Kind
    times: int | None = 1
    status: int = 500
    code: str = "InternalFailure"
    message: str = "The request processing has failed because of an unknown error, exception or failure."
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    index: int = 0

    @classmethod
    def read(cls, given: object) -> Fault:
        """A fault out of JSON. Raises `InvalidInput`."""
        known = {one.name: one.type for one in fields(cls)}
        if not isinstance(given, dict) or not {"operation", "kind"} <= given.keys() or not given.keys() <= known.keys():
            raise InvalidInput(
                f"a fault is an object with operation, kind and some of {', '.join(known)}: not {given!r}"
            )
        wrong = [name for name, value in given.items() if not isinstance(value, _TYPES[name])]
        if wrong or given["kind"] not in get_args(Kind):
            name = (wrong or ["kind"])[0]
            raise InvalidInput(f"a fault's {name} cannot be {given[name]!r}; kinds are {', '.join(get_args(Kind))}")
        return cls(**given)

    def hits(self, service: str, operation: str) -> bool:
        """Whether it is meant for this operation."""
        return fnmatchcase(operation, self.operation) or fnmatchcase(f"{service}.{operation}", self.operation)


_TYPES: dict[str, Any] = {
    **dict.fromkeys(("operation", "kind", "code", "message"), str),
    **dict.fromkeys(("status", "index"), int),
    "times": (int, type(None)),
    "headers": dict,
    "seconds": (int, float),
}


class Faults:
    """The faults still to come. Those asked for earlier come first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, faults: Iterable[Fault]) -> None:
        """Let these happen too."""
        with self._lock:
            self._faults += faults

    def take(self, service: str, operation: str) -> Fault | None:
        """The fault that the call at hand meets, counted down."""
        with self._lock:
            for place, fault in enumerate(self._faults):
                if fault.hits(service, operation):
                    if fault.times is not None:
                        left = fault.times - 1
                        self._faults[place : place + 1] = [replace(fault, times=left)] if left > 0 else []
                    return fault
        return None

    def clear(self) -> None:
        """Let nothing happen any more."""
        with self._lock:
            self._faults.clear()
