"""Files: what every kind of place for files can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol, runtime_checkable


@dataclass(frozen=True)
class Entry:
    """What a folder holds. `size` in bytes, None where it is not known."""

    name: str
    is_folder: bool
    size: int | None = None


class Files(Protocol):
    """One kind of place for files. Paths are checked; errors are ours.

    * A root is what MLflow names as `artifact_uri` of a run or `artifact_location` of an experiment.
    """

    def why_not(self, root: str) -> str | None:
        """Why the root cannot be served; None when it can; an empty text when it is somebody else's kind."""

    def put(self, root: str, path: str, data: BinaryIO) -> None:
        """Store a file, streamed."""

    def open(self, root: str, path: str) -> BinaryIO:
        """A file as a stream. `NotFound`."""

    def entries(self, root: str, folder: str) -> Sequence[Entry]:
        """What the folder (empty: the root) holds; nothing when it is not there, or is a file."""

    def close(self) -> None:
        """Let go of connections of its own. A later call opens new ones."""


@runtime_checkable
class Flat(Files, Protocol):
    """A store that lists all files of a root at once, whatever folder they are in."""

    def listed(self, root: str, after: str | None) -> tuple[Sequence[Entry], str | None]:
        """One page, by paths relative to the root; and where the next page begins, None at the end."""
