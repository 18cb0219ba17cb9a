"""Journals for these tests: programs that log anything, what a journal says, and disks that fail."""

from __future__ import annotations

import errno
import os
import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import msgspec
import pytest
from contract_tests import strategies as anything
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from tracklayer.layers.journal import held, sheet
from tracklayer.layers.journal import reader as module
from tracklayer.layers.journal.folder import RECORDS
from tracklayer.layers.journal.frames import Frame, Kind, frame_at
from tracklayer.layers.journal.process import this_process
from tracklayer.layers.journal.reader import Reader
from tracklayer.layers.journal.records import VERSION, Captured, End, Lost, Spooled, Start
from tracklayer.layers.journal.taken import Taken
from tracklayer.layers.journal.writer import Writer
from tracklayer.model import Batch, Dataset, Model, Points, RunDraft


def fuzz(examples: int) -> settings:
    """So many examples, however long each takes. Without shrinking: a failing one is told as it is, within seconds."""
    return settings(
        max_examples=examples,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )


def a_start(**changes: Any) -> Start:
    """The start of some run."""
    fields: dict[str, Any] = {
        "version": VERSION,
        "draft": RunDraft(token="t", name="brisk heron"),
        "places": ("memory://first",),
        "process": this_process(),
    }
    return Start(**fields | changes)


def records_of(writer: Writer) -> Path:
    """The file that a writer appends to."""
    assert writer.path is not None
    return writer.path / RECORDS


# -- programs


class Row(NamedTuple):
    """One step of some metrics. `time`: nanoseconds; None: now."""

    metrics: dict[str, float]
    step: int
    time: int | None = None


Op: TypeAlias = Row | Points | Batch | Spooled | Captured | Lost
KINDS: Mapping[type[Model], Kind] = {
    Batch: Kind.BATCH,
    Spooled: Kind.FILE,
    Captured: Kind.CAPTURED,
    Lost: Kind.LOST,
    End: Kind.END,
}

#: Few metrics, so that shapes come again; some of them odd.
METRICS = st.sampled_from(["loss", "a", "b", "é" * 300, "日本", "a\x00b"]) | anything.names
_rows = st.builds(
    Row, st.dictionaries(METRICS, anything.floats, min_size=1, max_size=4), anything.steps, st.none() | anything.times
)
_plain_rows = st.builds(Row, st.just({"loss": 0.5}), st.integers(0, 50), st.none())
_batches = st.builds(
    Batch,
    params=st.dictionaries(anything.names, anything.param_values, max_size=3),
    tags=st.dictionaries(anything.names, anything.tag_values, max_size=3),
    inputs=st.lists(anything.datasets, max_size=2).map(tuple),
    name=st.none() | anything.names,
    description=st.none() | anything.texts,
)
_files = st.builds(Spooled, path=anything.names, name=st.text("0123456789abcdef", min_size=1), last=st.booleans())
_others = st.one_of(
    _batches,
    _files,
    st.builds(Captured, source=st.none() | anything.sources),
    st.builds(Lost, records=st.integers(0, 9), why=anything.texts),
)
OPS: st.SearchStrategy[Op] = st.one_of(_rows, _plain_rows, _plain_rows, anything.points(METRICS), _others)
ENDS: st.SearchStrategy[End | None] = st.none() | st.builds(
    End,
    change=st.builds(
        Batch, status=st.sampled_from(["finished", "failed", "killed"]), ended=st.none() | anything.instants
    ),
)
#: What a program logs, and how it ends.
PROGRAMS: st.SearchStrategy[tuple[list[Op], End | None]] = st.tuples(st.lists(OPS, max_size=25), ENDS)


def log(writer: Writer, op: Op) -> None:
    """Log it as the API does: the quick way, and the long one where that is not taken."""
    if isinstance(op, Points):
        writer.points(op)
    elif not isinstance(op, Row):
        writer.record(KINDS[type(op)], op)
    elif op.time is not None or not quickly(writer, op):
        writer.rows(list(op.metrics.items()), op.step, op.time)


def quickly(writer: Writer, row: Row) -> bool:
    """Log it the quick way; False when that is not taken."""
    if len(row.metrics) > 1:
        return writer.row(row.metrics, row.step)
    ((key, value),) = row.metrics.items()
    return writer.point(key, value, row.step)


def journal_of(ops: Iterable[Op], end: End | None = None, **start: Any) -> bytes:
    """The journal that a program writes."""
    with closing(Writer(a_start(**start))) as writer:
        for op in ops:
            log(writer, op)
        if end is not None:
            writer.end(end)
        return records_of(writer).read_bytes()


# -- what is said


@dataclass
class Said:
    """What some records say, so that it can be compared: NaN is itself, True is not 1, points are in no order."""

    points: dict[str, Counter[tuple[int, int, str]]] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    inputs: dict[Dataset, None] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    files: list[Spooled] = field(default_factory=list)
    captured: Captured | None = None
    lost: list[Lost] = field(default_factory=list)
    end: End | None = None

    def point(self, key: str, step: int, time: int, value: float) -> None:
        self.points.setdefault(key, Counter())[step, time, repr(float(value))] += 1

    def add(self, said: Op | End | None) -> None:
        if isinstance(said, Points):
            for step, time, value in said.rows():
                self.point(said.key, step, time, value)
        elif isinstance(said, Row):
            for key, value in said.metrics.items():
                self.point(key, said.step, said.time or 0, value)
        elif isinstance(said, Batch):
            self.params |= {key: f"{type(value).__name__} {value!r}" for key, value in said.params.items()}
            self.tags |= said.tags
            self.inputs |= dict.fromkeys(said.inputs)
            given = {name: getattr(said, name) for name in ("name", "description", "status", "ended")}
            self.changes |= {name: value for name, value in given.items() if value is not None}
            for points in said.points:
                self.add(points)
        elif isinstance(said, Spooled):
            self.files.append(said)
        elif isinstance(said, Captured):
            self.captured = said
        elif isinstance(said, Lost):
            self.lost.append(said)
        else:
            self.end = said or self.end

    def take(self, taken: Taken) -> None:
        for said in (taken.batch, *taken.files, *taken.lost, taken.end):
            self.add(said)
        self.captured = taken.captured or self.captured

    def timeless(self) -> Said:
        """Without the times, which only the writer knows."""
        points = {
            key: Counter((step, 0, value) for step, _, value in rows.elements()) for key, rows in self.points.items()
        }
        return Said(**{**self.__dict__, "points": points})

    def steps(self, key: str) -> list[int]:
        return sorted(step for step, _, _ in self.points.get(key, Counter()).elements())


@dataclass
class Read:
    """All that was read of a journal, and where it stopped."""

    said: Said = field(default_factory=Said)
    stop: int = 0
    records: int = 0
    unread: int = 0
    unknown: int = 0


def read(path: Path, at: int = 0, *, over: bool = True, reader: Reader | None = None) -> Read:
    """Read on from a position until nothing is new."""
    reader = reader or Reader(path)
    found = Read(stop=at)
    while True:
        taken = reader.take(found.stop, over=over, most=module.BLOCK)
        assert taken.stop >= found.stop
        if taken.stop == found.stop:
            return found
        found.said.take(taken)
        found.stop = taken.stop
        found.records += taken.records
        found.unread += taken.unread
        found.unknown += taken.unknown


# -- what should be said: another reader, as simple as can be


class Piece(NamedTuple):
    """A whole record of a journal that is not damaged, and where it lies."""

    start: int
    stop: int
    kind: int
    payload: bytes


def pieces_of(journal: bytes) -> list[Piece]:
    """All of them."""
    data, found = memoryview(journal), list[Piece]()
    while (at := found[-1].stop if found else 0) < len(data):
        frame = frame_at(data, at)
        assert isinstance(frame, Frame)
        found.append(Piece(at, frame.stop, frame.kind, bytes(frame.payload)))
    return found


def said_by(pieces: Sequence[Piece], shapes: Sequence[Piece] = ()) -> Read:
    """What they say. `shapes`: records before them, of which the shapes are known."""
    known: dict[int, list[str]] = {}
    for piece in shapes:
        if piece.kind == Kind.SHAPE:
            known[int.from_bytes(piece.payload[:4], "little")] = msgspec.json.decode(piece.payload[4:])
    found = Read(records=len(pieces))
    for piece in pieces:
        number = int.from_bytes(piece.payload[:4], "little")
        if piece.kind == Kind.SHAPE:
            known[number] = msgspec.json.decode(piece.payload[4:])
        elif piece.kind in {Kind.ROW, Kind.COLUMNS} and number not in known:
            found.unknown += 1
        else:
            for said in things_in(piece, known.get(number, [])):
                found.said.add(said)
    return found


def things_in(piece: Piece, keys: list[str]) -> Iterator[Any]:
    """What one record says."""
    if piece.kind == Kind.ROW:
        _, step, time, *values = struct.unpack(f"<Iqq{len(keys)}d", piece.payload)
        yield Row(dict(zip(keys, values, strict=True)), step, time)
    elif piece.kind == Kind.COLUMNS:
        length = int.from_bytes(piece.payload[4:8], "little")
        numbers = struct.unpack(f"<{length}q{length}q{length}d", piece.payload[8:])
        yield Points.of(
            keys[0], zip(*(numbers[length * place : length * (place + 1)] for place in range(3)), strict=True)
        )
    for model, kind in KINDS.items():
        if kind == piece.kind:
            yield model.model_validate_json(piece.payload)


# -- what they stand on


class Clock:
    """Stands still until it is told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def hold_at_most(patched: pytest.MonkeyPatch, size: int) -> None:
    """So many bytes may wait in memory."""
    for one in (held, sheet):
        patched.setattr(one, "MOST", size)


def tried_again_at_once(patched: pytest.MonkeyPatch) -> None:
    """What waits is written by the next call, if it can be."""
    patched.setattr(sheet, "AGAIN", -1.0)


class Disk:
    """Stands in for `os.write`: takes `room` bytes and then fails; None: as many as the real one does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room: int | None = None
        self.error = errno.ENOSPC
        self.calls: list[int] = []
        self._write = os.write
        monkeypatch.setattr(os, "write", self.write)

    def write(self, descriptor: int, data: bytes, /) -> int:
        if descriptor in {0, 1, 2}:  # pytest's
            return self._write(descriptor, data)
        self.calls.append(len(data))
        if self.room is None or not data:
            return self._write(descriptor, data)
        if not self.room:
            raise OSError(self.error, os.strerror(self.error))
        part = bytes(data[: self.room])
        self.room -= len(part)
        return self._write(descriptor, part)

    def counted(self) -> Iterator[int]:
        """How many calls there were since it was asked last, each time it is asked."""
        while True:
            count = len(self.calls)
            yield count
            del self.calls[:count]
