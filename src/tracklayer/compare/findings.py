"""Findings: what is computed of a comparison, as tables of a terminal: groups, the front, importance, tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Group as Rendered
from rich.console import RenderableType
from rich.text import Text

from tracklayer.compare.column import Column, fitting, grid
from tracklayer.compare.frame import Comparison
from tracklayer.compare.groups import Group
from tracklayer.compare.signs import BEST, direction_of, letters, where
from tracklayer.compare.spread import CONFIDENCE, Spread
from tracklayer.render import text

if TYPE_CHECKING:
    from tracklayer.compare.significance import Significance, Tested

#: Groups, pairs and params that are shown; `--json` has them all.
MOST = 40


@dataclass(frozen=True)
class Finding:
    """A title, a table of those columns, and lines to be read with it. `wanted`: shown as far as there is room."""

    title: str
    columns: Sequence[Column]
    notes: Sequence[str] = ()
    wanted: Sequence[Column] = ()

    def shown(self, width: int) -> RenderableType:
        """For a terminal of that width."""
        columns, left_out = fitting(self.columns, self.wanted, width)
        notes = [*self.notes, *([_no_room(left_out)] if left_out else [])]
        title = Text(f"\n{text.plain(self.title)}", style="bold")
        return Rendered(title, grid(columns), Text(), *(Text(text.plain(note)) for note in notes))


def groups(comparison: Comparison) -> Finding | None:
    """Seeds and repeats with mean and interval; None where no group has two runs and the user asked for none."""
    found = comparison.grouping()
    if not found.said and all(len(group.rows) == 1 for group in found.groups):
        return None
    shown = found.groups[:MOST]
    seeds = [" ".join(f"{key}={_values(given)}" for key, given in group.seeds.items()) for group in shown]
    columns = [
        Column.of("group", [group.label(found.telling) for group in shown]),
        Column.of("runs", [str(len(group.rows)) for group in shown], right=True),
    ]
    if any(seeds):
        columns.append(Column.of("seeds", seeds))
    percent = f"{CONFIDENCE:.0%}"
    said = "as you said" if found.said else "by all params but those whose name says that they are seeds"
    notes = [
        f"grouped {said}; {', '.join(found.seeds) or 'none'} left out",
        f"mean ± half of the {percent} confidence interval (Student's t: runs independent, means about normal)",
        "(n): of so many values, where not all runs have one",
    ]
    notes += [f"{group.label(found.telling)}: {caution}" for group in shown for caution in group.cautions]
    if len(found.groups) > MOST:
        notes.append(f"... and {len(found.groups) - MOST:,} more groups: see --json")
    means = [_means(comparison, shown, metric) for metric in comparison.metrics]
    return Finding("groups", columns, notes, means)


def pareto(comparison: Comparison, metrics: Sequence[str]) -> Finding:
    """The front, and how many runs could not be on it."""
    front, named = comparison.pareto(metrics), letters(comparison)
    rows = [comparison.rows[index] for index in front.rows]
    columns = [Column.of("run", [row.name for row in rows]), Column.of("place", [where(row, named) for row in rows])]
    columns += [
        Column.of(
            metric,
            [text.number(row.run.metrics[metric].last) for row in rows],
            under=direction_of(comparison, metric),
            right=True,
        )
        for metric in front.metrics
    ]
    left_out = f"; left out, for a value is missing or NaN: {text.counted(len(front.left_out), 'run')}"
    note = f"no other run is at least as good in all of them and better in one{left_out if front.left_out else ''}"
    return Finding(f"Pareto front of {', '.join(front.metrics)}", columns, [note])


def importance(comparison: Comparison, metric: str) -> Finding:
    """The params that a metric hangs on, and how far to trust that."""
    found = comparison.importance(metric)
    shown = found.params[:MOST]
    columns = [
        Column.of("param", [one.param for one in shown]),
        Column.of("importance", [f"{one.mean:.3f}" for one in shown], right=True),
        Column.of("±", [f"{one.std:.3f}" for one in shown], right=True),
    ]
    notes = [
        f"a random forest of {text.counted(found.n, 'run')}, whose out-of-bag R2 is {found.score:.2f}",
        "importance: what of R2 is lost, on runs that it has not seen, when the values of the param are shuffled",
        *found.notes,
        *(f"left out: {param}: {why}" for param, why in found.left_out.items()),
    ]
    return Finding(f"what {metric} hangs on", columns, notes)


def significance(comparison: Comparison, metric: str) -> Finding:
    """Every pair of groups, tested, those with the smallest p first; and what the tests assume."""
    found, grouping = comparison.significance(metric), comparison.grouping()
    pairs = sorted(found.pairs, key=lambda pair: pair.rank.p if pair.welch is None else pair.welch.p)[:MOST]
    labels = [group.label(grouping.telling) for group in grouping.groups]
    columns = [
        Column.of("group", [labels[pair.left] for pair in pairs]),
        Column.of("against", [labels[pair.right] for pair in pairs]),
        Column.of("difference", [f"{pair.difference:+.6g}" for pair in pairs], under="of means", right=True),
        *_tested("Welch's t", [pair.welch for pair in pairs]),
        *_tested("Mann-Whitney U", [pair.rank for pair in pairs]),
    ]
    return Finding(f"do groups differ in {metric}?", columns, list(_of_tests(found)))


def _of_tests(found: Significance) -> Iterator[str]:
    yield f"adjusted: {found.correction}"
    yield from (f"assumed: {one}" for one in found.assumptions)
    yield from (f"not tested: {one}" for one in found.untested)
    if len(found.pairs) > MOST:
        yield f"... and {len(found.pairs) - MOST:,} more pairs: see --json"


def _tested(name: str, found: Sequence[Tested | None]) -> Iterator[Column]:
    yield Column.of(name, ["-" if one is None else f"{one.p:.3g}" for one in found], under="p", right=True)
    yield Column.of("", ["-" if one is None else f"{one.adjusted:.3g}" for one in found], under="adjusted", right=True)


def _means(comparison: Comparison, shown: Sequence[Group], metric: str) -> Column:
    means = [group.metrics[metric].mean for group in shown]
    there = {mean for mean in means if mean is not None and mean == mean}  # noqa: PLR0124 -- NaN is not itself
    way = comparison.metrics[metric]
    best = None if way is None or len(there) <= 1 else min(there) if way == "min" else max(there)
    ends = ["" if best is None else f" {BEST}" if mean == best else "  " for mean in means]
    cells = [_mean(group.metrics[metric], len(group.rows)) + end for group, end in zip(shown, ends, strict=True)]
    return Column.of(metric, cells, under=direction_of(comparison, metric), right=True)


def _mean(found: Spread, runs: int) -> str:
    if found.mean is None:
        return "-"
    half = "" if found.high is None else f" ± {found.high - found.mean:.2g}"
    return f"{found.mean:.4g}{half}{'' if found.n == runs else f' ({found.n})'}"


def _values(given: Sequence[object]) -> str:
    return ",".join("-" if one is None else str(one) for one in given)


def _no_room(left_out: Sequence[Column]) -> str:
    return f"no room for: {', '.join(column.name for column in left_out)}"
