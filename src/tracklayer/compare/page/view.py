"""View: what the page is made from, read and computed once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tracklayer.compare.config import Config
from tracklayer.compare.cost import Cost
from tracklayer.compare.direction import words_of
from tracklayer.compare.frame import Comparison
from tracklayer.compare.groups import Grouping
from tracklayer.compare.page.column import Column, columns
from tracklayer.compare.series import Histories
from tracklayer.compare.signs import letters

#: A metric with one of these words is of data that was not learnt from.
UNSEEN = frozenset({"val", "valid", "validation", "test", "eval", "dev"})
#: Runs on one page: a browser lays out more only slowly. The best are taken.
MOST_ROWS = 2_000
#: Runs whose curves are drawn when the page opens.
FIRST = 10
#: Metrics that get curves.
MOST_PANELS = 6
#: Curves in a page, and points in all of them: 32 bytes each, so 8 MB, of the 15 MB that a page may have.
MOST_CURVES, MOST_POINTS = 2_000, 240_000
#: Metrics of which every two have a Pareto front.
MOST_FRONTS = 12
#: Points of one curve: a screen shows no more, and fewer are no curve.
MOST_A_CURVE, FEWEST_A_CURVE = 1_000, 20


@dataclass(frozen=True)
class View:
    """A comparison with all that its page shows. Rows are named as the comparison names them.

    * `main`: the metric by which runs are best; None where no way is known of any. `order`: the rows that are shown,
      the best first. `first`: those whose curves are drawn when the page opens.
    * `several`: the metrics with more than one point, the main one first; `panels`: those of them whose curves are on
      the page. `histories`: None when no curves are wanted.
    """

    comparison: Comparison
    config: Config
    grouping: Grouping
    costs: Sequence[Cost | None]
    columns: Sequence[Column]
    main: str | None
    order: tuple[int, ...]
    several: tuple[str, ...]
    panels: tuple[str, ...]
    histories: Histories | None

    @property
    def first(self) -> tuple[int, ...]:
        """The rows whose curves are drawn when the page opens."""
        return self.order[:FIRST]

    @property
    def letters(self) -> dict[str, str]:
        """Place -> its short name."""
        return letters(self.comparison)

    @property
    def repeated(self) -> bool:
        """Are there seeds or repeats?"""
        return any(len(group.rows) > 1 for group in self.grouping.groups)


def view(comparison: Comparison, *, curves: bool = True) -> View:
    """Compute what is to be shown, and read the curves from their places."""
    config, costs = comparison.config(), comparison.costs()
    main = _main(comparison)
    order = _ordered(comparison, main)[:MOST_ROWS]
    several = _several(comparison, main)
    panels = several[: min(MOST_PANELS, max(1, MOST_CURVES // max(len(order), 1)))] if curves else ()
    return View(
        comparison=comparison,
        config=config,
        grouping=comparison.grouping(),
        costs=costs,
        columns=columns(comparison, config, costs),
        main=main,
        order=order,
        several=several,
        panels=panels,
        histories=_histories(comparison, panels, order) if panels else None,
    )


def _main(comparison: Comparison) -> str | None:
    """Of the metrics whose way is known: one that the user said, one of unseen data, one that most runs have."""
    known = [key for key, way in comparison.metrics.items() if way is not None]
    counts = {key: sum(key in row.run.metrics for row in comparison.rows) for key in known}

    def rank(key: str) -> tuple[bool, bool, int]:
        return key not in comparison.said, UNSEEN.isdisjoint(words_of(key)), -counts[key]

    return min(known, key=rank, default=None)


def _ordered(comparison: Comparison, main: str | None) -> tuple[int, ...]:
    """The rows, the best first; those without a value last, in their order."""
    rows = range(len(comparison.rows))
    if main is None:
        return tuple(rows)
    sign = 1 if comparison.metrics[main] == "min" else -1

    def rank(row: int) -> tuple[bool, float]:
        summary = comparison.rows[row].run.metrics.get(main)
        missing = summary is None or math.isnan(summary.last)
        return (True, 0.0) if missing or summary is None else (False, sign * summary.last)

    return tuple(sorted(rows, key=rank))


def _several(comparison: Comparison, main: str | None) -> tuple[str, ...]:
    several = [
        key
        for key in comparison.metrics
        if any(key in row.run.metrics and row.run.metrics[key].count != 1 for row in comparison.rows)
    ]
    return tuple(sorted(several, key=lambda key: key != main))


def _histories(comparison: Comparison, panels: Sequence[str], order: Sequence[int]) -> Histories:
    rows = order[: MOST_CURVES // len(panels)]
    curves = sum(key in comparison.rows[row].run.metrics for row in rows for key in panels)
    most = max(FEWEST_A_CURVE, min(MOST_A_CURVE, MOST_POINTS // max(curves, 1)))
    return comparison.histories(panels, rows, most=most)


def fronts(seen: View) -> dict[tuple[str, str], tuple[int, ...]]:
    """The Pareto front of every two metrics of the table whose way is known."""
    keys = [key for key, way in seen.comparison.metrics.items() if way is not None][:MOST_FRONTS]
    found = {}
    for at, one in enumerate(keys):
        for other in keys[at + 1 :]:
            found[one, other] = seen.comparison.pareto((one, other)).rows
    return found
