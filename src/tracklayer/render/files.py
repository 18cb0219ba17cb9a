"""Files: what is written for readers is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from tracklayer.errors import InvalidInput, TracklayerError


def check_writable(path: Path) -> None:
    """May a file be written there? `InvalidInput` if not: better said before the work than behind it."""
    if path.is_dir() or not os.access(path.absolute().parent, os.W_OK):
        message = f"{path} cannot be written: give a file in a folder that is there"
        raise InvalidInput(message)


def write_text(path: Path, text: str) -> None:
    """Write a text, whole or not at all. `TracklayerError` when that fails."""
    write_whole(path, lambda coming: coming.write_text(text, encoding="utf-8"))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Have a file written beside its place, and put it there when it is done. `TracklayerError` when that fails."""
    coming = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        write(coming)
        coming.replace(path)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror or error}"
        raise TracklayerError(message) from error
    finally:
        coming.unlink(missing_ok=True)
