"""Carrier: the thread that takes this process's journals to one place, and waits for nobody else's.

* It looks for new records by itself, several times a second: whoever logs does not so much as wake it.
* What fails is reported once, kept, and tried again after a pause that grows; so is the end of it.
* The daemon thread ends with the process; what is left then is `tracklayer sync`'s, or the next process's.
"""

from __future__ import annotations

import logging
import os
import time
import weakref
from collections.abc import Callable, Iterable
from threading import Condition, Thread

from tracklayer.errors import RateLimited, Timeout, TracklayerError, Unauthenticated, Unavailable
from tracklayer.layers.journal.breaker import Breaker
from tracklayer.layers.journal.shipment import Shipment
from tracklayer.spi import Driver

log = logging.getLogger("tracklayer")

#: Seconds between two looks for new records; and the age and bytes at which they are carried.
LOOK, AGE, SIZE = 0.2, 1.0, 1 << 18
#: Failures in a row after which nobody waits for a place any longer; one more, where it failed before.
HOPELESS = 2
#: Errors that say of a place, not of a run, that it cannot be written to now.
DOWN = (Unavailable, Timeout, RateLimited, Unauthenticated)


_all: weakref.WeakSet[Carrier] = weakref.WeakSet()


class Carrier:
    """Carries journals to a place, each in its turn. `open_driver` gives the place with all its layers."""

    def __init__(self, place: str, open_driver: Callable[[], Driver]) -> None:
        self.place = place
        self.breaker = Breaker()
        self.opener = open_driver
        self._driver: Driver | None = None
        self._changed = Condition()  # on a lock that a signal's handler may take again
        self._shipments: list[Shipment] = []
        self._looked: dict[int, float] = {}
        self._urgent = 0
        self._closed = False
        self._thread: Thread | None = None
        _all.add(self)

    @property
    def driver(self) -> Driver:
        """The place. Opening it makes no call."""
        with self._changed:
            if self._driver is None:
                self._driver = self.opener()
            return self._driver

    def add(self, shipment: Shipment) -> None:
        """Take on a journal."""
        with self._changed:
            self._closed = False
            self._shipments.append(shipment)
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._work, name=f"tracklayer to {self.place}", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def flush(self, shipments: Iterable[Shipment], until: float) -> bool:
        """Wait until all that was logged has landed. False when it has not by `until`, or when there is no hope."""
        mine = [(shipment, shipment.journal.size) for shipment in shipments]
        breakers = [self.breaker, *(shipment.breaker for shipment, _ in mine)]
        with self._changed:
            self._urgent += 1
            for breaker in breakers:
                breaker.hurry()
            enough = [breaker.failures + 1 if breaker.failures else HOPELESS for breaker in breakers]
            self._changed.notify_all()
            try:
                while not all(shipment.has(size) for shipment, size in mine):
                    left = until - time.monotonic()
                    gone = self._thread is None or not self._thread.is_alive()
                    hopeless = any(one.failures >= most for one, most in zip(breakers, enough, strict=True))
                    if left <= 0 or gone or hopeless:
                        return False
                    self._changed.wait(min(left, LOOK))
            finally:
                self._urgent -= 1
        return True

    def carried(self, wanted: Callable[[Shipment], bool]) -> list[Shipment]:
        """The journals that it has taken on and not yet carried to their end."""
        with self._changed:
            return [shipment for shipment in self._shipments if wanted(shipment)]

    def wait_for(self, shipment: Shipment, until: float) -> BaseException | None:
        """Wait until a run is there: None, or what keeps it from that."""
        with self._changed:
            self._changed.notify_all()
            while shipment.cursor.run is None:
                error = shipment.breaker.error or self.breaker.error
                if time.monotonic() >= until or (error is not None and not getattr(error, "retryable", False)):
                    return error or TimeoutError(f"{self.place} has not made the run yet")
                self._changed.wait(LOOK)
        return None

    def close(self) -> None:
        """Carry nothing more, and let go of the place. What is under way is not waited for."""
        with self._changed:
            self._closed = True
            self._shipments.clear()
            self._changed.notify_all()
            driver, self._driver = self._driver, None
        if driver is not None:
            driver.close()

    # -- the thread

    def _work(self) -> None:
        while not self._closed:
            with self._changed:
                self._shipments = [one for one in self._shipments if not _over(one)]
                shipments = list(self._shipments)
                urgent = self._urgent > 0
            moved = False
            for shipment in shipments:
                if self._due(shipment, urgent=urgent):
                    moved |= self._ship(shipment)
            with self._changed:
                self._changed.notify_all()
                if not moved:
                    self._changed.wait(LOOK if self._shipments else None)  # what was added meanwhile is not slept over

    def _due(self, shipment: Shipment, *, urgent: bool) -> bool:
        """Is there something to be carried, and is it time for it?"""
        if self.breaker.open or shipment.breaker.open:
            return False
        if shipment.cursor.run is None:
            return True
        waiting = shipment.waiting
        if not waiting and shipment.writer is None and not shipment.cursor.done:
            return shipment.over
        if not waiting:
            self._looked.pop(id(shipment), None)
            return False
        since = self._looked.setdefault(id(shipment), time.monotonic())
        age = max(AGE, shipment.driver.traits.pause)
        return urgent or waiting >= SIZE or time.monotonic() - since >= age or shipment.over

    def _ship(self, shipment: Shipment) -> bool:
        try:
            moved = shipment.ship()
        except Exception as error:  # noqa: BLE001 -- nothing that goes wrong may end the thread, or reach training
            self._failed(shipment, error)
            return False
        self._looked.pop(id(shipment), None)
        over = [breaker.passed() for breaker in (self.breaker, shipment.breaker)]
        if any(over):
            log.warning("tracklayer: %s takes what is logged again", self.place)
        return moved

    def _failed(self, shipment: Shipment, error: Exception) -> None:
        down = isinstance(error, DOWN)
        first = (self.breaker if down else shipment.breaker).failed(error)
        if first:
            said = error if isinstance(error, TracklayerError) else f"{type(error).__name__}: {error}"
            log.warning(
                "tracklayer: %s does not take what is logged to run %r: %s; it is kept in %s and tried again",
                self.place,
                shipment.journal.start.draft.name,
                said,
                shipment.journal.path,
            )
            log.debug("the error of %s", self.place, exc_info=error)


def close_all() -> None:
    """Let go of all places: for the exit of the program."""
    for carrier in list(_all):
        carrier.close()


def _over(shipment: Shipment) -> bool:
    """Is there nothing more to come?"""
    return shipment.cursor.done and shipment.landed


def _forked() -> None:
    """In a child process: the threads are the parent's, and who knows who held what."""
    _all.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
