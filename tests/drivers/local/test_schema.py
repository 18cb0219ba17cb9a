from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from tracklayer.drivers.local import LocalDriver, schema
from tracklayer.drivers.local.schema import MIGRATIONS, NewerStore, prepare
from tracklayer.errors import InvalidInput, Unavailable
from tracklayer.model import Batch, RunRef

SECOND = (
    "ALTER TABLE runs ADD COLUMN colour TEXT NOT NULL DEFAULT 'none'",
    "UPDATE runs SET colour = 'red' WHERE id IN (SELECT id FROM runs)",
)


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as db:
        yield db


def version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def test_an_empty_file_becomes_a_store(db: sqlite3.Connection, path: Path) -> None:
    prepare(db, path)
    assert version(db) == len(MIGRATIONS)
    assert db.execute("PRAGMA application_id").fetchone()[0] == int.from_bytes(b"tlay", "big")
    assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    prepare(db, path)
    assert version(db) == len(MIGRATIONS)


def test_another_process_that_is_at_the_file_is_waited_for(
    db: sqlite3.Connection, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as mine:
        db.execute("BEGIN IMMEDIATE")
        paused = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: db.rollback())
        monkeypatch.setattr(schema, "time", paused)  # its own only: other threads sleep too
        prepare(mine, path)
        assert version(mine) == len(MIGRATIONS)


def test_another_process_that_stays_at_the_file_is_an_error(
    db: sqlite3.Connection, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "WAL_PATIENCE", -1)
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as mine:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            prepare(mine, path)
    db.rollback()
    assert version(db) == 0


def test_a_store_that_another_process_makes_meanwhile_is_no_foreign_file(
    db: sqlite3.Connection, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "WAL_PATIENCE", -1)
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as mine:

        def meanwhile(statement: str) -> None:
            if "user_version" in statement:
                with suppress(sqlite3.OperationalError):
                    prepare(db, path)

        mine.set_trace_callback(meanwhile)
        prepare(mine, path)
        assert version(mine) == len(MIGRATIONS)


def test_a_store_is_brought_forward_and_keeps_what_it_holds(
    driver: LocalDriver, run: RunRef, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.write(run, Batch(params={"a": 1}))
    before = driver.get_run(run)
    driver.close()
    forward = partial(prepare, migrations=[*MIGRATIONS, SECOND])
    monkeypatch.setattr("tracklayer.drivers.local.driver.prepare", forward)
    later = LocalDriver(path)
    assert later.get_run(run) == before
    later.close()
    with closing(sqlite3.connect(path)) as db:
        assert version(db) == len(MIGRATIONS) + 1
        assert db.execute("SELECT colour FROM runs").fetchall() == [("red",)]


def test_a_migration_that_fails_leaves_the_store_as_it_was(db: sqlite3.Connection, path: Path) -> None:
    prepare(db, path)
    with pytest.raises(sqlite3.OperationalError, match="no such table: nowhere"):
        prepare(db, path, [*MIGRATIONS, SECOND, ("UPDATE nowhere SET a = 1",)])
    assert version(db) == len(MIGRATIONS)
    assert "colour" not in [row[1] for row in db.execute("PRAGMA table_info(runs)")]


def test_a_later_store_is_one_clear_error(driver: LocalDriver, run: RunRef, path: Path) -> None:
    driver.close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(
        Unavailable, match=rf"the store is of version 99, .* up to {len(MIGRATIONS)}: upgrade tracklayer"
    ) as found:
        driver.get_run(run)
    assert not found.value.retryable
    assert isinstance(found.value.__cause__, NewerStore)


def test_a_file_of_another_program_is_not_touched(driver: LocalDriver, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE mine (a)")
        db.commit()
    before = path.read_bytes()
    with pytest.raises(InvalidInput, match="is an SQLite file of another program"):
        driver.list_experiments()
    assert path.read_bytes() == before


def test_no_released_version_is_forgotten() -> None:
    assert schema.MIGRATIONS == (schema.FIRST, schema.SECOND)
