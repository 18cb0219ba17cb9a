"""Export: tables of a comparison as Parquet or CSV, by the ending of the file's name."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracklayer.compare.extra import needed
from tracklayer.render.files import write_whole

if TYPE_CHECKING:
    import pyarrow as pa


def write_parquet(table: pa.Table, path: Path) -> None:
    """A Parquet file, zstd, with what is said of the table and its columns. `DriverMissing` without pyarrow.

    * No statistics of floats: they leave NaN out, and DuckDB takes them to mean that there is none.
    """
    arrow, parquet = needed("pyarrow", "a Parquet file"), needed("pyarrow.parquet", "a Parquet file")
    summed = [field.name for field in table.schema if not arrow.types.is_floating(field.type)]
    write_whole(path, partial(parquet.write_table, table, compression="zstd", write_statistics=summed))


def write_csv(table: pa.Table, path: Path) -> None:
    """A CSV file in UTF-8: a missing value is empty, an empty text is `""`, NaN is nan; lists are JSON.

    * Texts stand as they are: a spreadsheet may take one that begins with `=` for a formula.
    """
    csv = needed("pyarrow.csv", "a CSV file")
    flat = _flat(needed("pyarrow", "a CSV file"), table)
    write_whole(path, partial(csv.write_csv, flat, write_options=csv.WriteOptions(quoting_style="needed")))


def write_table(table: pa.Table, path: Path) -> None:
    """CSV where the name ends with `.csv`, else Parquet."""
    (write_csv if path.suffix.lower() == ".csv" else write_parquet)(table, path)


def _flat(arrow: Any, table: pa.Table) -> pa.Table:
    """The table with its lists as JSON, and its dictionaries as texts."""
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if arrow.types.is_list(column.type):
            columns[name] = arrow.array([json.dumps(one) for one in column.to_pylist()], arrow.string())
        elif arrow.types.is_dictionary(column.type):
            columns[name] = column.cast(column.type.value_type)
        else:
            columns[name] = column
    return arrow.table(columns)
