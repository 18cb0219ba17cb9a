"""Data sets by the digest of their content.

A digest is the first 32 hex digits of a SHA-256: 128 bits, and no more than 36 characters, which is what MLflow takes.

* Of a file: of its bytes.
* Of a folder: of the path within it and the SHA-256 of each file, in the order of the paths.
* Of a table: of each column's name, type and cells, in their order, and of pandas' index. Numbers, dates and truth
  values count by their bytes in memory, other cells by their `repr`: the same content in another library, or in other
  types, is another data set.
* Of an array: of its type, shape and bytes.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from tracklayer.api.files import files_under, opened
from tracklayer.errors import InvalidInput
from tracklayer.model import Dataset

#: Hex digits of a digest.
DIGITS = 32
#: Bytes of a file in memory at once.
BLOCK = 1 << 20
#: numpy's kind of arrays that hold Python objects.
OBJECTS = "O"


def dataset_of(given: Any, *, name: str | None = None, context: str | None = None) -> Dataset:
    """The data set in a `Dataset`, file, folder, table or array. `InvalidInput` for anything else."""
    if isinstance(given, Dataset):
        said = {"name": name, "context": context}
        return Dataset(**dict(given) | {key: value for key, value in said.items() if value is not None})
    if isinstance(given, (str, os.PathLike)):
        path = Path(given)
        digest = _of_folder(path) if path.is_dir() else _of_file(path).hexdigest()
        place = path.resolve()
        return Dataset(
            name=name or place.name or str(place), digest=digest[:DIGITS], source=str(place), context=context
        )
    about = _of_table(given) or _of_array(given)
    if about is None:
        message = f"log_input takes a Dataset, a file or folder, a table or an array, not {type(given).__name__}"
        raise InvalidInput(message)
    kind = type(given).__module__.partition(".")[0]
    return Dataset(name=name or "dataset", kind=kind, context=context, **about)


def _of_file(path: Path) -> hashlib._Hash:
    digest = hashlib.sha256()
    with opened(path) as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest


def _of_folder(folder: Path) -> str:
    digest = hashlib.sha256()
    for relative, path in files_under(folder):
        _add(digest, relative.encode("utf-8", "surrogateescape"))
        digest.update(_of_file(path).digest())
    return digest.hexdigest()


def _of_table(given: Any) -> dict[str, str] | None:
    """Digest, columns and profile of a table; None for anything else."""
    columns = _columns(given)
    if columns is None:
        return None
    digest, rows = hashlib.sha256(), 0
    for name, kind, column in columns:
        _add(digest, name.encode("utf-8", "surrogatepass"))
        _add(digest, kind.encode())
        rows = _add_cells(digest, column.to_numpy())
    if hasattr(given, "iloc"):
        _add_cells(digest, given.index.to_numpy())
    return {
        "digest": digest.hexdigest()[:DIGITS],
        "columns": json.dumps([{"name": name, "type": kind} for name, kind, _ in columns]),
        "profile": json.dumps({"num_rows": rows, "num_elements": rows * len(columns)}),
    }


def _columns(table: Any) -> list[tuple[str, str, Any]] | None:
    """Name, type and cells of each column: of pandas, polars, pyarrow; None for anything else."""
    if hasattr(table, "iloc") and hasattr(table, "columns"):
        parts = [table.iloc[:, place] for place in range(len(table.columns))]
        return [(str(name), str(part.dtype), part) for name, part in zip(table.columns, parts, strict=True)]
    if hasattr(table, "iloc") or hasattr(table, "get_columns"):
        series = table.get_columns() if hasattr(table, "get_columns") else [table]
        return [(str(part.name), str(part.dtype), part) for part in series]
    if hasattr(table, "column_names") and hasattr(table, "columns"):
        return [(name, str(part.type), part) for name, part in zip(table.column_names, table.columns, strict=True)]
    return None


def _of_array(given: Any) -> dict[str, str] | None:
    """Digest and profile of an array; None for anything else."""
    if not hasattr(given, "__array__"):
        return None
    array = given.__array__()
    digest = hashlib.sha256(json.dumps(array.shape).encode())
    _add_cells(digest, array)
    rows = array.shape[0] if array.shape else 1
    return {
        "digest": digest.hexdigest()[:DIGITS],
        "columns": json.dumps([{"type": str(array.dtype), "shape": list(array.shape)}]),
        "profile": json.dumps({"num_rows": rows, "num_elements": array.size}),
    }


def _add(digest: hashlib._Hash, part: bytes) -> None:
    """Add a part with its length, so that parts cannot run into each other."""
    digest.update(len(part).to_bytes(8, "big"))
    digest.update(part)


def _add_cells(digest: hashlib._Hash, array: Any) -> int:
    """Add the cells of an array; says how many rows there are."""
    _add(digest, array.dtype.str.encode())
    if array.dtype.kind == OBJECTS:
        for cell in array.ravel().tolist():
            _add(digest, repr(cell).encode("utf-8", "surrogatepass"))
    else:
        _add(digest, array.tobytes())
    return len(array) if array.shape else 1
