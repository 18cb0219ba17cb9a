"""The small files of an `mlruns` folder: `meta.yaml`, and one file for each tag and param.

* Of YAML no more is read than MLflow writes. * What cannot be read is said, and what is sound around it is given.
* Links are not followed: they could lead anywhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: Bytes of a record, at most: what MLflow writes takes less than a thousandth.
MOST = 2**20
#: How MLflow names runs, experiments, data sets and models (mlflow/utils/validation.py: _RUN_ID_REGEX).
ID = re.compile(r"[a-zA-Z0-9][\w\-]{0,255}")
META = "meta.yaml"
#: What YAML writes for nothing.
NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
#: How deep the mappings of a record lie in each other, at most: a data set's tags lie in its record.
DEEPEST = 3


class Damaged(Exception):
    """A record that cannot be read, and why."""


def record(folder: Path) -> dict[str, Any]:
    """What the `meta.yaml` of a folder says: texts, None, and mappings. `Damaged`, also where there is none."""
    path = folder / META
    try:
        with path.open("rb") as file:
            data = file.read(MOST + 1)
    except OSError as error:
        raise Damaged(f"{META}: {error.strerror or error}") from error
    found = _parsed(data) if len(data) <= MOST else None
    if not isinstance(found, dict):
        what = "is no record of MLflow's" if data.strip() else "is empty"
        raise Damaged(f"{META} {what}")
    return found


def _parsed(data: bytes) -> Any:
    """The mapping that a text of YAML holds, put together from the parser's events.

    Not by PyYAML's own loaders: the quick one goes as deep as the text says, and takes the process with it.
    """
    yaml = parser()
    top: list[Any] = []
    inside: list[list[Any]] = []  # of each open mapping: itself, and the key that waits for its value
    try:
        for event in yaml.parse(data, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, yaml.CollectionStartEvent):
                made: dict[str, Any] | None = {} if isinstance(event, yaml.MappingStartEvent) else None
                _put(made, inside, top)
                inside.append([made])
            elif isinstance(event, yaml.CollectionEndEvent):
                inside.pop()
            elif isinstance(event, (yaml.ScalarEvent, yaml.AliasEvent)):
                plain = getattr(event, "style", "'") in {None, ""}
                value = getattr(event, "value", None)
                _put(None if plain and value in NOTHING else value, inside, top)
            if len(inside) > DEEPEST:
                raise Damaged(f"{META} is no record of MLflow's")
    except (yaml.YAMLError, ValueError) as error:
        first = next(iter(str(error).splitlines()), type(error).__name__)
        raise Damaged(f"{META} cannot be read: {first}") from error
    return top[0] if top else None


def parser() -> Any:
    """PyYAML. ModuleNotFoundError where that is missing."""
    import yaml  # noqa: PLC0415 -- late: only this place needs it

    return yaml


def _put(value: Any, inside: list[list[Any]], top: list[Any]) -> None:
    """Where a value belongs: by the key that waits for it, as a key itself, or, in a list, nowhere."""
    if not inside:
        top.append(value)
        return
    place = inside[-1]
    if len(place) == 1:
        place.append(value)
    else:
        key = place.pop()
        if isinstance(place[0], dict) and isinstance(key, str):
            place[0][key] = value


def text(found: dict[str, Any], key: str) -> str:
    """A text of a record; empty for none."""
    value = found.get(key)
    return "" if value is None else str(value)


def number(found: dict[str, Any], key: str) -> int | None:
    """A whole number of a record; None for none, and for what is no number."""
    value = found.get(key)
    try:
        return None if value is None else int(value)
    except (TypeError, ValueError):
        return None


def folders(path: Path) -> list[str]:
    """The names of the folders in a folder that may be ids, in order; none where it is not there."""
    try:
        with os.scandir(path) as found:
            return sorted(one.name for one in found if one.is_dir(follow_symlinks=False) and ID.fullmatch(one.name))
    except (FileNotFoundError, NotADirectoryError):
        return []


def keyed(folder: Path) -> Iterator[tuple[str, Path]]:
    """Each file below a folder, by its path there, which is a key: `train/loss`. In order."""
    for path, below, files in os.walk(folder):
        below.sort()
        for name in sorted(files):
            file = Path(path, name)
            if not file.is_symlink():
                yield file.relative_to(folder).as_posix(), file
