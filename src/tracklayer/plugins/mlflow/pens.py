"""Pens: what a run is written with. A live run's goes through the journal, any other's straight to the place."""

from __future__ import annotations

from collections.abc import Sequence
from threading import RLock
from typing import BinaryIO, Protocol

from tracklayer.api.logbook import Logbook
from tracklayer.api.options import Options
from tracklayer.api.redaction import Redactor
from tracklayer.api.signals import watch
from tracklayer.layers.journal.carrier import Carrier
from tracklayer.layers.journal.dispatch import Delivery
from tracklayer.layers.journal.keeper import keep
from tracklayer.layers.journal.records import End, Start
from tracklayer.model import Batch, Points, RunRef
from tracklayer.plugins.mlflow.known import Known
from tracklayer.spi import Driver

#: A metric, its value, its step, its time in nanoseconds.
Point = tuple[str, float, int, int]


class Pen(Protocol):
    """Writes to one run. `known` is what it knows of it; whoever changes that holds `lock`."""

    known: Known
    lock: RLock

    def write(self, batch: Batch) -> None:
        """Params, tags, inputs, and changes of the run itself."""

    def points(self, points: Sequence[Point]) -> None:
        """Points of any metrics."""

    def put(self, path: str, data: BinaryIO) -> None:
        """A file."""


class Live:
    """A run that this process started or went on with, through its journal: nothing here waits for the place.

    * `ended`: nothing more is taken; what is left is on its way.
    """

    def __init__(self, start: Start, carrier: Carrier, known: Known, options: Options) -> None:
        self.known = known
        self.lock = RLock()
        self.ended = False
        self.redactor = Redactor(options.redaction)
        self.delivery = Delivery(start, [carrier], on_fork=keep)
        self._options = options
        self._book = Logbook(self.delivery, options, self.redactor)
        self._rows = self.delivery.writer.rows

    def go(self) -> None:
        """Hand it to the carrier."""
        self.delivery.go()
        keep()
        watch()

    def ref(self, timeout: float) -> RunRef:
        """The run in its place; waits for it. Raises what keeps it from being made."""
        if self.known.ref is None:
            self.known.ref = self.delivery.run(timeout)
        return self.known.ref

    def write(self, batch: Batch) -> None:
        self._book.write(batch)

    def points(self, points: Sequence[Point]) -> None:
        for key, value, step, time in points:
            self._rows(((key, value),), step, time)

    def put(self, path: str, data: BinaryIO) -> None:
        self._book.put(path, data)

    def end(self, change: Batch) -> None:
        """The run ends so. Waits for the place, as long as the options say."""
        with self.lock:
            if self.ended:
                return
            self.ended = True
            self.delivery.writer.end(End(change=change))
        if not self.flush(self._options.flush_timeout):
            import logging  # noqa: PLC0415

            logging.getLogger("tracklayer").warning("tracklayer: %s", self._book.left())
        self.delivery.forget()

    def leave(self, timeout: float) -> None:
        """Nothing more comes from this process; the run itself goes on."""
        if not self.ended:
            self.flush(timeout)
            self.ended = True
            self.delivery.leave()

    def flush(self, timeout: float | None = None) -> bool:
        """Wait for the place; False when something is left."""
        return self._book.flush(timeout)

    @property
    def landed(self) -> bool:
        """Does the place have all of it?"""
        return all(one.landed for one in self.delivery.shipments)


class Direct:
    """A run that nobody logs to here, such as one that has ended: each call is the place's own, and raises its errors."""

    def __init__(self, driver: Driver, known: Known, ref: RunRef) -> None:
        self.known = known
        self.lock = RLock()
        self._driver = driver
        self._run = ref

    def write(self, batch: Batch) -> None:
        self._driver.write(self._run, batch)

    def points(self, points: Sequence[Point]) -> None:
        series: dict[str, list[tuple[int, int, float]]] = {}
        for key, value, step, time in points:
            series.setdefault(key, []).append((step, time, value))
        self._driver.write(self._run, Batch(points=tuple(Points.of(key, rows) for key, rows in series.items())))

    def put(self, path: str, data: BinaryIO) -> None:
        self._driver.put_artifact(self._run, path, data)
