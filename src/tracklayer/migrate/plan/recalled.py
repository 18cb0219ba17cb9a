"""Recalled: what the ledger of a migration knows, in memory, so that a plan writes nothing to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from tracklayer.migrate.ledger import SCHEMA, Ledger


@contextmanager
def recalled(path: Path) -> Iterator[Ledger]:
    """A copy of the ledger at `path` that is forgotten at the end; an empty one where there is none, or another's.

    * It is read as it was when it was last closed, and no lock is taken: a migration may be at work on it.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)) as memory:
        if path.is_file():
            with suppress(sqlite3.Error):
                place = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
                with closing(sqlite3.connect(place, uri=True)) as held:
                    held.backup(memory)
        memory.executescript(SCHEMA)
        yield Ledger(memory)
