"""Rows of the index as the format has them, and back: pure functions."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from tracklayer.drivers.archive.layout import content_path
from tracklayer.drivers.local import wire
from tracklayer.errors import InvalidInput
from tracklayer.model import Dataset, Origin, Source

Row: TypeAlias = Sequence[Any]


def run_out(row: Row) -> Row:
    """A run: its source as members, and where it came from."""
    *fields, source, token, deleted, made = row
    given = None if source is None else Source.model_validate_json(source).model_dump()
    return (*fields, given, token, bool(deleted), _origin(made))


def _origin(made: str | None) -> Mapping[str, str] | None:
    """Where a run came from, out of the tag that says how it was made. It stays a tag too: this is for readers."""
    try:
        return None if made is None else Origin(**json.loads(made)["origin"]).model_dump()
    except (KeyError, TypeError, ValueError, InvalidInput):
        return None


def run_back(row: Row) -> Row:
    """The other way; where it came from stands in its tags."""
    *fields, source, token, deleted, _ = row
    text = None if source is None else Source(**source).model_dump_json(exclude_none=True)
    return (*fields, text, token, int(deleted))


def param_out(row: Row) -> Row:
    """A param: its text, and its value in the column of its type."""
    run, key, kind, cell = row
    value = wire.param(kind, cell)
    small = kind == "int" and isinstance(cell, int)
    return (
        run,
        key,
        kind,
        str(value),
        value if small else None,
        value if kind == "float" else None,
        value if kind == "bool" else None,
    )


def param_back(row: Row) -> Row:
    """The other way."""
    run, key, kind, text, whole, real, truth = row
    if kind == "int":
        return run, key, kind, text if whole is None else whole
    if kind == "float":
        return run, key, kind, None if math.isnan(real) else real
    return run, key, kind, int(truth) if kind == "bool" else text


def metric_out(row: Row) -> Row:
    """A metric in short: NaN as itself, the time twice."""
    run, key, count, last, last_step, last_time, lowest, highest = row
    value = math.nan if last is None else last
    return run, key, count, value, last_step, last_time // 1_000, last_time, lowest, highest


def metric_back(row: Row) -> Row:
    """The other way."""
    run, key, count, last, last_step, _, last_time, lowest, highest = row
    return run, key, count, None if math.isnan(last) else last, last_step, last_time, lowest, highest


_DATASET = ("name", "digest", "kind", "source", "columns", "profile", "context")


def input_out(row: Row) -> Row:
    """A data set as columns."""
    run, position, text = row
    dataset = wire.dataset(text)
    return (run, position, *(getattr(dataset, name) for name in _DATASET))


def input_back(row: Row) -> Row:
    """The other way."""
    run, _, *fields = row
    return run, wire.dataset_cell(Dataset(**dict(zip(_DATASET, fields, strict=True))))


def artifact_out(row: Row) -> Row:
    """A file: where its content is."""
    run, path, digest, size, media_type = row
    return run, path, digest, size, media_type, content_path(digest)
