"""Table: a comparison on a terminal, as wide as the terminal is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from tracklayer.compare.column import WIDEST, grid
from tracklayer.compare.columns import Layout, layout
from tracklayer.compare.frame import Comparison
from tracklayer.compare.signs import legend, letters
from tracklayer.compare.sparks import Known, Sparks, sparks
from tracklayer.errors import InvalidInput
from tracklayer.render import text

#: Differences, and suggestions, that are written out under the table; `--json` has them all.
MOST_DIFFERENCES = MOST_SUGGESTIONS = 12


def table(
    comparison: Comparison,
    width: int,
    *,
    rows: Sequence[int] | None = None,
    curves: bool = False,
    blocks: bool = True,
    known: Known | None = None,
) -> RenderableType:
    """The rows as a table no wider than `width`, and under it the places, the signs and what is not shown.

    * `rows`: only these, in this order. `curves`: draw those of the metrics that are shown, with `blocks` or letters:
      their points are read now, but for what is `known` of an earlier look.
    * Names and values stand as they are: no markup is read in them, and control characters are written out.
    """
    shown = range(len(comparison.rows)) if rows is None else rows
    plan = layout(comparison, width, shown, curves=curves)
    drawn = sparks(comparison, plan.drawn, shown, blocks=blocks, known=known)
    plan = plan.with_curves(drawn.curves)
    return Group(grid(plan.shown), Text(), *(Text(line) for line in _notes(comparison, plan, drawn, len(shown))))


def ranked(comparison: Comparison, metric: str | None, limit: int | None = None) -> list[int]:
    """The rows to show: by a metric, the best first and those without it last; at most `limit`.

    * `InvalidInput` for a metric that is not compared, and for one whose way nobody knows.
    """
    rows = list(range(len(comparison.rows)))
    if metric is not None:
        way = comparison.metrics[comparison.known(metric)]
        if way is None:
            message = f"which way {metric!r} gets better is not known: say so with --minimize or --maximize {metric}"
            raise InvalidInput(message)
        rows.sort(key=lambda row: _rank(comparison, row, metric, falling=way == "max"))
    return rows[:limit]


def _rank(comparison: Comparison, row: int, metric: str, *, falling: bool) -> tuple[int, float]:
    summary = comparison.rows[row].run.metrics.get(metric)
    if summary is None:
        return 2, 0.0
    return (1, 0.0) if math.isnan(summary.last) else (0, -summary.last if falling else summary.last)


def _notes(comparison: Comparison, plan: Layout, drawn: Sparks, shown: int) -> Iterator[str]:
    if shown < len(comparison.rows):
        yield f"{shown:,} of {text.counted(len(comparison.rows), 'run')}; --limit shows more, --json and the files all"
    for url, short in letters(comparison).items():
        runs = sum(held.place == url for row in comparison.rows for held in row.copies)
        yield f"{short}: {text.plain(url)} ({text.counted(runs, 'run')})"
    for failure in comparison.failures:
        yield f"not read: {text.plain(failure.place)}: {text.plain(failure.reason)}"
    if comparison.prices is not None:
        costs = [one for one in comparison.costs() if one is not None]
        unknown = len(comparison.rows) - len(costs)
        rest = f"; {text.counted(unknown, 'run')} without a price" if unknown else ""
        yield f"cost: {sum(one.amount for one in costs):,.2f} {text.plain(comparison.prices.currency)} in all{rest}"
    if plan.alike:
        yield f"the same in all runs: {', '.join(map(text.plain, plan.alike))}"
    if plan.left_out:
        names = ", ".join(map(text.plain, plan.left_out))
        yield f"no room for: {names} (a wider terminal, --metric or --json shows them)"
    yield from drawn.notes
    yield from legend(comparison, [cell.plain for column in plan.shown for cell in column.cells])
    yield from _names(comparison)
    yield from _differences(comparison)


def _names(comparison: Comparison) -> Iterator[str]:
    """What was mapped, and what could be."""
    for old, new in comparison.map.items():
        yield f"mapped: {text.plain(old)} is {text.plain(new)}"
    for clash in comparison.clashes:
        yield f"not mapped: {text.plain(clash)}"
    found = comparison.suggestions()
    for one in found[:MOST_SUGGESTIONS]:
        runs = f"{one.old_runs:,} and {text.counted(one.new_runs, 'run')}"
        yield f"perhaps the same {one.kind}: {text.plain(one.option)} ({runs}: {text.plain(one.why)})"
    if len(found) > MOST_SUGGESTIONS:
        yield f"... and {len(found) - MOST_SUGGESTIONS} more names that may be the same: see --json"


def _differences(comparison: Comparison) -> Iterator[str]:
    """Each difference between copies on a line, with each place's value."""
    named = letters(comparison)
    found = [(row, difference) for row in comparison.rows for difference in row.differences]
    for row, difference in found[:MOST_DIFFERENCES]:
        values = ", ".join(
            f"{named[held.place]} {text.shortened(text.value(given), WIDEST)}"
            for held, given in zip(row.copies, difference.values, strict=True)
        )
        excuse = f" ({text.plain(difference.approximate)})" if difference.approximate else ""
        yield f"differs: {text.plain(row.name)}: {text.plain(difference.field)}: {values}{excuse}"
    if len(found) > MOST_DIFFERENCES:
        yield f"... and {len(found) - MOST_DIFFERENCES} more differences: see --json"
