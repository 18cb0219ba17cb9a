"""Reader: goes through a journal from any record on, and over what is damaged.

* What is not whole at the end may still be being written: it is left for the next time, unless the writer is gone.
* What is not whole before other records is passed over, and counted.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
from pydantic import ValidationError

from tracklayer.errors import InvalidInput
from tracklayer.layers.journal.frames import Frame, Kind, whole_from
from tracklayer.layers.journal.records import Captured, End, Lost, Spooled
from tracklayer.layers.journal.rows import metrics_of, take_rows
from tracklayer.layers.journal.taken import Gathering, Taken
from tracklayer.model import Batch, ParamValue

#: Bytes that are read at once: some 50,000 points.
BLOCK = 1 << 21


class Reader:
    """Reads the journal in a file; remembers the shapes that it met, and finds those it did not."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._shapes: dict[int, tuple[str, ...]] = {}
        self._known = 0  # bytes whose shapes are known

    def take(self, at: int, *, over: bool = False, most: int = BLOCK, trusted: bool = False) -> Taken:
        """The records from a position on: some `most` bytes of them, up to the writer's last.

        * The last one begins a take. What other threads wrote behind it meanwhile comes along, and so before the end.
        * Nothing that is new: `stop` is where it began. * `over`: nobody writes any more, so what is cut stays so.
        * `trusted`: this process writes the journal.
        * `OSError` when the file cannot be read.
        """
        if at > self._known:
            self.count(self._known, at)
        return self._from(at, most, lambda data, more: self.decode(data, more=more, over=over, trusted=trusted))

    def decode(self, data: memoryview, *, more: bool = False, over: bool = False, trusted: bool = False) -> Taken:
        """The records in some bytes of the journal; `stop` counts from their beginning. `more`: the file goes on."""
        gathering = Gathering(Taken(stop=0), self._shapes)
        taken, at = gathering.taken, 0
        while at < len(data):
            found, skipped = whole_from(data, at, more=more)
            if found is None:
                if over and not more:
                    taken.unread += len(data) - at
                    at = len(data)
                break
            taken.unread += skipped
            at += skipped
            if found.kind == Kind.END and taken.records:
                break
            metrics = metrics_of(found) if found.kind == Kind.ROW else 0
            if metrics:
                stop, records = take_rows(data, at, metrics, gathering.rows, trusted=trusted)
            else:
                stop, records = found.stop, 1
                self._record(found, gathering)
            taken.records += records
            at = stop
        taken.stop = at
        return gathering.finish()

    def captured(self) -> Captured | None:
        """The record of that kind; None where there is none yet."""
        return next((taken.captured for taken in self._all() if taken.captured is not None), None)

    def files(self) -> list[Spooled]:
        """The files that are carried at the end of the run."""
        return [file for taken in self._all() for file in taken.files if file.last]

    def params(self) -> dict[str, ParamValue]:
        """All params."""
        return {key: value for taken in self._all() for key, value in taken.batch.params.items()}

    def _all(self) -> Iterator[Taken]:
        at = 0
        while self.path.exists() and (taken := self.take(at)).stop > at:
            yield taken
            at = taken.stop

    def count(self, at: int, stop: int | None = None) -> int:
        """How many records there are between two positions (None: to the end)."""
        records = 0
        while stop is None or at < stop:
            taken = self._from(at, BLOCK, self._skim)
            if taken.stop == at:
                break
            records, at = records + taken.records, taken.stop
        return records

    def _from(self, at: int, most: int, read: Callable[[memoryview, bool], Taken]) -> Taken:
        """What `read` makes of the bytes from a position on, of which there is more than it is given, or is not."""
        with self.path.open("rb") as file:
            size = most
            while True:
                file.seek(at)
                data = memoryview(file.read(size))
                more = len(data) == size
                taken = read(data, more)
                if taken.stop or not more:
                    break
                size *= 4  # a record larger than a block, or as much damage
        taken.stop += at
        self._known = max(self._known, taken.stop)
        return taken

    def _skim(self, data: memoryview, more: bool) -> Taken:
        """Like `decode`, for the shapes and the number of records only."""
        at, records = 0, 0
        while at < len(data):
            found, _ = whole_from(data, at, more=more)
            if found is None:
                break
            if found.kind == Kind.SHAPE:
                with suppress(msgspec.MsgspecError, ValueError):  # `decode` counts what is not legible
                    self._define(found.payload)
            records, at = records + 1, found.stop
        return Taken(stop=at, records=records)

    def _define(self, payload: memoryview) -> None:
        number = int.from_bytes(payload[:4], "little")
        self._shapes[number] = tuple(msgspec.json.decode(payload[4:], type=list[str]))

    def _record(self, found: Frame, gathering: Gathering) -> None:
        taken, payload = gathering.taken, found.payload
        try:
            _HANDLERS[found.kind](self, gathering, payload)
        except (ValidationError, InvalidInput, msgspec.MsgspecError, struct.error, ValueError):
            taken.unread += len(payload)  # whole, and yet not ours

    def _shape(self, gathering: Gathering, payload: memoryview) -> None:
        gathering.settle(int.from_bytes(payload[:4], "little"))
        self._define(payload)

    def _columns(self, gathering: Gathering, payload: memoryview) -> None:
        number, count = struct.unpack_from("<II", payload)
        gathering.columns(number, count, payload[8:])

    def _batch(self, gathering: Gathering, payload: memoryview) -> None:
        gathering.change(Batch.model_validate_json(bytes(payload)))

    def _file(self, gathering: Gathering, payload: memoryview) -> None:
        gathering.taken.files.append(Spooled.model_validate_json(bytes(payload)))

    def _captured(self, gathering: Gathering, payload: memoryview) -> None:
        gathering.taken.captured = Captured.model_validate_json(bytes(payload))

    def _lost(self, gathering: Gathering, payload: memoryview) -> None:
        gathering.taken.lost.append(Lost.model_validate_json(bytes(payload)))

    def _end(self, gathering: Gathering, payload: memoryview) -> None:
        gathering.taken.end = End.model_validate_json(bytes(payload))

    def _row(self, gathering: Gathering, payload: memoryview) -> None:
        """One that no writer of ours makes: the others are taken many at a time."""
        gathering.taken.unread += len(payload)

    def _start(self, _: Gathering, __: memoryview) -> None:
        """Read apart: `Journal.start`."""


_HANDLERS: Mapping[int, Callable[[Reader, Gathering, memoryview], None]] = {
    Kind.START: Reader._start,  # noqa: SLF001 -- its own table
    Kind.ROW: Reader._row,  # noqa: SLF001 -- its own table
    Kind.SHAPE: Reader._shape,  # noqa: SLF001 -- its own table
    Kind.COLUMNS: Reader._columns,  # noqa: SLF001 -- its own table
    Kind.BATCH: Reader._batch,  # noqa: SLF001 -- its own table
    Kind.FILE: Reader._file,  # noqa: SLF001 -- its own table
    Kind.CAPTURED: Reader._captured,  # noqa: SLF001 -- its own table
    Kind.LOST: Reader._lost,  # noqa: SLF001 -- its own table
    Kind.END: Reader._end,  # noqa: SLF001 -- its own table
}
