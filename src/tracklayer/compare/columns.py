"""Columns: what a comparison's table could show, the most telling first, and what of it fits a width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from rich.text import Text

from tracklayer.compare.column import BETWEEN, WIDEST, Column, fitting
from tracklayer.compare.frame import Comparison
from tracklayer.compare.meaning import meaning
from tracklayer.compare.signs import BEST, SO_FAR, direction_of, letters, marked, where
from tracklayer.model import ParamValue
from tracklayer.render import text

#: Signs of a curve, and the terminal cells that it takes.
CURVE = 16
#: What a field of the config is called below its heading.
KINDS = {"params": "param", "source": "source", "inputs": "data"}
#: Digits of a commit.
COMMIT = 10
TIMES = ("started", "ended")


@dataclass(frozen=True)
class Layout:
    """The columns that fit, the names of those that do not, and what is the same in all runs, as `key=value`.

    * `drawn`: the metrics beside which there is room for a curve.
    """

    shown: tuple[Column, ...]
    left_out: tuple[str, ...]
    alike: tuple[str, ...]
    drawn: tuple[str, ...] = ()

    def with_curves(self, curves: Mapping[str, Sequence[str]]) -> Layout:
        """The same with the curves of metrics, one a row, each behind its metric."""
        behind = {column.name: column for column in self.shown if column.name in curves and column.of_metric}
        shown: list[Column] = []
        for column in self.shown:
            shown.append(column)
            if behind.get(column.name) is column:
                shown.append(Column.of("", curves[column.name], under="curve"))
        return replace(self, shown=tuple(shown))


def layout(comparison: Comparison, width: int, rows: Sequence[int], *, curves: bool = False) -> Layout:
    """The leading columns always; then metrics and what else differs, in turn, as long as there is room.

    * `rows`: those that are shown. `curves`: keep room for that of the first metric, and see whose else there is room
      for.
    """
    config = comparison.config()
    metrics = [_metric(comparison, rows, key) for key in comparison.metrics]
    telling = sorted(config.differing, key=lambda name: _constant(config.differing[name]))
    params = [_field(comparison, rows, name, config.differing[name]) for name in telling]
    kept = CURVE + BETWEEN if curves and metrics else 0
    turns = [column for column in chain.from_iterable(zip_longest(metrics, params)) if column is not None]
    shown, left_out = fitting(list(_leading(comparison, rows)), turns, width - kept)
    room = width - sum(column.width for column in shown)
    there = [column.name for column in shown if column.of_metric]
    alike = [f"{_name(name)}={text.shortened(text.value(given), WIDEST)}" for name, given in config.same.items()]
    return Layout(
        shown=tuple(shown),
        left_out=tuple(column.name for column in left_out),
        alike=tuple(alike) if len(comparison.rows) > 1 else (),
        drawn=tuple(there[: max(room, 0) // (CURVE + BETWEEN)]) if curves else (),
    )


def _leading(comparison: Comparison, rows: Sequence[int]) -> Iterator[Column]:
    held, named = {index: comparison.rows[index] for index in rows}, letters(comparison)
    yield _column("run", [marked(row, text.plain(row.name), ["name"]) for row in held.values()])
    yield _column("place", [marked(row, where(row, named), []) for row in held.values()])
    if len({copy.experiment for row in comparison.rows for copy in row.copies}) > 1:
        homes = [marked(row, text.plain(row.copies[0].experiment), ["experiment"]) for row in held.values()]
        yield _column("experiment", homes)
    yield _column("status", [marked(row, row.run.status, ["status"]) for row in held.values()])
    times = [
        marked(row, f"{text.duration(comparison.seconds(index))}{_so_far(comparison.running(index))}", TIMES)
        for index, row in held.items()
    ]
    yield _column("time", times, right=True)
    if comparison.prices is not None:
        costs = comparison.costs()
        texts = [
            "-" if one is None else f"{one.amount:,.2f}{_so_far(one.until_now)}"
            for one in (costs[index] for index in rows)
        ]
        yield Column.of("cost", texts, under=text.plain(comparison.prices.currency), right=True)


def _so_far(running: bool) -> str:
    return SO_FAR if running else ""


def _constant(values: Sequence[ParamValue | None]) -> bool:
    """Is it the same in all runs that have it? Then it tells least."""
    return len({meaning(value) for value in values if value is not None}) == 1


def _field(comparison: Comparison, rows: Sequence[int], name: str, values: Sequence[ParamValue | None]) -> Column:
    kind = name.partition(".")[0]
    most = COMMIT if name == "source.commit" else None
    cells = [
        marked(comparison.rows[index], text.value(values[index])[:most], [] if kind == "source" else [name])
        for index in rows
    ]
    return _column(_name(name), cells, under=KINDS[kind], right=True)


def _name(field: str) -> str:
    return field.partition(".")[2]


def _metric(comparison: Comparison, rows: Sequence[int], key: str) -> Column:
    best, cells = comparison.best(key), []
    level = any(index in best for index in rows)
    for index in rows:
        row = comparison.rows[index]
        summary = row.run.metrics.get(key)
        one = marked(row, "-" if summary is None else text.number(summary.last), [f"metrics.{key}"])
        if index in best:
            one.append(f" {BEST}")
            one.stylize("bold green")
        elif level:
            one.append("  ")
        cells.append(one)
    return Column(key, direction_of(comparison, key), tuple(cells), right=True, of_metric=True)


def _column(name: str, cells: Sequence[Text], *, under: str = "", right: bool = False) -> Column:
    return Column(name, under, tuple(cells), right=right)
