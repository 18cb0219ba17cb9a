"""Sparks: curves beside the metrics of a terminal's table, read only for what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TypeAlias

from tracklayer.compare.columns import CURVE
from tracklayer.compare.extra import PIP
from tracklayer.compare.frame import Comparison
from tracklayer.render import text
from tracklayer.render.sparkline import BLOCKS, LETTERS, sparkline

#: Series that are read, at most: a call each, unless a run has one point.
MOST_SERIES = 60
#: Points a curve: many times what it can show.
MOST_POINTS = 1_000
#: Points of a series beyond which it is not read where nothing thins it on the way.
MOST_WHOLE = 50_000

#: What a curve is known by; empty for one that there is not.
State: TypeAlias = tuple[object, ...]
#: Curves by what they are known by.
Known: TypeAlias = dict[State, str]


@dataclass(frozen=True)
class Sparks:
    """Curves by metric, one a row that is shown; empty where there is none. `notes`: what is to be said of them."""

    curves: dict[str, list[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def sparks(
    comparison: Comparison,
    metrics: Sequence[str],
    rows: Sequence[int],
    *,
    blocks: bool = True,
    known: Known | None = None,
) -> Sparks:
    """The curves of metrics with more than one point. `blocks`: can the output's encoding show them?

    * `known`: curves of an earlier look, which are not read again where nothing was added; gets those of this one.
    """
    if not metrics or not rows:
        return Sparks()
    known = {} if known is None else known
    first = list(rows[: max(1, MOST_SERIES // len(metrics))])
    notes = [] if len(first) == len(rows) else [f"curves are drawn for the first {text.counted(len(first), 'run')}"]
    thins = find_spec("tsdownsample") is not None
    if not thins:
        short = [index for index in first if all(_points(comparison, index, key) <= MOST_WHOLE for key in metrics)]
        if len(short) < len(first):
            notes.append(f"no curves of more than {MOST_WHOLE:,} points: {PIP}")
        first = short
    wanted = {(index, metric): _state(comparison, index, metric) for index in first for metric in metrics}
    stale = [index for index in first if any(wanted[index, key] and wanted[index, key] not in known for key in metrics)]
    read = comparison.histories(metrics, stale, most=MOST_POINTS if thins else None)
    for one in read.series:
        curve = sparkline(one.values, CURVE, signs=BLOCKS if blocks else LETTERS) if len(one.values) > 1 else ""
        known[wanted[one.row, one.metric]] = curve
    if read.failures:
        reason = text.plain(read.failures[0].reason)
        notes.append(f"{text.counted(len(read.failures), 'curve')} could not be read: {reason}")
    curves = {metric: [known.get(wanted.get((index, metric), ()), "") for index in rows] for metric in metrics}
    for past in known.keys() - wanted.values():
        del known[past]
    return Sparks({metric: found for metric, found in curves.items() if any(found)}, tuple(notes))


def _state(comparison: Comparison, row: int, metric: str) -> State:
    """What a curve is known by: the run, the metric, and how far it has come."""
    held = comparison.rows[row].copies[0]
    summary = held.run.metrics.get(metric)
    return () if summary is None else (held.url, metric, summary.last_step, summary.last_time, summary.count)


def _points(comparison: Comparison, row: int, metric: str) -> int:
    """How many points a series has; where the place does not say, one a step."""
    summary = comparison.rows[row].run.metrics.get(metric)
    return 0 if summary is None else summary.count or summary.last_step + 1
