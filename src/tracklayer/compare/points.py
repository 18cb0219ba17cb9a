"""Points: curves as an Arrow table, one row a point, made of the very memory that the series lie in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tracklayer.compare.arrow import SAID
from tracklayer.compare.extra import needed

if TYPE_CHECKING:
    import pyarrow as pa

    from tracklayer.compare.frame import Comparison
    from tracklayer.compare.series import Histories


def points_table(histories: Histories, comparison: Comparison) -> pa.Table:
    """The points of series, in the order (row, metric, step, time). `DriverMissing` without pyarrow.

    * `row`: the run's, in the comparison and in its table of runs. `run name place metric`: texts, in dictionaries.
    * `step`: int64; `time`: UTC, in nanoseconds; `seconds`: since the run's start; `value`: float64, NaN and infinities
      as they are.
    * `thinned`: are points of the series left out? `approximate`: why it is not exact; null where it is.
    * Metadata, as JSON: the series that could not be read, and how long ones were thinned.
    """
    arrow = needed("pyarrow", "a table of points")
    shown = [comparison.rows[one.row].copies[0] for one in histories.series]
    each = {
        "row": arrow.array([one.row for one in histories.series], arrow.int32()),
        "run": _texts(arrow, [held.run.id for held in shown]),
        "name": _texts(arrow, [held.run.name for held in shown]),
        "place": _texts(arrow, [held.place for held in shown]),
        "metric": _texts(arrow, [one.metric for one in histories.series]),
        "thinned": arrow.array([one.thinned for one in histories.series], arrow.bool_()),
        "approximate": _texts(arrow, [one.approximate for one in histories.series]),
    }
    lengths = [len(one.steps) for one in histories.series]
    moment = arrow.timestamp("ns", tz="UTC")
    points: dict[str, tuple[Any, Sequence[Any]]] = {
        "step": (arrow.int64(), [one.steps for one in histories.series]),
        "time": (moment, [one.times for one in histories.series]),
        "seconds": (arrow.float64(), [one.relative for one in histories.series]),
        "value": (arrow.float64(), [one.values for one in histories.series]),
    }
    columns = {name: _repeated(arrow, values, lengths) for name, values in each.items()}
    columns |= {name: _seen(arrow, kind, parts) for name, (kind, parts) in points.items()}
    said = {"failures": [_failure(comparison, one) for one in histories.failures], "note": histories.note}
    order = ("row", "run", "name", "place", "metric", "step", "time", "seconds", "value", "thinned", "approximate")
    table = arrow.table({name: columns[name] for name in order})
    return table.replace_schema_metadata({SAID: json.dumps(said)})


def _texts(arrow: Any, texts: Sequence[str | None]) -> Any:
    return arrow.array(texts, arrow.string()).dictionary_encode()


def _repeated(arrow: Any, values: Any, lengths: Sequence[int]) -> Any:
    """A value a series as a value a point: a chunk a series, which all share one dictionary."""
    at = values.indices if arrow.types.is_dictionary(values.type) else values
    chunks = [arrow.repeat(at[index], length) for index, length in enumerate(lengths)]
    if arrow.types.is_dictionary(values.type):
        chunks = [arrow.DictionaryArray.from_arrays(chunk, values.dictionary) for chunk in chunks]
    return arrow.chunked_array(chunks, values.type)


def _seen(arrow: Any, kind: Any, parts: Sequence[Any]) -> Any:
    """Columns as Arrow sees them where they lie: nothing is copied."""
    chunks = [arrow.Array.from_buffers(kind, len(part), [None, arrow.py_buffer(part)]) for part in parts]
    return arrow.chunked_array(chunks, kind)


def _failure(comparison: Comparison, one: Any) -> dict[str, Any]:
    return {"run": comparison.rows[one.row].copies[0].url, "metric": one.metric, "reason": one.reason}
