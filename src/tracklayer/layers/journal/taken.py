"""Taken: what was read of a journal in one go, as what a place is given."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tracklayer.layers.journal.records import Captured, End, Lost, Spooled
from tracklayer.layers.journal.rows import Gathered, Rows
from tracklayer.model import Batch, Points
from tracklayer.model.points import little


@dataclass
class Taken:
    """Records in a row, put together.

    * `stop`: where the next one begins. * `records`: how many were read.
    * `batch`: all that is written to the run, but not its end. * `files`: to be carried after the batch.
    * `held`: they were in memory only; the offset behind them there.
    * `unread`: bytes that are no whole record. * `unknown`: rows of metrics that were told among such.
    """

    stop: int
    records: int = 0
    batch: Batch = field(default_factory=Batch)
    files: list[Spooled] = field(default_factory=list)
    captured: Captured | None = None
    lost: list[Lost] = field(default_factory=list)
    end: End | None = None
    held: int | None = None
    unread: int = 0
    unknown: int = 0


class Gathering:
    """Puts records together while they are read."""

    def __init__(self, taken: Taken, shapes: dict[int, tuple[str, ...]]) -> None:
        self.taken = taken
        self.shapes = shapes
        self.rows: Gathered = {}
        self._columns: list[Points] = []
        self._changes: list[Batch] = []

    def settle(self, number: int) -> None:
        """A number is given another meaning: what was read under the old one is named by that."""
        for key in [key for key in self.rows if key[0] == number]:
            self._name(number, self.rows.pop(key))

    def columns(self, number: int, count: int, data: memoryview) -> None:
        """A record of columns."""
        keys = self.shapes.get(number)
        if not keys:
            self.taken.unknown += 1
            return
        parts: list[array[Any]] = []
        for place, typecode in enumerate("qqd"):
            column = array(typecode)
            column.frombytes(data[place * 8 * count : (place + 1) * 8 * count])
            parts.append(little(column))
        self._columns.append(Points(key=keys[0], steps=parts[0], times=parts[1], values=parts[2]))

    def change(self, batch: Batch) -> None:
        """A record of params, tags, inputs or changes of the run."""
        self._changes.append(batch)

    def finish(self) -> Taken:
        """All of it."""
        for (number, _), rows in self.rows.items():
            self._name(number, rows)
        self.taken.batch = merged(self._changes, tuple(self._columns))
        return self.taken

    def _name(self, number: int, rows: Rows) -> None:
        keys = self.shapes.get(number)
        if keys and len(rows.columns) == len(keys):
            self._columns += rows.points(keys)
        else:
            self.taken.unknown += len(rows.steps)


def merged(changes: Sequence[Batch], points: tuple[Points, ...] = ()) -> Batch:
    """Batches of one writer as one, the last value of each thing standing."""
    whole: dict[str, Any] = {"params": {}, "tags": {}, "inputs": {}}
    for change in changes:
        whole["params"].update(change.params)
        whole["tags"].update(change.tags)
        whole["inputs"].update(dict.fromkeys(change.inputs))
        for name in ("name", "description", "status", "ended"):
            if getattr(change, name) is not None:
                whole[name] = getattr(change, name)
    return Batch(**whole | {"inputs": tuple(whole["inputs"]), "points": points})
