"""Column: one thing that is known of the runs, as the page's table and pictures take it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tracklayer.compare.config import Config
from tracklayer.compare.cost import Cost
from tracklayer.compare.direction import Direction
from tracklayer.compare.frame import Comparison
from tracklayer.compare.meaning import number
from tracklayer.model import ParamValue

#: The most columns a table has beside what each run has; a browser lays out more only slowly.
MOST = 40
#: What names a param's field, and a metric's.
PARAM, METRIC = "params.", "metrics."


@dataclass(frozen=True)
class Column:
    """Values by row of the comparison; `field`: `params.lr`, `metrics.loss`, `seconds`, `cost`.

    * `under`: what stands under the heading. `numeric`: is every value a number, or a text that says one?
    * `way`: which way it gets better. `best`: the rows with the best value.
    """

    field: str
    name: str
    under: str
    values: Sequence[ParamValue | None]
    numeric: bool = True
    way: Direction | None = None
    best: frozenset[int] = frozenset()

    def number(self, row: int) -> float | None:
        """The value as a number, where it is one."""
        return number(self.values[row])


def columns(comparison: Comparison, found: Config, costs: Sequence[Cost | None]) -> tuple[Column, ...]:
    """Time and cost, then metrics, then the params that differ: the most telling of each first."""
    metrics = [_metric(comparison, key) for key in comparison.metrics]
    params = [_param(field, values) for field, values in found.differing.items() if field.startswith(PARAM)]
    room = max(MOST - len(metrics), MOST // 2)
    return (*_facts(comparison, costs), *metrics[:MOST], *params[:room])


def _facts(comparison: Comparison, costs: Sequence[Cost | None]) -> Iterator[Column]:
    rows = range(len(comparison.rows))
    yield Column("seconds", "time", "", [comparison.seconds(row) for row in rows], way="min")
    if comparison.prices is not None:
        amounts = [None if one is None else one.amount for one in costs]
        yield Column("cost", "cost", comparison.prices.currency, amounts, way="min")


def _metric(comparison: Comparison, key: str) -> Column:
    summaries = [row.run.metrics.get(key) for row in comparison.rows]
    return Column(
        field=f"{METRIC}{key}",
        name=key,
        under=" · ".join(filter(None, (told(comparison, key), comparison.units.get(key)))) or "metric",
        values=[None if summary is None else summary.last for summary in summaries],
        way=comparison.metrics[key],
        best=comparison.best(key),
    )


def told(comparison: Comparison, metric: str) -> str:
    """Which way a metric gets better, and who says so: `max, guessed`; empty where nobody does."""
    way = comparison.metrics[metric]
    return "" if way is None else way if metric in comparison.said else f"{way}, guessed"


def _param(field: str, values: Sequence[ParamValue | None]) -> Column:
    there = [value for value in values if value is not None]
    numeric = all(number(value) is not None for value in there)
    return Column(field, field.removeprefix(PARAM), "param", values, numeric)


def within(name: str, field: str) -> bool:
    """Does `metrics.loss.last` lie within `metrics.loss`?"""
    return name == field or name.startswith(f"{field}.")


def reasons(approximate: Mapping[str, str], field: str) -> str:
    """Why a field, or what lies within it, is not exact; empty where it is."""
    return "; ".join(dict.fromkeys(why for name, why in approximate.items() if within(name, field)))
