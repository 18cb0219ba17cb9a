"""What goes wrong in an archive alone; all else is as in a local store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracklayer.drivers.local.errors import calling as calling_local
from tracklayer.errors import Unavailable


class Damaged(Exception):
    """A file of the archive is not what was written. Its text names the file."""


class Unfit(Exception):
    """The index and the manifest do not belong together."""


@contextmanager
def calling(root: Path, operation: str) -> Iterator[None]:
    """Within the block, native errors become ours: with the archive's path, an advice, and the native one as cause."""
    try:
        with calling_local(root, operation, "archive"):
            yield
    except Damaged as native:
        said = f"{root}: {native}: `tracklayer archive check` names all that was altered; go back to a copy"
        raise Unavailable(said, provider="archive", operation=operation, retryable=False) from native
    except Unfit as native:
        said = f"{root}: {native}: put back the one that does, or move .working away, with all that is not sealed"
        raise Unavailable(said, provider="archive", operation=operation, retryable=False) from native
