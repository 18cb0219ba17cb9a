"""Arrow: a comparison as a table that other programs read without a copy, one row a run.

* A missing value is null, which is not NaN.
* Names of columns never meet: what a run was given and gave stands behind a word and a dot, as `params.lr`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from tracklayer.api.urls import run_url
from tracklayer.compare.extra import needed
from tracklayer.compare.param import param_column
from tracklayer.model import Run
from tracklayer.model.records import readable

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from tracklayer.compare.frame import Comparison

#: A metric's columns, and what of its summary they hold: `metrics.loss` the last value, `metrics_min.loss` the least.
SUMMARIES = {
    "metrics": ("last", "float64"),
    "metrics_min": ("min", "float64"),
    "metrics_max": ("max", "float64"),
    "metrics_count": ("count", "int64"),
    "metrics_step": ("last_step", "int64"),
}
#: The key, in the metadata of a table or a column, of what is said of it as JSON.
SAID = "tracklayer"


def runs_table(comparison: Comparison) -> pa.Table:
    """One row a run, in the order of the comparison's rows. `DriverMissing` without pyarrow.

    * `run name place provider experiment status started ended seconds user parent commit branch dirty command origin
      url console`: of the copy that is shown. `seconds`: until it was read, for a run that still ran.
    * `copies`: the URLs of all copies; `differences`: the fields in which they differ; `inputs`: data sets and their
      digests; `approximate`: the fields that are not exact, and why. With a price list `cost` and `currency` too.
    * `params.KEY`: see `param_column`. `tags.KEY`: text.
    * `metrics.KEY` is the last value; beside it are `metrics_min.KEY`, `metrics_max.KEY`, `metrics_count.KEY` (points)
      and `metrics_step.KEY` (the last step); null where the place does not say.
    * Metadata, as JSON: of the table its places, failures and when it was read; of a metric its direction and unit.
    """
    arrow = needed("pyarrow", "a table of the runs")
    runs = [row.run for row in comparison.rows]
    table = _Table(arrow)
    _add_facts(table, comparison)
    for key, values in _by_key([run.params for run in runs]).items():
        column, said = param_column(values)
        table.add(f"params.{key}", column, said=said)
    for key, texts in _by_key([readable(run.tags) for run in runs]).items():
        table.add(f"tags.{key}", texts, arrow.string())
    for key in comparison.metrics:
        said = _of_metric(comparison, key)
        held = [run.metrics.get(key) for run in runs]
        there = [summary for summary in held if summary is not None]
        for prefix, (part, kind) in SUMMARIES.items():
            values = list(map(attrgetter(part), there))
            if len(there) < len(held):
                left = iter(values)
                values = [None if summary is None else next(left) for summary in held]
            table.add(f"{prefix}.{key}", values, arrow.type_for_alias(kind), said)
    return table.made(_of_all(comparison))


def to_polars(table: pa.Table) -> pl.DataFrame:
    """A polars frame. `DriverMissing` without polars."""
    frame: pl.DataFrame = needed("polars", "a polars frame").from_arrow(table)
    return frame


def to_pandas(table: pa.Table) -> Any:
    """A pandas frame, where whole numbers and booleans stay what they are when some are missing.

    * Its floats cannot tell a missing value from NaN; `metrics_step` is missing only with the metric.
    * `DriverMissing` without pandas.
    """
    pandas = needed("pandas", "a pandas frame")
    arrow = needed("pyarrow", "a pandas frame")
    nullable = {arrow.int64(): pandas.Int64Dtype(), arrow.bool_(): pandas.BooleanDtype()}
    return table.to_pandas(types_mapper=nullable.get)


class _Table:
    """Columns, one after the other."""

    def __init__(self, arrow: Any) -> None:
        self._arrow = arrow
        self._columns: list[pa.Array] = []
        self._fields: list[pa.Field] = []

    def add(self, name: str, values: Sequence[Any], kind: Any = None, said: Mapping[str, Any] | None = None) -> None:
        column = values if isinstance(values, self._arrow.Array) else self._arrow.array(values, kind)
        metadata = None if not said else {SAID: json.dumps(said)}
        self._columns.append(column)
        self._fields.append(self._arrow.field(name, column.type, metadata=metadata))

    def made(self, said: Mapping[str, Any]) -> pa.Table:
        schema = self._arrow.schema(self._fields, metadata={SAID: json.dumps(said)})
        return self._arrow.Table.from_arrays(self._columns, schema=schema)


def _add_facts(table: _Table, comparison: Comparison) -> None:
    """What every run has, whatever it logged."""
    arrow = needed("pyarrow", "a table of the runs")
    rows, text, flag = comparison.rows, arrow.string(), arrow.bool_()
    moment = arrow.timestamp("us", tz="UTC")
    shown = [row.copies[0] for row in rows]
    runs = [one.run for one in shown]
    table.add("run", [run.id for run in runs], text)
    table.add("name", [run.name for run in runs], text)
    for name in ("place", "provider", "experiment"):
        table.add(name, [getattr(one, name) for one in shown], text)
    table.add("status", [run.status for run in runs], text)
    table.add("started", [run.started for run in runs], moment)
    table.add("ended", [run.ended for run in runs], moment)
    table.add("seconds", [comparison.seconds(index) for index in range(len(rows))], arrow.float64())
    table.add("user", [run.user for run in runs], text)
    table.add("parent", [None if run.parent is None else run.parent.id for run in runs], text)
    for part in ("commit", "branch", "dirty", "command"):
        sources = [None if run.source is None else getattr(run.source, part) for run in runs]
        table.add(part, sources, flag if part == "dirty" else text)
    table.add("origin", [_origin(run) for run in runs], text)
    table.add("url", [one.url for one in shown], text)
    table.add("console", [one.console for one in shown], text)
    table.add("copies", [[one.url for one in row.copies] for row in rows], arrow.list_(text))
    table.add("differences", [[one.field for one in row.differences] for row in rows], arrow.list_(text))
    inputs = [[one.model_dump(include={"name", "digest", "context"}) for one in run.inputs] for run in runs]
    table.add("inputs", inputs, _structs(arrow, ("name", "digest", "context")))
    rough = [[{"field": field, "reason": why} for field, why in run.approximate.items()] for run in runs]
    table.add("approximate", rough, _structs(arrow, ("field", "reason")))
    if comparison.prices is not None:
        costs = comparison.costs()
        table.add("cost", [None if cost is None else cost.amount for cost in costs], arrow.float64())
        table.add("currency", [None if cost is None else cost.currency for cost in costs], text)


def _structs(arrow: Any, names: Iterable[str]) -> Any:
    return arrow.list_(arrow.struct([(name, arrow.string()) for name in names]))


def _origin(run: Run) -> str | None:
    return None if run.origin is None else run_url(run.origin.url, run.origin.run)


def _by_key(held: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """What each row has of every key; None where it has none."""
    columns: dict[str, list[Any]] = {}
    for index, values in enumerate(held):
        for key, value in values.items():
            column = columns.get(key)
            if column is None:
                column = columns[key] = [None] * len(held)
            column[index] = value
    return columns


def _of_metric(comparison: Comparison, key: str) -> dict[str, Any]:
    way = comparison.metrics[key]
    said = {} if way is None else {"direction": way, "guessed": key not in comparison.said}
    return said | ({"unit": comparison.units[key]} if key in comparison.units else {})


def _of_all(comparison: Comparison) -> dict[str, Any]:
    return {
        "places": comparison.places,
        "failures": [failure.model_dump() for failure in comparison.failures],
        "read_at": None if comparison.read_at is None else comparison.read_at.isoformat(),
        "experiments": comparison.experiments,
        "filter": comparison.filter,
        "map": dict(comparison.map),
    }
