"""Column: one of a terminal's tables, and which of many fit a width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from tracklayer.render import text

#: Cells that a column takes beside its text: padding, and the line to the next.
BETWEEN = 2
#: The widest a column may be.
WIDEST = 28


@dataclass(frozen=True)
class Column:
    """A heading, what stands under it, and one cell a row. `of_metric`: the name is a metric's."""

    name: str
    under: str
    cells: tuple[Text, ...]
    right: bool = False
    of_metric: bool = False

    @classmethod
    def of(cls, name: str, texts: Iterable[str], *, under: str = "", right: bool = False) -> Column:
        """A column of texts, which stand as they are."""
        return cls(name, under, tuple(cell(text.plain(one)) for one in texts), right=right)

    @property
    def width(self) -> int:
        """Terminal cells that it takes."""
        texts = [text.plain(self.name), self.under, *(one.plain for one in self.cells)]
        return min(max(map(cell_len, texts)), WIDEST) + BETWEEN


def cell(shown: str, style: str = "") -> Text:
    """A cell of one line, cut where it is too long."""
    return Text(shown, style=style, no_wrap=True, overflow="ellipsis")


def fitting(always: Sequence[Column], wanted: Iterable[Column], width: int) -> tuple[list[Column], list[Column]]:
    """The columns that there is room for, and those that there is not: the first of the wanted come first."""
    shown, left_out = list(always), list[Column]()
    room = width - sum(column.width for column in shown)
    for column in wanted:
        if column.width <= room:
            shown.append(column)
            room -= column.width
        else:
            left_out.append(column)
    return shown, left_out


def grid(columns: Sequence[Column]) -> Table:
    """The columns as a table. No markup is read in them."""
    made = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    under = any(column.under for column in columns)
    for column in columns:
        heading = Text(text.plain(column.name) + (f"\n{column.under}" if under else ""), overflow="ellipsis")
        made.add_column(heading, justify="right" if column.right else "left", max_width=WIDEST, no_wrap=True)
    for cells in zip(*(column.cells for column in columns), strict=True):
        made.add_row(*cells)
    return made
