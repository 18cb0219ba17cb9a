"""Files of tables, written: Parquet as any reader takes it, its digest taken on the way."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tracklayer.drivers.archive.layout import part_path
from tracklayer.drivers.archive.manifest import Added

if TYPE_CHECKING:
    import pyarrow as pa

    from tracklayer.drivers.archive.rows import Row
    from tracklayer.drivers.archive.tables import Table

#: Rows of a table that are held at once: a row group of their own.
ROWS = 20_000


class PartFile:
    """One file of a table, below `staged`. It is whole, and on the disk, when `done` was called.

    * No Arrow schema is put in: a reader sees plain Parquet types, not how Arrow held them.
    * zstd: DuckDB, Polars, pandas and Spark from 3.0 on read it.
    * No statistics of floats: they leave NaN out, and DuckDB takes them to mean that there is none.
    """

    def __init__(self, staged: Path, table: str, part: int, schema: pa.Schema, **options: Any) -> None:
        import pyarrow as pa  # noqa: PLC0415 -- of the extra `archive`
        import pyarrow.parquet as pq  # noqa: PLC0415 -- likewise

        self.path = part_path(table, part)
        self.rows = 0
        place = staged / self.path
        place.parent.mkdir(parents=True, exist_ok=True)
        self._file = place.open("wb")
        self._digest = hashlib.sha256()
        self._size = 0
        summed = [field.name for field in schema if not pa.types.is_floating(field.type)]
        self._writer = pq.ParquetWriter(
            self, schema, compression="zstd", store_schema=False, write_statistics=summed, **options
        )

    def add(self, table: pa.Table) -> None:
        """Add a row group."""
        self._writer.write_table(table, row_group_size=table.num_rows)
        self.rows += table.num_rows

    def done(self) -> Added:
        """End the file, and see it on the disk."""
        self._writer.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return Added(path=self.path, sha256=self._digest.hexdigest(), bytes=self._size, rows=self.rows)

    # -- what pyarrow asks of a file

    closed = False

    def write(self, data: bytes) -> int:
        """Write, and take the digest."""
        self._digest.update(data)
        self._size += len(data)
        return self._file.write(data)

    def tell(self) -> int:
        """How much was written."""
        return self._size

    def flush(self) -> None:
        """Nothing: the file ends in `done`."""

    def close(self) -> None:
        """Nothing: the file ends in `done`."""


def write_table(staged: Path, table: Table, part: int, rows: Iterable[Row]) -> Added | None:
    """A part of a table out of rows as the index has them; None, and no file, without any."""
    import pyarrow as pa  # noqa: PLC0415 -- of the extra `archive`

    source = iter(rows)
    schema = table.schema()
    file: PartFile | None = None
    while held := [table.out(row) for row in islice(source, ROWS)]:
        file = file or PartFile(staged, table.name, part, schema)
        columns: Sequence[Sequence[Any]] = list(zip(*held, strict=True))
        arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
        file.add(pa.Table.from_arrays(arrays, schema=schema))
    return None if file is None else file.done()
