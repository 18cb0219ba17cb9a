"""Tables as the bytes of a file."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from tracklayer.api.media import suffix, text_bytes
from tracklayer.api.values import plain
from tracklayer.errors import InvalidInput

TAKEN = "a list of dictionaries, a dictionary of lists, or a table of pandas, polars or pyarrow"


def table_bytes(rows: Any, path: str) -> bytes:
    """A table as `.csv`, or as `.json` in the shape that MLflow gives tables: `{"columns": [...], "data": [[...]]}`.

    * Cells that are neither text, number, truth value nor empty become their `str`.
    * JSON has no NaN and no infinities: they become `null`, as with MLflow. CSV keeps them.
    """
    kind = suffix(path)
    if kind not in {"csv", "json"}:
        message = f"{path!r}: a table is written as .csv or .json"
        raise InvalidInput(message)
    columns, data = _table(rows)
    if kind == "csv":
        text = StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(map(_cell, row) for row in data)
        return text_bytes(text.getvalue())
    return text_bytes(
        json.dumps(
            {"columns": columns, "data": [[_finite(_cell(value)) for value in row] for row in data]}, ensure_ascii=False
        )
    )


def _table(rows: Any) -> tuple[list[str], Iterable[Sequence[Any]]]:
    """The names of the columns, and the rows."""
    if hasattr(rows, "itertuples") and hasattr(rows, "columns"):  # pandas
        return list(map(str, rows.columns)), rows.itertuples(index=False, name=None)
    if hasattr(rows, "iter_rows") and hasattr(rows, "columns"):  # polars
        return list(rows.columns), rows.iter_rows()
    if hasattr(rows, "column_names") and hasattr(rows, "columns"):  # pyarrow
        return list(rows.column_names), list(zip(*(part.to_pylist() for part in rows.columns), strict=True))
    if isinstance(rows, Mapping):
        return _of_columns(rows)
    if isinstance(rows, Iterable) and not isinstance(rows, (str, bytes)):
        return _of_rows(list(rows))
    message = f"log_table takes {TAKEN}, not {type(rows).__name__}"
    raise InvalidInput(message)


def _of_columns(columns: Mapping[Any, Any]) -> tuple[list[str], list[tuple[Any, ...]]]:
    for key, column in columns.items():
        if isinstance(column, (str, bytes, Mapping)) or not hasattr(column, "__len__"):
            message = f"log_table: the column {key!r} is no list: give {TAKEN}"
            raise InvalidInput(message)
    lengths = {key: len(column) for key, column in columns.items()}
    if len(set(lengths.values())) > 1:
        message = f"log_table: columns differ in length: {', '.join(f'{key!r} {n}' for key, n in lengths.items())}"
        raise InvalidInput(message)
    return list(map(str, columns)), list(zip(*columns.values(), strict=True))


def _of_rows(rows: Sequence[Any]) -> tuple[list[str], list[list[Any]]]:
    for row in rows:
        if not isinstance(row, Mapping):
            message = f"log_table: a row is {type(row).__name__}, not a dictionary: give {TAKEN}"
            raise InvalidInput(message)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return list(map(str, columns)), [[row.get(key) for key in columns] for row in rows]


def _cell(value: Any) -> Any:
    value = plain(value)
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
