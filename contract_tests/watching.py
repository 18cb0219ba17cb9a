"""What goes on above and below the layers of one place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

from tracklayer.errors import Unsupported
from tracklayer.model import Experiment, ExperimentDraft, ExperimentRef
from tracklayer.spi import Driver, Wrapper

T = TypeVar("T")


@dataclass(frozen=True)
class Refusal:
    """An `Unsupported` that left the stack. `sent`: the calls that the driver was given before it was raised."""

    error: Unsupported
    sent: int


@dataclass
class Ledger:
    """Calls by name, as the bare driver was given them; the experiments made; the refusals of the stack above it."""

    calls: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    made: list[ExperimentRef] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)


class Below(Wrapper):
    """Stands right on the bare driver and counts what arrives."""

    def __init__(self, inner: Driver, ledger: Ledger) -> None:
        super().__init__(inner)
        self.ledger = ledger

    def create_experiment(self, draft: ExperimentDraft, /) -> Experiment:
        made = super().create_experiment(draft)
        with self.ledger.lock:
            self.ledger.made.append(made.ref)
        return made

    def around(self, operation: str, on: str, call: Callable[[], T]) -> T:
        del on
        with self.ledger.lock:
            self.ledger.calls[operation] += 1
        return call()


class Above(Wrapper):
    """Stands on the whole stack and notes what is refused, and what had been sent by then."""

    def __init__(self, inner: Driver, ledger: Ledger) -> None:
        super().__init__(inner)
        self.ledger = ledger

    def around(self, operation: str, on: str, call: Callable[[], T]) -> T:
        del operation, on
        before = self.ledger.calls.total()
        try:
            return call()
        except Unsupported as error:
            self.ledger.refusals.append(Refusal(error, self.ledger.calls.total() - before))
            raise
