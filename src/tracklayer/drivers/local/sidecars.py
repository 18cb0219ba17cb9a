"""Small blobs kept beside a run or an experiment, in SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Literal, TypeAlias

#: Whose a sidecar is: the table, and the number of the row.
OwnerKey: TypeAlias = tuple[Literal["run", "experiment"], int]


def put(db: sqlite3.Connection, owner: OwnerKey, key: str, data: bytes) -> None:
    """Keep data under a key, which always has the same data."""
    db.execute("INSERT OR IGNORE INTO sidecars (kind, owner, key, data) VALUES (?, ?, ?, ?)", (*owner, key, data))


def find(db: sqlite3.Connection, owner: OwnerKey, prefix: str) -> Mapping[str, bytes]:
    """All sidecars of an owner whose key begins so."""
    found = db.execute(
        "SELECT key, data FROM sidecars WHERE kind = ? AND owner = ? AND substr(key, 1, ?) = ?",
        (*owner, len(prefix), prefix),
    )
    return {str(key): bytes(data) for key, data in found}
