"""The experiments of a store, in SQL."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence

from tracklayer.drivers.local import wire
from tracklayer.model import Experiment, ExperimentDraft, ExperimentRef

#: An id: the number of a row, of at most 18 digits, so that it is one of SQLite's integers.
ID = re.compile(r"[1-9][0-9]{0,17}")
PAGE = 1_000


def number_of(ref: ExperimentRef) -> int:
    """The number of the row an id means; 0, which no row has, for any other text."""
    return int(ref.id) if ID.fullmatch(ref.id) else 0


def find(db: sqlite3.Connection, which: str | ExperimentRef) -> Experiment | None:
    """The experiment of a name or an id."""
    column, value = ("name", which) if isinstance(which, str) else ("number", number_of(which))
    found = _models(db, db.execute(f"SELECT * FROM experiments WHERE {column} = ?", (value,)).fetchall())  # noqa: S608
    return found[0] if found else None


def insert(db: sqlite3.Connection, draft: ExperimentDraft) -> Experiment | None:
    """Make an experiment; None when the name is taken."""
    made = db.execute(
        "INSERT OR IGNORE INTO experiments (name, description, created) VALUES (?, ?, ?)",
        (draft.name, draft.description, wire.now()),
    )
    if not made.rowcount:
        return None
    db.executemany(
        "INSERT INTO experiment_tags (experiment, key, value) VALUES (?, ?, ?)",
        ((made.lastrowid, key, value) for key, value in draft.tags.items()),
    )
    return find(db, draft.name)


def page(db: sqlite3.Connection, after: int) -> tuple[list[Experiment], bool]:
    """Experiments that are not deleted, in the order they were made; and are there more?"""
    rows = db.execute(
        "SELECT * FROM experiments WHERE number > ? AND NOT deleted ORDER BY number LIMIT ?", (after, PAGE + 1)
    ).fetchall()
    return _models(db, rows[:PAGE]), len(rows) > PAGE


def _models(db: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> list[Experiment]:
    if not rows:
        return []
    tags: dict[int, dict[str, str]] = {row["number"]: {} for row in rows}
    for experiment, key, value in db.execute(
        "SELECT experiment, key, value FROM experiment_tags WHERE experiment BETWEEN ? AND ?",
        (rows[0]["number"], rows[-1]["number"]),
    ):
        if experiment in tags:
            tags[experiment][key] = value
    return [wire.experiment(row, tags[row["number"]]) for row in rows]
