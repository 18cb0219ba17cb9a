"""Writer: appends records to a journal, each with one `write`, and returns.

* A point costs one system call and takes no lock: see `clock.py`. Everything else takes one.
* Where the disk is full or no folder can be written to, nothing is raised: some records are held in memory until they
  can be written or carried, the rest are counted, and both is said.
* A forked child writes a journal of its own, from its first record on.
"""

from __future__ import annotations

import logging
import os
import struct
import sys
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from pathlib import Path
from threading import RLock
from typing import Any
from zlib import crc32

import msgspec

from tracklayer.errors import InvalidInput
from tracklayer.layers.journal.clock import MILLISECOND, Series
from tracklayer.layers.journal.folder import RECORDS, homes, new_folder
from tracklayer.layers.journal.frames import Kind, frame
from tracklayer.layers.journal.process import this_process
from tracklayer.layers.journal.records import Captured, End, Lost, Start
from tracklayer.layers.journal.shape import Shape, little
from tracklayer.model import Model, Points

log = logging.getLogger("tracklayer")

#: Bytes of records that are held in memory while they cannot be written.
HELD = 1 << 20
#: Seconds between two tries to write what is held.
AGAIN = 0.25
#: Points of a record of columns: less than a megabyte.
COLUMNS = 32_768
#: For the owner alone, and growing at its end only.
FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)

_all: weakref.WeakSet[Writer] = weakref.WeakSet()


class Writer:
    """Appends to the journal of one run. Any thread may, and so may a signal's handler in the midst of a call.

    * `path`: its folder; None where there is none. * `records`: how many are kept. * `held`: those of them that are in
      memory only, as frames. * `lost`: how many are not kept, and `why`.
      `state` changes whenever they have been written. * `captured`: what `capture` was given.
    * `opened`: called when a forked child has begun a journal of its own. * `spell`: the name of a metric in the run.
    """

    def __init__(
        self,
        start: Start,
        *,
        now: Callable[[], int] = time.time_ns,
        opened: Callable[[Writer], None] = lambda _: None,
        spell: Callable[[str], str] = str,
    ) -> None:
        self.start = start
        self.path: Path | None = None
        self.records = 0
        self.held = bytearray()
        self.state = 0
        self.lost = 0
        self.why = ""
        self.captured: Captured | None = None
        self.closed = False
        self.opened = opened
        self._now = now
        self._spell = spell
        self._fd = -1
        self._synced = 0
        self._tried: float | None = None  # the last try to write, while writing fails
        self._lock = RLock()
        self._series: dict[str, Series] = {}
        self._shapes: dict[tuple[str, ...], Shape] = {}
        self._numbers = count()
        # What the quick way finds; empty whenever it may not be taken.
        self._single: dict[str, Shape] = {}
        self._several: dict[tuple[str, ...], Shape] = {}
        if not getattr(sys, "_is_gil_enabled", lambda: True)():  # what `Series.next` relies on is not given
            self._single = self._several = _Never()
        _all.add(self)
        self._open()

    # -- the quick way: a row of points, timed now

    def point(self, key: str, value: Any, step: int) -> bool:
        """Append a point. False for what must go the long way: a key that is new, a value that is no number."""
        try:
            shape = self._single[key]
        except (KeyError, TypeError):
            return False
        (series,) = shape.series
        moment = self._now() // MILLISECOND
        if step > series.step:  # as `Series.next` has it, which would cost a call
            series.step = step
            if moment > series.latest:  # noqa: PLR1730 -- `max` would be a call
                series.latest = moment
        else:
            moment = series.next(step, moment)
        try:
            body = shape.pack(shape.head, shape.number, step, moment * MILLISECOND, value)
        except struct.error:
            return False
        body += crc32(body).to_bytes(4, "little")
        try:
            if os.write(self._fd, body) == shape.size:  # as `_append` has it, without another call
                self.records += 1
                return True
        except OSError:
            pass
        self._append(body)
        return True

    def row(self, metrics: Mapping[str, Any], step: int) -> bool:
        """Append a point to each of several metrics, as one record. False for what must go the long way."""
        shape = self._several.get(tuple(metrics))
        if shape is None:
            return False
        moment = self._now() // MILLISECOND
        for series in shape.series:
            if step <= series.step:
                return False
            series.step = step
            if moment > series.latest:  # noqa: PLR1730 -- `max` would be a call
                series.latest = moment
        try:
            body = shape.pack(shape.head, shape.number, step, moment * MILLISECOND, *metrics.values())
        except struct.error:
            return False
        self._append(body + crc32(body).to_bytes(4, "little"))
        return True

    # -- the long way

    def rows(self, values: Iterable[tuple[str, float]], step: int, time: int | None) -> None:
        """Append points of several metrics. `time`: nanoseconds; None: now, for each metric later than before."""
        with self._lock:
            self._check()
            present = self._now() // MILLISECOND
            timed: dict[int, dict[str, float]] = {}
            for key, value in values:
                series = self._series.setdefault(key, Series())
                moment = series.next(step, present) * MILLISECOND if time is None else time
                timed.setdefault(moment, {})[key] = value
            for moment, row in timed.items():
                shape = self._shape(tuple(row))
                body = shape.pack(shape.head, shape.number, step, moment, *row.values())
                self._append(body + crc32(body).to_bytes(4, "little"))

    def points(self, points: Points) -> None:
        """Append whole columns of one metric."""
        with self._lock:
            self._check()
            shape = self._shape((points.key,))
            for start in range(0, len(points), COLUMNS):
                part = points.cut(start, start + COLUMNS)
                columns = [little(column).tobytes() for column in (part.steps, part.times, part.values)]
                self._append(frame(Kind.COLUMNS, struct.pack("<II", shape.number, len(part)) + b"".join(columns)))

    def folder(self) -> Path | None:
        """Where files that wait may lie; None when nowhere. `InvalidInput` after the end."""
        with self._lock:
            self._check()
            return None if self.path is None else self.path / "files"

    def lose(self, why: str) -> None:
        """Tell that something could not be kept."""
        with self._lock:
            self._append(_json(Kind.LOST, Lost(records=1, why=why)))

    def record(self, kind: Kind, model: Model) -> None:
        """Append any other record."""
        with self._lock:
            self._check()
            self._append(_json(kind, model))

    def capture(self, captured: Captured) -> None:
        """Append what was found out of the program: the run is not made before that, or before it takes too long."""
        with self._lock:
            if not self.closed:
                self._append(_json(Kind.CAPTURED, captured))
            self.captured = captured

    def end(self, end: End) -> None:
        """Append the last record: nothing is taken after it. Twice is once."""
        with self._lock:
            if self.closed:
                return
            if self._fd >= 0 or self._tried is not None:  # a forked child that wrote nothing has nothing to end
                self._append(_json(Kind.END, end))
                self._retry(now=True)
            self.closed = True
            self._single, self._several = {}, {}

    def sync(self) -> None:
        """Have the disk keep what was written, also through a loss of power; and tell that the writer lives."""
        fd, records = self._fd, self.records
        if fd < 0 or self.path is None:
            return
        try:
            if records != self._synced:
                os.fdatasync(fd) if hasattr(os, "fdatasync") else os.fsync(fd)
                self._synced = records
            os.utime(self.path / RECORDS)
        except OSError as error:
            log.debug("journal %s cannot be synced: %s", self.path, error)

    def release(self, size: int, state: int) -> None:
        """Let go of the first bytes that were held in that state: they have been carried."""
        with self._lock:
            if state == self.state:
                del self.held[:size]

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            fd, self._fd = self._fd, -1
            self.closed = True
            self._single, self._several = {}, {}
            if fd >= 0:
                os.close(fd)

    # -- inside

    def _check(self) -> None:
        if self.closed:
            message = f"the run {self.start.draft.name!r} has ended: go on with it by start_run(resume=...)"
            raise InvalidInput(message)
        if self._fd < 0 and self._tried is None:  # a forked child
            self._open()
            self.opened(self)
        self._retry()

    def _shape(self, keys: tuple[str, ...]) -> Shape:
        """The shape of these metrics; a new one is told to the journal before it is used."""
        shape = self._shapes.get(keys)
        if shape is None:
            shape = Shape(next(self._numbers), [self._series.setdefault(key, Series()) for key in keys])
            number = shape.number.to_bytes(4, "little")
            if not self._append(frame(Kind.SHAPE, number + msgspec.json.encode(list(map(self._spell, keys))))):
                return shape  # what is written in it will be lost as well
            self._shapes[keys] = shape
        if self._tried is None and not isinstance(self._single, _Never):
            self._several[keys] = shape
            if len(keys) == 1:
                self._single[keys[0]] = shape
        return shape

    def _append(self, body: bytes) -> bool:
        """Write a frame, or hold it; False when it is lost."""
        if self._tried is None:
            try:
                if os.write(self._fd, body) == len(body):
                    self.records += 1
                    return True
                self._fail("no room is left on the disk")
            except OSError as error:
                self._fail(error.strerror or type(error).__name__)
        with self._lock:
            if len(self.held) + len(body) <= HELD:
                self.held += body
                self.records += 1
                return True
            self.lost += 1
            return False

    def _fail(self, why: str) -> None:
        """From now on the long way is taken, and what is logged is held. A torn frame is passed over by readers."""
        with self._lock:
            if self._tried is None:
                place = self.path or "any folder"
                log.warning(
                    "tracklayer cannot write to %s: %s; training goes on, %d bytes of records are held in memory and"
                    " what is beyond is lost until it can be written again",
                    place,
                    why,
                    HELD,
                )
            self.why = why
            self._tried = time.monotonic()
            self._single, self._several = {}, {}

    def _retry(self, *, now: bool = False) -> None:
        """Write what is held, now and then."""
        if self._tried is None or self._fd < 0 or (not now and time.monotonic() - self._tried < AGAIN):
            return
        self._tried = time.monotonic()
        told = _json(Kind.LOST, Lost(records=self.lost, why=self.why)) if self.lost else b""
        body = bytes(self.held) + told
        try:
            if os.write(self._fd, body) != len(body):
                return
        except OSError:
            return
        log.warning("tracklayer can write to %s again; %d records were lost meanwhile", self.path, self.lost)
        self.held.clear()
        self.state += 1
        self.lost = 0
        self._tried = None

    def _open(self) -> None:
        """Begin a journal in the first place that takes one; without any, all is held."""
        wrong = []
        body = _json(Kind.START, self.start)
        for place in homes():
            try:
                self.path = new_folder(place, self.start.draft.name or "run")
                self._fd = os.open(self.path / RECORDS, FLAGS, 0o600)
                if os.write(self._fd, body) != len(body):
                    raise OSError(28, "no room is left on the disk")  # noqa: TRY301 -- told as any other
            except OSError as error:  # noqa: PERF203 -- two turns at most
                wrong.append(f"{place}: {error.strerror}")
                self._discard()
            else:
                self.records += 1
                if wrong:
                    log.warning("tracklayer cannot write to %s; the journal lies in %s", wrong[0], self.path)
                return
        self._fail("; ".join(wrong))
        self._append(body)

    def _discard(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd, self.path = -1, None

    def _fork(self) -> None:
        """In a child process: the file is the parent's."""
        self._lock = RLock()
        self._discard()
        self._single, self._several, self._shapes = {}, {}, {}
        self._tried, self.records, self._synced, self.lost = None, 0, 0, 0
        self.held = bytearray()
        parent = self.start.carried_by or self.start.process
        child = {"owner": False, "capturing": False, "process": this_process(), "carried_by": parent}
        self.start = self.start.model_copy(update=child)


class _Never(dict[Any, Any]):
    """Holds nothing, whatever is put into it."""

    def __setitem__(self, key: object, value: object) -> None:
        del key, value


def _json(kind: Kind, model: Model) -> bytes:
    return frame(kind, model.model_dump_json(exclude_defaults=True).encode())


def _forked() -> None:
    for writer in list(_all):
        writer._fork()  # noqa: SLF001 -- its own module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
