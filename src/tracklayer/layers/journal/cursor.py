"""Cursor: how far one place has got with one journal, on disk."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pydantic import ValidationError

from tracklayer.errors import InvalidInput
from tracklayer.model import Model

SUFFIX = ".cursor"


class Cursor(Model):
    """What a place has of a journal.

    * `run`: the run's id there, once it is known. * `asked`: how often the place was asked for it: 2 is twice or more.
    * `position`: bytes of the journal that have landed; `records`: the same, counted.
    * `done`: the run's end has landed, and all before it.
    """

    place: str
    run: str | None = None
    asked: int = 0
    position: int = 0
    records: int = 0
    done: bool = False


def cursor_path(folder: Path, place: str) -> Path:
    """Where the cursor of a place lies."""
    return folder / f"{hashlib.sha256(place.encode()).hexdigest()[:16]}{SUFFIX}"


def read_cursor(path: Path) -> Cursor | None:
    """The cursor in a file; None when there is none, or none that can be read: then all is sent again."""
    try:
        return Cursor.model_validate_json(path.read_bytes())
    except (OSError, ValidationError, InvalidInput):
        return None


def write_cursor(folder: Path, cursor: Cursor) -> None:
    """Put a cursor down, whole or not at all. `OSError`."""
    path = cursor_path(folder, cursor.place)
    part = path.with_name(f".{path.name}-{os.getpid()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(cursor.model_dump_json())
    part.replace(path)
