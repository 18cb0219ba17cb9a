"""Shapes: the metrics that are logged together, and how a row of them is packed."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tracklayer.layers.journal.clock import Series
from tracklayer.layers.journal.frames import HEAD, Kind, head

if TYPE_CHECKING:
    from tracklayer.layers.journal.sheet import Sheet

#: Of a row: its head, the shape's number, step, time in nanoseconds; behind these stand the values, and the CRC.
FIXED = "<QIqq"


def row_layout(metrics: int) -> struct.Struct:
    """A row of so many metrics, without its CRC."""
    return struct.Struct(f"{FIXED}{metrics}d")


class Shape:
    """Metrics with their number on one sheet and their times. `told`: does the file say what the number means?"""

    __slots__ = ("head", "number", "pack", "series", "sheet", "size", "told")

    def __init__(self, number: int, series: list[Series], sheet: Sheet) -> None:
        layout = row_layout(len(series))
        self.number = number
        self.series = series
        self.sheet = sheet
        self.told = False
        self.pack = layout.pack
        self.size = layout.size + 4
        self.head = head(Kind.ROW, layout.size - HEAD.size)
