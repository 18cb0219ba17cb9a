"""Table: a comparison on a terminal, as wide as the terminal is."""

from __future__ import annotations

from collections.abc import Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tracklayer.compare.columns import WIDEST, Layout, layout, letter
from tracklayer.compare.frame import Comparison
from tracklayer.render import text

#: Differences that are written out under the table; `--json` has them all.
MOST_DIFFERENCES = 12


def table(comparison: Comparison, width: int) -> RenderableType:
    """The rows as a table no wider than `width`, and under it the places, the signs and what is not shown.

    * Names and values stand as they are: no markup is read in them, and control characters are written out.
    """
    plan = layout(comparison, width)
    grid = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for column in plan.shown:
        heading = Text(f"{text.plain(column.name)}\n{column.under}", overflow="ellipsis")
        grid.add_column(heading, justify="right" if column.right else "left", max_width=WIDEST, no_wrap=True)
    for index in range(len(comparison.rows)):
        grid.add_row(*(column.cells[index] for column in plan.shown))
    return Group(grid, Text(), *(Text(line) for line in _notes(comparison, plan)))


def _notes(comparison: Comparison, plan: Layout) -> Iterator[str]:
    for index, url in enumerate(comparison.places):
        runs = sum(held.place == url for row in comparison.rows for held in row.copies)
        yield f"{letter(index)}: {text.plain(url)} ({text.counted(runs, 'run')})"
    for failure in comparison.failures:
        yield f"not read: {text.plain(failure.place)}: {text.plain(failure.reason)}"
    if plan.alike:
        yield f"the same in all runs: {', '.join(plan.alike)}"
    if plan.left_out:
        names = ", ".join(text.plain(name) for name in plan.left_out)
        yield f"no room for: {names} (a wider terminal, --metric or --json shows them)"
    yield from _legend(comparison, plan)
    yield from _differences(comparison)


def _legend(comparison: Comparison, plan: Layout) -> Iterator[str]:
    """What the signs mean that stand in the table."""
    cells = [cell.plain for column in plan.shown for cell in column.cells]
    if any(comparison.metrics.values()):
        yield "min, max: which way a metric is better, guessed from its name" + (
            "; *: the best" if any(cell.endswith(" *") for cell in cells) else ""
        )
    if any(len(row.copies) > 1 for row in comparison.rows):
        yield (
            "A = B: one run in several places, alike; A != B: its copies differ; A ~= B: they differ where it was to be"
            " expected"
        )
    rough = {why for row in comparison.rows for why in row.approximate.values()}
    if rough:
        yield f"~: not exact: {'; '.join(text.plain(why) for why in sorted(rough))}"


def _differences(comparison: Comparison) -> Iterator[str]:
    """Each difference between copies on a line, with each place's value."""
    letters = {url: letter(index) for index, url in enumerate(comparison.places)}
    found = [(row, difference) for row in comparison.rows for difference in row.differences]
    for row, difference in found[:MOST_DIFFERENCES]:
        values = ", ".join(
            f"{letters[held.place]} {text.shortened(text.value(given), WIDEST)}"
            for held, given in zip(row.copies, difference.values, strict=True)
        )
        name = text.plain(row.run.name or row.run.id)
        excuse = f" ({text.plain(difference.approximate)})" if difference.approximate else ""
        yield f"differs: {name}: {text.plain(difference.field)}: {values}{excuse}"
    if len(found) > MOST_DIFFERENCES:
        yield f"... and {len(found) - MOST_DIFFERENCES} more differences: see --json"
