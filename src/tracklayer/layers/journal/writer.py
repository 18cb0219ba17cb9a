"""Writer: appends records to a journal, each with one `write`, and returns.

* A point costs one system call and takes no lock: see `clock.py`. Everything else takes one.
* A forked child writes a journal of its own, from its first record on.
"""

from __future__ import annotations

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
from tracklayer.layers.journal.frames import Kind, frame, packed
from tracklayer.layers.journal.process import this_process
from tracklayer.layers.journal.records import Captured, End, Lost, Start
from tracklayer.layers.journal.shape import Shape
from tracklayer.layers.journal.sheet import Sheet
from tracklayer.model import Model, Points
from tracklayer.model.points import little

#: Points of a record of columns: less than a megabyte.
COLUMNS = 32_768
#: The greatest 64-bit integer.
MOST_STEP = 2**63 - 1

_all: weakref.WeakSet[Writer] = weakref.WeakSet()


class Writer:
    """Appends to the journal of one run. Any thread may, and so may a signal's handler in the midst of a call.

    * `captured`: what `capture` was given. * `opened`: called when a forked child has begun a journal of its own.
    * `spell`: the name of a metric in the run.
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
        self.captured: Captured | None = None
        self.closed = False
        self.opened = opened
        self._now = now
        self._spell = spell
        self._lock = RLock()
        self._series: dict[str, Series] = {}
        self._shapes: dict[tuple[str, ...], Shape] = {}
        self._numbers = count()
        # What the quick way finds; empty whenever it may not be taken.
        self._single: dict[str, Shape] = {}
        self._several: dict[tuple[str, ...], Shape] = {}
        self.sheet: Sheet | None = self._sheet()
        _all.add(self)

    @property
    def path(self) -> Path | None:
        """The folder of the journal; None where there is none."""
        return None if self.sheet is None else self.sheet.folder

    @property
    def records(self) -> int:
        """How many records are kept."""
        return 0 if self.sheet is None else self.sheet.records

    # -- the quick way: a row of points, timed now

    def point(self, key: str, value: Any, step: int) -> bool:
        """Append a point. False for what must go the long way: a key that is new, a value that is no number."""
        try:
            shape = self._single[key]
        except (KeyError, TypeError):
            return False
        (series,) = shape.series
        moment = self._now() // MILLISECOND
        if series.step < step <= MOST_STEP:  # as `Series.next` has it, which would cost a call
            series.step = step
            if moment > series.latest:  # noqa: PLR1730 -- `max` would be a call
                series.latest = moment
        elif step <= MOST_STEP:
            moment = series.next(step, moment)
        else:
            return False
        try:
            body = shape.pack(shape.head, shape.number, step, moment * MILLISECOND, value)
        except struct.error:
            return False
        body += crc32(body).to_bytes(4, "little")
        sheet = shape.sheet
        try:
            written = os.write(sheet.fd, body)  # as `Sheet.append` has it, without another call
        except OSError:
            written = 0
        if written == shape.size:
            sheet.records += 1
        else:
            sheet.append(body, written)
        return True

    def row(self, metrics: Mapping[str, Any], step: int) -> bool:
        """Append a point to each of several metrics, as one record. False for what must go the long way."""
        shape = self._several.get(tuple(metrics))
        if shape is None:
            return False
        moment = self._now() // MILLISECOND
        for series in shape.series:
            if not series.step < step <= MOST_STEP:
                return False
            series.step = step
            if moment > series.latest:  # noqa: PLR1730 -- `max` would be a call
                series.latest = moment
        try:
            body = shape.pack(shape.head, shape.number, step, moment * MILLISECOND, *metrics.values())
        except struct.error:
            return False
        shape.sheet.append(body + crc32(body).to_bytes(4, "little"))
        return True

    # -- the long way

    def rows(self, values: Iterable[tuple[str, float]], step: int, time: int | None) -> None:
        """Append points of several metrics. `time`: nanoseconds; None: now, for each metric later than before."""
        with self._lock:
            sheet = self._ready()
            present = self._now() // MILLISECOND
            timed: dict[int, dict[str, float]] = {}
            for key, value in values:
                series = self._series.setdefault(key, Series())
                moment = series.next(step, present) * MILLISECOND if time is None else time
                timed.setdefault(moment, {})[key] = value
            for moment, row in timed.items():
                shape = self._shape(sheet, tuple(row))
                if shape is not None:
                    body = shape.pack(shape.head, shape.number, step, moment, *row.values())
                    sheet.append(body + crc32(body).to_bytes(4, "little"))
                    self._quicken(tuple(row), shape)

    def points(self, points: Points) -> None:
        """Append whole columns of one metric."""
        with self._lock:
            sheet = self._ready()
            shape = self._shape(sheet, (points.key,))
            if shape is None:
                return
            for start in range(0, len(points), COLUMNS):
                part = points.cut(start, start + COLUMNS)
                columns = [little(column).tobytes() for column in (part.steps, part.times, part.values)]
                about = struct.pack("<II", shape.number, len(part))
                sheet.append(frame(Kind.COLUMNS, about + b"".join(columns)))
            self._quicken((points.key,), shape)

    def folder(self) -> Path | None:
        """Where files that wait may lie; None when nowhere. `InvalidInput` after the end."""
        with self._lock:
            folder = self._ready().folder
            return None if folder is None else folder / "files"

    def record(self, kind: Kind, model: Model) -> None:
        """Append any other record."""
        with self._lock:
            self._ready().append(packed(kind, model))

    def lose(self, why: str) -> None:
        """Tell that something could not be kept."""
        self.record(Kind.LOST, Lost(records=1, why=why))

    def capture(self, captured: Captured) -> None:
        """Append what was found out of the program: the run is not made before that, or before it takes too long."""
        with self._lock:
            if not self.closed:
                self.record(Kind.CAPTURED, captured)
            self.captured = captured

    def end(self, end: End) -> None:
        """Append the last record: nothing is taken after it. Twice is once."""
        with self._lock:
            if not self.closed and self.sheet is not None:  # a forked child that wrote nothing has nothing to end
                self.sheet.append(packed(Kind.END, end))
                self.sheet.retry(now=True)
                self.sheet.sync()
            self.closed = True
            self._hinder()

    def sync(self) -> None:
        """Have the disk keep what was written, and tell that the writer lives."""
        if self.sheet is not None:
            self.sheet.sync()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self.closed = True
            self._hinder()
            if self.sheet is not None:
                self.sheet.close()

    # -- inside

    def _ready(self) -> Sheet:
        """The sheet to write on; in a forked child a new one. `InvalidInput` after the end."""
        if self.closed:
            message = f"the run {self.start.draft.name!r} has ended: go on with it by start_run(resume=...)"
            raise InvalidInput(message)
        if self.sheet is None:
            self.sheet = self._sheet()
            self.opened(self)
        return self.sheet

    def _sheet(self) -> Sheet:
        return Sheet(self.start, hindered=self._hinder, first=self._untold, resumed=self._told)

    def _hinder(self) -> None:
        """From now on the long way is taken."""
        self._single, self._several = {}, {}

    def _shape(self, sheet: Sheet, keys: tuple[str, ...]) -> Shape | None:
        """The shape of these metrics, told to the journal before it is used; None, and a record lost, without room."""
        shape = self._shapes.get(keys)
        if shape is None:
            shape = Shape(next(self._numbers), [self._series.setdefault(key, Series()) for key in keys], sheet)
            if not sheet.append(self._meaning(shape, keys)):
                return None
            shape.told = sheet.sound
            self._shapes[keys] = shape
        return shape

    def _quicken(self, keys: tuple[str, ...], shape: Shape) -> None:
        """From now on these metrics go the quick way, if there is one."""
        if shape.sheet.sound and _gil():
            self._several[keys] = shape
            if len(keys) == 1:
                self._single[keys[0]] = shape

    def _meaning(self, shape: Shape, keys: tuple[str, ...]) -> bytes:
        names = msgspec.json.encode(list(map(self._spell, keys)))
        return frame(Kind.SHAPE, shape.number.to_bytes(4, "little") + names)

    def _untold(self) -> list[bytes]:
        """The shapes that never came to the file. Another thread may make one meanwhile."""
        return [self._meaning(shape, keys) for keys, shape in list(self._shapes.items()) if not shape.told]

    def _told(self) -> None:
        for shape in list(self._shapes.values()):
            shape.told = True

    def _fork(self) -> None:
        """In a child process: the file is the parent's."""
        self._lock = RLock()
        self._hinder()
        if self.sheet is not None:
            os.close(self.sheet.fd) if self.sheet.fd >= 0 else None
        self.sheet, self._shapes = None, {}
        parent = self.start.carried_by or self.start.process
        child = {"owner": False, "capturing": False, "process": this_process(), "carried_by": parent}
        self.start = self.start.model_copy(update=child)


def _gil() -> bool:
    """Is what `Series.next` relies on given? https://docs.python.org/3/howto/free-threading-python.html"""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def _forked() -> None:
    for writer in list(_all):
        writer._fork()  # noqa: SLF001 -- its own module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
