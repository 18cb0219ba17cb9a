"""Points in sealed files: written in row groups, read by them."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from tracklayer.drivers.archive.errors import Damaged
from tracklayer.drivers.archive.layout import Layout, part_path
from tracklayer.drivers.archive.manifest import Added
from tracklayer.drivers.archive.parquet import PartFile
from tracklayer.drivers.local.chunks import unpack
from tracklayer.model import Points

if TYPE_CHECKING:
    import pyarrow as pa

TABLE = "points"
#: Points of a row group, about: what is read and unpacked at once, 1.5 MiB in three columns.
GROUP = 65_536
#: Points of a file, about: what is written anew when one of its points moves, a second's work.
FILE = 2_000_000
#: Row groups that are kept unpacked: threads read beside each other, and merging reads several files.
KEPT = 16


class Columns(NamedTuple):
    """Steps, times and values of a chunk: little-endian, 8 bytes each."""

    steps: bytes | memoryview
    times: bytes | memoryview
    values: bytes | memoryview


def schema() -> pa.Schema:
    """The columns of the table: `time` is `time_ns` in whole microseconds, which every reader knows as a timestamp."""
    import pyarrow as pa  # noqa: PLC0415 -- of the extra `archive`

    return pa.schema(
        [
            ("run_id", pa.string()),
            ("key", pa.string()),
            ("step", pa.int64()),
            ("time", pa.timestamp("us", tz="UTC")),
            ("time_ns", pa.int64()),
            ("value", pa.float64()),
        ]
    )


class PointsFile:
    """A file of points that is written chunk by chunk, sorted by run, key and place in the series."""

    def __init__(self, staged: Path, part: int) -> None:
        self.part = part
        self.rows = 0
        self._file = PartFile(
            staged,
            TABLE,
            part,
            schema(),
            use_dictionary=["run_id", "key"],
            column_encoding={
                "step": "DELTA_BINARY_PACKED",
                "time": "DELTA_BINARY_PACKED",
                "time_ns": "DELTA_BINARY_PACKED",
            },
        )
        self._group = _Group()

    def add(self, run: str, key: str, count: int, columns: Columns) -> int:
        """Add a chunk; the row where it begins. It never lies in two row groups."""
        if self._group.rows and self._group.rows + count > GROUP:
            self._flush()
        at = self.rows
        self._group.add(run, key, count, columns)
        self.rows += count
        return at

    def done(self) -> Added:
        """End the file, and see it on the disk."""
        self._flush()
        return self._file.done()

    def _flush(self) -> None:
        if self._group.rows:
            self._file.add(self._group.table())
        self._group = _Group()


class _Group:
    """The points of one row group."""

    def __init__(self) -> None:
        self.rows = 0
        self._names: dict[str, int] = {}
        self._runs, self._keys = array("i"), array("i")
        self._columns = (bytearray(), bytearray(), bytearray())

    def add(self, run: str, key: str, count: int, columns: Columns) -> None:
        for indices, name in ((self._runs, run), (self._keys, key)):
            number = self._names.setdefault(name, len(self._names))
            indices.extend(array("i", [number]) * count)
        for column, more in zip(self._columns, columns, strict=True):
            column.extend(more)
        self.rows += count

    def table(self) -> pa.Table:
        import pyarrow as pa  # noqa: PLC0415 -- of the extra `archive`
        import pyarrow.compute as pc  # noqa: PLC0415 -- likewise

        names = pa.array(list(self._names), pa.string())
        runs, keys = (
            pa.DictionaryArray.from_arrays(self._array(pa.int32(), indices), names).cast(pa.string())
            for indices in (self._runs, self._keys)
        )
        steps, times, values = (
            self._array(kind, column)
            for kind, column in zip((pa.int64(), pa.int64(), pa.float64()), self._columns, strict=True)
        )
        whole = pc.divide(times, 1_000)  # rounds towards 1970
        before = pc.less(pc.subtract(times, pc.multiply(whole, 1_000)), 0)
        micros = pc.subtract(whole, before.cast(pa.int64()))
        arrays = [runs, keys, steps, micros.cast(pa.timestamp("us", tz="UTC")), times, values]
        return pa.Table.from_arrays(arrays, schema=schema())

    def _array(self, kind: pa.DataType, data: bytearray | array[int]) -> pa.Array:
        import pyarrow as pa  # noqa: PLC0415 -- of the extra `archive`

        return pa.Array.from_buffers(kind, self.rows, [None, pa.py_buffer(data)])


class SealedPoints:
    """Reads chunks of sealed files. Thread-safe; a file of a number never changes, so what was read may be kept."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._lock = Lock()
        self._starts: OrderedDict[int, list[int]] = OrderedDict()
        self._groups: OrderedDict[tuple[int, int], Columns] = OrderedDict()

    def chunk(self, part: int, row: int, count: int) -> Columns:
        """The columns of `count` points from a row on. `FileNotFoundError` when the file went, `Damaged`."""
        start, columns = self._group(part, row)
        begin, end = 8 * (row - start), 8 * (row - start + count)
        if end > len(columns.steps):
            raise Damaged(f"{part_path(TABLE, part)} has no {count} points from row {row} on")
        return Columns(*(memoryview(column)[begin:end] for column in columns))

    def forget(self) -> None:
        """Let go of all that is kept."""
        with self._lock:
            self._starts.clear()
            self._groups.clear()

    def _group(self, part: int, row: int) -> tuple[int, Columns]:
        """The row group that holds a row, and the row where it begins."""
        with self._lock:
            starts = self._starts.get(part)
            number = None if starts is None else _holding(starts, row)
            found = None if number is None else self._groups.get((part, number))
            if starts is not None and number is not None and found is not None:
                self._groups.move_to_end((part, number))
                return starts[number], found
        starts, number, found = self._read(part, row)
        with self._lock:
            self._starts[part] = starts
            self._groups[part, number] = found
            while len(self._groups) > KEPT:
                self._groups.popitem(last=False)
            while len(self._starts) > KEPT:
                self._starts.popitem(last=False)
        return starts[number], found

    def _read(self, part: int, row: int) -> tuple[list[int], int, Columns]:
        import pyarrow as pa  # noqa: PLC0415 -- of the extra `archive`
        import pyarrow.parquet as pq  # noqa: PLC0415 -- likewise

        path = part_path(TABLE, part)
        with self._layout.found(path).open("rb") as file:
            try:
                opened = pq.ParquetFile(file)
                starts = [0]
                for group in range(opened.metadata.num_row_groups):
                    starts.append(starts[-1] + opened.metadata.row_group(group).num_rows)
                number = _holding(starts, row)
                table = opened.read_row_group(number, columns=["step", "time_ns", "value"], use_threads=False)
            except (pa.ArrowException, OSError) as error:
                message = f"{path} cannot be read: {' '.join(str(error).split())[:200]}"
                raise Damaged(message) from error
        return starts, number, Columns(*(_bytes(table.column(name)) for name in table.column_names))


def columns_of(sealed: SealedPoints, count: int, steps: bytes | int, times: bytes | int, values: bytes) -> Columns:
    """The columns of a chunk, from its row of the index, be they there or in a sealed file."""
    if isinstance(steps, int) and isinstance(times, int):
        return sealed.chunk(steps, times, count)
    return Columns(bytes(steps), bytes(times), values)


def unpacked(key: str, count: int, columns: Columns) -> Points:
    """The points of a chunk."""
    steps, times, values = map(bytes, columns)
    return unpack(key, count, steps, times, values)


def load(sealed: SealedPoints, key: str, count: int, *cells: Any) -> Points:
    """The points of a chunk, from its row of the index."""
    return unpacked(key, count, columns_of(sealed, count, *cells))


def _holding(starts: list[int], row: int) -> int:
    """The number of the row group that holds a row; `starts` ends with the number of all rows."""
    return min(bisect_right(starts, row), len(starts) - 1) - 1


def _bytes(column: pa.ChunkedArray) -> bytes:
    parts = []
    for chunk in column.chunks:
        data = chunk.buffers()[1]
        parts.append(memoryview(data)[8 * chunk.offset : 8 * (chunk.offset + len(chunk))])
    return b"".join(parts)
