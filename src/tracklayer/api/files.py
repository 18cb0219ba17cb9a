"""Files of this machine, to be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from tracklayer.errors import InvalidInput


def opened(path: Path) -> BinaryIO:
    """A file, to be read in blocks and closed. `InvalidInput` when it cannot be."""
    try:
        if path.exists() and not path.is_file():
            message = f"{str(path)!r} is not a file"
            raise InvalidInput(message)
        return path.open("rb")
    except (OSError, ValueError) as error:
        message = f"cannot read {str(path)!r}: {getattr(error, 'strerror', None) or error}"
        raise InvalidInput(message) from None


def files_under(folder: Path) -> Iterator[tuple[str, Path]]:
    """All files in a folder and its folders, by their path within it (`/` between its parts), in the order of these.

    * Links are followed; a folder that contains itself through one is not entered again.
    * `InvalidInput` for what is neither a file nor a folder: a broken link, a socket.
    """
    if not folder.is_dir():
        message = f"{str(folder)!r} is not a folder"
        raise InvalidInput(message)
    found = dict(_files(folder, "", frozenset()))
    yield from sorted(found.items())


def _files(folder: Path, prefix: str, above: frozenset[Path]) -> Iterator[tuple[str, Path]]:
    real = folder.resolve()
    if real in above:
        return
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry, f"{prefix}{entry.name}/", above | {real})
        elif entry.is_file():
            yield f"{prefix}{entry.name}", entry
        else:
            message = f"{str(entry)!r} is neither a file nor a folder: take it away, or mend the link"
            raise InvalidInput(message)
