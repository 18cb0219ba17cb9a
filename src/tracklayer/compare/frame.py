"""Frame: the runs of several places side by side, and what is computed of them."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from itertools import chain
from typing import TYPE_CHECKING, Any

from pydantic import Field

from tracklayer.compare.align import Row, align
from tracklayer.compare.cost import Cost, Prices, cost
from tracklayer.compare.cost import prices as read_prices
from tracklayer.compare.direction import Direction, direction, said
from tracklayer.compare.names import Suggestion, mapped, suggestions
from tracklayer.compare.reading import Failure, read
from tracklayer.compare.units import unit
from tracklayer.errors import InvalidInput
from tracklayer.model import Model

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from tracklayer.compare.config import Config
    from tracklayer.compare.groups import Grouping
    from tracklayer.compare.importance import Importance
    from tracklayer.compare.pareto import Front
    from tracklayer.compare.series import Histories
    from tracklayer.compare.significance import Significance


class Comparison(Model):
    """Runs of several places, the same run of several places in one row. Rows are named by their index.

    * `places`: those that were read. `failures`: those that were not; the rows hold what the others have.
    * `metrics`: metric -> which way it gets better; None where nobody knows. `said`: those whose way the user said;
      the others' is guessed from the name. `units`: metric -> unit, said or told by the name.
    * `read_at`: when they were read. `experiments` (none: all), `filter`: what was asked for.
    * `map`: names that were mapped, old -> new; `clashes`: a line for each that could not be in some runs.
    * `group_by`, `seed_params`: what the user said of groups; None: nothing. `prices`: the user's.
    """

    places: tuple[str, ...]
    rows: tuple[Row, ...]
    failures: tuple[Failure, ...] = ()
    metrics: Mapping[str, Direction | None]
    said: frozenset[str] = frozenset()
    units: Mapping[str, str] = Field(default_factory=dict)
    read_at: datetime | None = None
    experiments: tuple[str, ...] = ()
    filter: str = ""
    map: Mapping[str, str] = Field(default_factory=dict)
    clashes: tuple[str, ...] = ()
    group_by: tuple[str, ...] | None = None
    seed_params: tuple[str, ...] | None = None
    prices: Prices | None = None

    def best(self, metric: str) -> frozenset[int]:
        """The rows with the best last value of a metric; none where no way is known or nothing stands out."""
        way = self.metrics.get(metric)
        found = {
            index: row.run.metrics[metric].last
            for index, row in enumerate(self.rows)
            if metric in row.run.metrics and not math.isnan(row.run.metrics[metric].last)
        }
        if way is None or len(set(found.values())) < 2:  # noqa: PLR2004 -- one value is no contest
            return frozenset()
        top = min(found.values()) if way == "min" else max(found.values())
        return frozenset(index for index, last in found.items() if last == top)

    def running(self, row: int) -> bool:
        """Did the run still run when it was read?"""
        run = self.rows[row].run
        return run.status == "running" and run.ended is None and run.started is not None

    def seconds(self, row: int) -> float | None:
        """How long the run took; until it was read, for one that still ran. None where that is not known."""
        started = self.rows[row].run.started
        if not self.running(row) or self.read_at is None or started is None:
            return self.rows[row].seconds
        return max(0.0, (self.read_at - started).total_seconds())

    def costs(self) -> tuple[Cost | None, ...]:
        """What each run cost, by the price list; None for a run that has no price, and for all without a list."""
        if self.prices is None:
            return (None,) * len(self.rows)
        return tuple(
            cost(row, self.prices, self.seconds(index), until_now=self.running(index))
            for index, row in enumerate(self.rows)
        )

    def suggestions(self) -> tuple[Suggestion, ...]:
        """Names of metrics and params that may mean one thing: to be shown, for nothing is mapped unasked."""
        return tuple(suggestions(self.rows))

    def config(self) -> Config:
        """What the runs were made with, as far as it differs."""
        from tracklayer.compare.config import config  # noqa: PLC0415 -- each of these only when it is asked for

        return config(self.rows)

    def grouping(self) -> Grouping:
        """The runs grouped by equal params, seeds apart, with what their metrics come to."""
        from tracklayer.compare.groups import grouping  # noqa: PLC0415

        return grouping(self.rows, self.metrics, group_by=self.group_by, seed_params=self.seed_params)

    def significance(self, metric: str) -> Significance:
        """Which groups differ in a metric by more than chance. Needs scipy."""
        from tracklayer.compare.significance import significance  # noqa: PLC0415

        found = self.grouping()
        return significance(self.rows, found.groups, self.known(metric), found.telling)

    def pareto(self, metrics: Sequence[str]) -> Front:
        """The runs that no other beats in all of two or more metrics."""
        from tracklayer.compare.pareto import pareto  # noqa: PLC0415

        return pareto(self.rows, metrics, self.metrics)

    def importance(self, metric: str) -> Importance:
        """Which params the metric hangs on. Needs scikit-learn."""
        from tracklayer.compare.importance import importance  # noqa: PLC0415

        return importance(self.rows, self.known(metric))

    def histories(
        self, metrics: Iterable[str] | None = None, rows: Iterable[int] | None = None, *, most: int | None = 1_000
    ) -> Histories:
        """The points of some metrics of some rows, read now from their places; None: of all.

        * `most`: points a series, thinned by tsdownsample where there are more; None: all points.
        """
        from tracklayer.compare.histories import histories  # noqa: PLC0415

        keys = list(self.metrics) if metrics is None else [self.known(metric) for metric in metrics]
        return histories(self.rows, keys, rows, most=most)

    def known(self, metric: str) -> str:
        """The metric itself. `InvalidInput` for one that is not compared."""
        if metric not in self.metrics:
            message = f"the comparison has no metric {metric!r}; it has: {', '.join(sorted(self.metrics)) or 'none'}"
            raise InvalidInput(message)
        return metric

    def to_arrow(self) -> pa.Table:
        """One row a run: see `tracklayer.compare.arrow`. Needs pyarrow, as all frames do."""
        from tracklayer.compare.arrow import runs_table  # noqa: PLC0415

        return runs_table(self)

    def to_polars(self) -> pl.DataFrame:
        """The same for Polars, which it needs too."""
        from tracklayer.compare.arrow import to_polars  # noqa: PLC0415

        return to_polars(self.to_arrow())

    def to_pandas(self) -> Any:
        """The same as a pandas DataFrame, for which it needs pandas too."""
        from tracklayer.compare.arrow import to_pandas  # noqa: PLC0415

        return to_pandas(self.to_arrow())

    def points(
        self, metrics: Iterable[str] | None = None, rows: Iterable[int] | None = None, *, most: int | None = None
    ) -> pa.Table:
        """One row a point of some metrics of some rows, read now from their places; `most`: see `histories`."""
        from tracklayer.compare.points import points_table  # noqa: PLC0415

        return points_table(self.histories(metrics, rows, most=most), self)

    def to_json(self) -> str:
        """One JSON document: everything the rows hold, with NaN and infinities as text."""
        from tracklayer.compare.document import document  # noqa: PLC0415

        return json.dumps(document(self), allow_nan=False)


def compare(
    urls: str | Iterable[str],
    *,
    experiment: str | Sequence[str] | None = None,
    filter: str = "",
    metrics: Sequence[str] | None = None,
    map: Mapping[str, str] | None = None,
    directions: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    group_by: str | Sequence[str] | None = None,
    seed_params: str | Sequence[str] | None = None,
    prices: Prices | str | os.PathLike[str] | None = None,
) -> Comparison:
    """The runs of places, or single runs, laid side by side.

    * `urls`: of places, read whole, or of runs (`PLACE#RUN`).
    * `experiment`, `filter`: which runs of a place; `metrics`: which metrics, in this order; None: all there are.
    * `map`: names of metrics and params that mean the same, old -> new: `{"val_acc": "validation/accuracy"}`. Whatever
      else is said here names them as they are called then.
    * `directions`: metric -> `min` or `max`, where the name says nothing or the wrong thing; `units`: metric -> unit.
    * `group_by`: the params that make a group of runs; `seed_params`: the params that do not, because they are seeds;
      None: those whose names say so.
    * `prices`: what an hour costs, or the TOML or JSON file that says it: see `tracklayer.compare.cost`.
    * Places are read at the same time. One that cannot be read stands in `failures`, and the others are compared.
    * `InvalidInput` for a mistake that no place could make good: no URL, an unknown scheme, a wrong filter, a metric
      or param that no run has.
    """
    wanted = tuple(dict.fromkeys([urls] if isinstance(urls, str) else urls))
    if not wanted:
        message = "nothing to compare: give the URLs of places or runs"
        raise InvalidInput(message)
    ways = said(directions or {})
    listed = prices if prices is None or isinstance(prices, Prices) else read_prices(prices)
    homes = _names(experiment) or ()
    if experiment is not None and not homes:
        message = "experiment= names none: leave it out for all"
        raise InvalidInput(message)
    found = read(wanted, experiments=homes, filter=filter)
    copies = mapped(found.copies, map or {})
    rows = align(copies.copies)
    there = dict.fromkeys(chain.from_iterable(row.run.metrics for row in rows))
    for key in (*(metrics or ()), *ways, *(units or ())):
        if key not in there and rows:
            message = f"no run has the metric {key!r}; there are: {', '.join(sorted(there)) or 'none'}"
            raise InvalidInput(message)
    keys = there if metrics is None else dict.fromkeys(metrics)
    measured = {key: name for key in keys if (name := unit(key)) is not None}
    compared = Comparison(
        places=tuple(found.places),
        rows=rows,
        failures=tuple(found.failures),
        metrics={key: ways.get(key) or direction(key) for key in keys},
        said=frozenset(ways) & keys.keys(),
        units=measured | {key: name for key, name in (units or {}).items() if key in keys},
        read_at=datetime.now(timezone.utc),
        experiments=homes,
        filter=filter,
        map=dict(map or {}),
        clashes=copies.clashes,
        group_by=_names(group_by),
        seed_params=_names(seed_params),
        prices=listed,
    )
    if group_by is not None or seed_params is not None:
        compared.grouping()  # says what is wrong with them
    return compared


def _names(given: str | Sequence[str] | None) -> tuple[str, ...] | None:
    return None if given is None else (given,) if isinstance(given, str) else tuple(dict.fromkeys(given))
