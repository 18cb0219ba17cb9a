"""Pens: what a run is written with. A live run's goes through the journal, any other's straight to the place."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from mlflow.tracking import fluent

from tracklayer.api import current
from tracklayer.api.clock import now
from tracklayer.api.logbook import Logbook
from tracklayer.api.options import Options
from tracklayer.api.redaction import Redactor
from tracklayer.api.signals import watch
from tracklayer.layers.journal.carrier import Carrier
from tracklayer.layers.journal.dispatch import Delivery
from tracklayer.layers.journal.frames import Kind
from tracklayer.layers.journal.keeper import keep
from tracklayer.layers.journal.records import End, Start
from tracklayer.model import Batch, Points, RunRef, Status
from tracklayer.plugins.mlflow.known import Known, owned
from tracklayer.spi import Driver

if TYPE_CHECKING:
    from tracklayer.api.active_run import ActiveRun

log = logging.getLogger("tracklayer")

#: A metric, its value, its step, its time in nanoseconds.
Point = tuple[str, float, int, int]
#: Points of one call from which on each metric's go as columns.
MANY = 32


class Pen(Protocol):
    """Writes to one run. `known`: what is known of it."""

    known: Known
    redactor: Redactor

    def write(self, batch: Batch) -> Batch:
        """Params, tags, inputs, and changes of the run itself; gives what of it was written: secrets are hidden."""

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
        self.ended = False
        self.redactor = Redactor(options.redaction)
        self.delivery = Delivery(start, [carrier], on_fork=keep)
        self._options = options
        self._book = Logbook(self.delivery, options, self.redactor)
        current.begin(cast("ActiveRun", self))  # so that it is ended when the program is told to end

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

    def write(self, batch: Batch) -> Batch:
        """Into the journal. Tags of our own are kept as they are: what is in them has been hidden before."""
        own = {key: text for key, text in batch.tags.items() if owned(key)}
        if own:
            self.delivery.writer.record(Kind.BATCH, Batch(tags=own))
        hidden = _hidden(self.redactor, batch, own)
        if hidden != Batch():
            self._book.write(hidden)
        return hidden.model_copy(update={"tags": {**hidden.tags, **own}})

    def points(self, points: Sequence[Point]) -> None:
        """Into the journal, those of one moment as one record."""
        writer = self.delivery.writer
        if len(points) == 1:
            key, value, step, time = points[0]
            writer.rows(((key, value),), step, time)
            return
        (_, _, step, time), keys = points[0], {point[0] for point in points}
        if len(keys) == len(points) and all(point[2] == step and point[3] == time for point in points):
            writer.rows([(key, value) for key, value, _, _ in points], step, time)
        elif len(points) < MANY:
            for key, value, step, time in points:
                writer.rows(((key, value),), step, time)
        else:
            for series in _columns(points):
                writer.points(series)

    def put(self, path: str, data: BinaryIO) -> None:
        """Into the journal's folder."""
        self._book.put(path, data)

    # -- its end

    def finish(self, change: Batch, timeout: float | None = None) -> None:
        """The run ends so. Waits for the place, as long as the options say."""
        with self.known.lock:
            if self.ended:
                return
            self.ended = True
            self.delivery.writer.end(End(change=change))
        self._gone(timeout)

    def leave(self, timeout: float) -> None:
        """Nothing more comes from this process; the run itself goes on."""
        self.finish(Batch(), timeout)

    def flush(self, timeout: float | None = None) -> bool:
        """Wait for the place; False when something is left."""
        return self._book.flush(timeout)

    @property
    def landed(self) -> bool:
        """Does the place have all of it?"""
        return all(one.landed for one in self.delivery.shipments)

    # -- as `tracklayer.api.current` asks it when the program ends

    @property
    def name(self) -> str | None:
        """The run's name."""
        return self.known.name

    @property
    def active(self) -> bool:
        """Can it be written to? Not any more once it has ended."""
        return not self.ended

    def end(self, status: Status, timeout: float | None = None) -> None:
        """The program ends: so does a run that its own code has begun. One that it holds for others goes on."""
        active = (run.info.run_id for run in fluent._active_run_stack.get())  # noqa: SLF001 -- MLflow gives one of them only
        mine = self.known.run in active
        self.finish(Batch(status=status, ended=now()) if mine else Batch(), timeout)

    def _gone(self, timeout: float | None) -> None:
        current.leave(cast("ActiveRun", self))
        if not self.flush(timeout):
            log.warning("tracklayer: %s", self._book.left())
        self.delivery.forget()


class Direct:
    """A run that nobody logs to here, such as one that has ended: each call is the place's, and raises its errors."""

    def __init__(self, driver: Driver, known: Known, ref: RunRef, options: Options) -> None:
        self.known = known
        self.redactor = Redactor(options.redaction)
        self._driver = driver
        self._run = ref

    def write(self, batch: Batch) -> Batch:
        """To the place."""
        own = {key: text for key, text in batch.tags.items() if owned(key)}
        hidden = _hidden(self.redactor, batch, own)
        written = hidden.model_copy(update={"tags": {**hidden.tags, **own}})
        self._driver.write(self._run, written)
        return written

    def points(self, points: Sequence[Point]) -> None:
        """To the place."""
        self._driver.write(self._run, Batch(points=tuple(_columns(points))))

    def put(self, path: str, data: BinaryIO) -> None:
        """To the place."""
        self._driver.put_artifact(self._run, path, data)


def _hidden(redactor: Redactor, batch: Batch, own: dict[str, str]) -> Batch:
    """A batch without its own tags, and with its secrets hidden."""
    tags = redactor.tags({key: text for key, text in batch.tags.items() if key not in own})
    description = batch.description and redactor.text("description", batch.description)
    return batch.model_copy(update={"params": redactor.params(batch.params), "tags": tags, "description": description})


def _columns(points: Sequence[Point]) -> list[Points]:
    series: dict[str, list[tuple[int, int, float]]] = {}
    for key, value, step, time in points:
        series.setdefault(key, []).append((step, time, value))
    return [Points.of(key, rows) for key, rows in series.items()]
