"""Columns: what a comparison's table could show, the most telling first, and what of it fits a width."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from rich.cells import cell_len
from rich.text import Text

from tracklayer.compare.align import Row
from tracklayer.compare.frame import Comparison
from tracklayer.model import same
from tracklayer.render import text

#: Cells that a column takes beside its text: padding, and the line to the next.
BETWEEN = 2
#: The widest a column may be.
WIDEST = 28

#: The signs; ASCII, so that any terminal and any file can hold them.
BEST, ROUGH, EQUAL, DIFFERENT, EXCUSED = "*", "~", " = ", " != ", " ~= "


@dataclass(frozen=True)
class Column:
    """A heading, what stands under it, and one cell a row."""

    name: str
    under: str
    cells: tuple[Text, ...]
    right: bool = False

    @property
    def width(self) -> int:
        """Terminal cells that it takes."""
        texts = [text.plain(self.name), self.under, *(cell.plain for cell in self.cells)]
        return min(max(map(cell_len, texts)), WIDEST) + BETWEEN


@dataclass(frozen=True)
class Layout:
    """The columns that fit, the names of those that do not, and the params that are the same in all runs."""

    shown: tuple[Column, ...]
    left_out: tuple[str, ...]
    alike: tuple[str, ...]


def layout(comparison: Comparison, width: int) -> Layout:
    """The leading columns always; then metrics and the params that differ, in turn, as long as there is room."""
    rows = comparison.rows
    shown = list(_leading(comparison))
    room = width - sum(column.width for column in shown)
    telling, alike = _params(rows)
    metrics = [_metric(comparison, key) for key in comparison.metrics]
    params = [_param(rows, key) for key in telling]
    left_out: list[str] = []
    for column in chain.from_iterable(zip_longest(metrics, params)):
        if column is None:
            continue
        if column.width <= room:
            shown.append(column)
            room -= column.width
        else:
            left_out.append(column.name)
    return Layout(shown=tuple(shown), left_out=tuple(left_out), alike=alike)


def letter(index: int) -> str:
    """The short name of a place: A to Z, then A1, B1 ..."""
    turn, place = divmod(index, 26)
    return chr(ord("A") + place) + (str(turn) if turn else "")


def _leading(comparison: Comparison) -> Iterator[Column]:
    rows, letters = comparison.rows, {url: letter(index) for index, url in enumerate(comparison.places)}
    yield _column("run", rows, lambda row: (text.plain(row.run.name or row.run.id), ["name"]))
    yield _column("place", rows, lambda row: (_where(row, letters), []))
    if len({held.experiment for row in rows for held in row.copies}) > 1:
        yield _column("experiment", rows, lambda row: (text.plain(row.copies[0].experiment), ["experiment"]))
    yield _column("status", rows, lambda row: (row.run.status, ["status"]))
    yield _column("time", rows, lambda row: (text.duration(row.seconds), ["started", "ended"]), right=True)


def _where(row: Row, letters: dict[str, str]) -> str:
    """`A`; `A = B` for copies that are alike; `A != B` for others; `A ~= B` when every difference has an excuse."""
    sign = EQUAL
    if row.differences:
        sign = EXCUSED if all(difference.approximate for difference in row.differences) else DIFFERENT
    return sign.join(letters[held.place] for held in row.copies)


def _params(rows: Sequence[Row]) -> tuple[list[str], tuple[str, ...]]:
    """The params that tell runs apart, and those that are the same in all runs as `key=value`.

    * First come those with several values; of these, those that most runs have.
    """
    telling: dict[str, tuple[bool, int]] = {}
    alike: list[str] = []
    for key in dict.fromkeys(key for row in rows for key in row.run.params):
        values = [row.run.params[key] for row in rows if key in row.run.params]
        constant = all(same(values[0], other) for other in values[1:])
        if constant and len(values) == len(rows) > 1:
            alike.append(f"{text.plain(key)}={text.shortened(text.value(values[0]), WIDEST)}")
        else:
            telling[key] = (constant, -len(values))
    return sorted(telling, key=lambda key: telling[key]), tuple(alike)


def _param(rows: Sequence[Row], key: str) -> Column:
    return _column(
        key, rows, lambda row: (text.value(row.run.params.get(key)), [f"params.{key}"]), under="param", right=True
    )


def _metric(comparison: Comparison, key: str) -> Column:
    best, way = comparison.best(key), comparison.metrics[key]
    cells = []
    for index, row in enumerate(comparison.rows):
        summary = row.run.metrics.get(key)
        cell = _cell(row, "-" if summary is None else text.number(summary.last), [f"metrics.{key}"])
        if index in best:
            cell.append(f" {BEST}")
            cell.stylize("bold green")
        cells.append(cell)
    return Column(name=key, under=way or "metric", cells=tuple(cells), right=True)


def _column(
    name: str, rows: Sequence[Row], of: Callable[[Row], tuple[str, list[str]]], *, under: str = "", right: bool = False
) -> Column:
    return Column(name=name, under=under, cells=tuple(_cell(row, *of(row)) for row in rows), right=right)


def _cell(row: Row, shown: str, fields: Sequence[str]) -> Text:
    """A value with its signs: `~` before one that is not exact, `!=` after one that differs between copies."""
    rough = any(_within(name, field) for name in row.approximate for field in fields)
    differs = any(_within(difference.field, field) for difference in row.differences for field in fields)
    cell = Text(
        f"{ROUGH if rough else ''}{shown}{DIFFERENT.rstrip() if differs else ''}", style="red" if differs else ""
    )
    cell.no_wrap, cell.overflow = True, "ellipsis"
    return cell


def _within(name: str, field: str) -> bool:
    """Does `metrics.loss.last` lie within `metrics.loss`?"""
    return name == field or name.startswith(f"{field}.")
