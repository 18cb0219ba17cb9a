from __future__ import annotations

import errno
import os
import resource
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from io import BytesIO
from pathlib import Path

import pytest

from tracklayer.drivers.local import LocalDriver
from tracklayer.drivers.local.errors import TABLE, calling
from tracklayer.drivers.local.schema import prepare
from tracklayer.errors import (
    InvalidInput,
    NotFound,
    PermissionDenied,
    ProviderError,
    QuotaExceeded,
    TracklayerError,
    Unavailable,
)
from tracklayer.model import Batch, ExperimentDraft, Points, Query, RunRef

Unprivileged = Callable[[], AbstractContextManager[None]]
ANY = RunRef(id="any")


def test_reading_where_there_is_no_store_says_so_and_makes_none(driver: LocalDriver, tmp_path: Path) -> None:
    for call in (
        driver.list_experiments,
        lambda: driver.get_experiment("e"),
        lambda: driver.list_runs(Query(experiments=())),
        lambda: driver.get_run(ANY),
        lambda: driver.write(ANY, Batch()),
        lambda: driver.put_artifact(ANY, "a", BytesIO()),
    ):
        with pytest.raises(NotFound, match=r"store.db: there is no store: log a run to it first, or check the path"):
            call()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"is a folder: give the path of a file in it, such as .*store.db"):
        LocalDriver(tmp_path).list_experiments()


def test_a_file_that_is_no_database_is_left_as_it_is(driver: LocalDriver, path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(Unavailable, match=r"store.db: file is not a database: copy it away") as found:
        driver.list_experiments()
    assert not found.value.retryable
    assert path.read_bytes() == b"no database at all" * 100


def test_a_damaged_store_is_one_clear_error(driver: LocalDriver, run: RunRef, path: Path) -> None:
    driver.write(run, Batch(points=(Points.of("loss", [(step, 0, 1.0) for step in range(5_000)]),)))
    driver.close()
    whole = bytearray(path.read_bytes())
    whole[4_096:] = os.urandom(len(whole) - 4_096)
    path.write_bytes(whole)
    with pytest.raises(Unavailable, match="malformed: copy it away with its -wal file") as found:
        driver.get_run(run)
    assert not found.value.retryable


def test_a_damaged_chunk_is_one_clear_error(driver: LocalDriver, run: RunRef, path: Path) -> None:
    driver.write(run, Batch(points=(Points.of("loss", [(0, 0, 1.0)]),)))
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE chunks SET steps = x'00'")
        db.commit()
    with pytest.raises(Unavailable, match=r"a chunk of 'loss' is damaged: .*copy it away"):
        driver.read_points(run, "loss")


def test_a_store_that_stays_locked_is_unavailable_and_may_be_tried_again(run: RunRef, path: Path) -> None:
    impatient = LocalDriver(path, patience=0.01)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="database is locked: another process is writing to it") as found:
            impatient.write(run, Batch(tags={"a": "b"}))
        assert found.value.retryable
        assert impatient.get_run(run).tags == {}
    impatient.write(run, Batch(tags={"a": "b"}))
    assert impatient.get_run(run).tags == {"a": "b"}
    impatient.close()


def test_a_full_disk_leaves_the_store_whole(
    driver: LocalDriver, run: RunRef, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def limited(db: sqlite3.Connection, at: Path) -> None:
        prepare(db, at)
        db.execute("PRAGMA max_page_count=60")

    monkeypatch.setattr("tracklayer.drivers.local.driver.prepare", limited)
    full = LocalDriver(path)
    with pytest.raises(QuotaExceeded, match=r"store.db: database or disk is full: make room on the disk"):
        full.write(run, Batch(tags={"a": "b"}, points=(Points.of("loss", [(step, 0, 1.0) for step in range(9_000)]),)))
    full.close()
    held = driver.get_run(run)
    assert (held.tags, held.metrics) == ({}, {})
    driver.write(run, Batch(tags={"a": "b"}))


def test_a_file_that_does_not_fit_on_the_disk_leaves_nothing(driver: LocalDriver, run: RunRef, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(QuotaExceeded, match="File too large: make room on the disk"):
            driver.put_artifact(run, "a", BytesIO(bytes(2_000_000)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert driver.list_artifacts(run).items == ()
    assert [found for found in (tmp_path / "store.db.artifacts").rglob("*") if found.is_file()] == []


def test_a_folder_that_cannot_be_written_to_is_permission_denied(tmp_path: Path, unprivileged: Unprivileged) -> None:
    with unprivileged():
        tmp_path.chmod(0o555)
        with pytest.raises(PermissionDenied, match="Permission denied: check who owns the file and its folder"):
            LocalDriver(tmp_path / "new" / "store.db").create_experiment(ExperimentDraft(name="e"))
        tmp_path.chmod(0o755)


def test_a_store_that_cannot_be_written_to_is_permission_denied(
    driver: LocalDriver, run: RunRef, path: Path, unprivileged: Unprivileged
) -> None:
    driver.close()
    with unprivileged():
        path.chmod(0o444)
        other = LocalDriver(path)
        with pytest.raises(PermissionDenied, match="readonly database: check who owns the file"):
            other.write(run, Batch(tags={"a": "b"}))
        path.chmod(0o000)
        with pytest.raises(PermissionDenied, match="unable to open database file: check who owns the file"):
            other.get_run(run)
        other.close()
        path.chmod(0o600)


def test_a_given_file_that_cannot_be_read_is_no_fault_of_the_store(driver: LocalDriver, run: RunRef) -> None:
    class Broken(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(errno.EIO, f"no {size} bytes to be had")

    with pytest.raises(InvalidInput, match=r"the file to be stored cannot be read: .*bytes to be had"):
        driver.put_artifact(run, "a", Broken())


@pytest.mark.parametrize(
    ("native", "ours", "retryable"),
    [
        (sqlite3.OperationalError("disk I/O error"), Unavailable, True),
        (sqlite3.OperationalError("database table is locked"), Unavailable, True),
        (sqlite3.InterfaceError("unheard of"), Unavailable, False),
        (OSError(errno.ENOSPC, "No space left on device"), QuotaExceeded, False),
        (OSError(errno.EROFS, "Read-only file system"), PermissionDenied, False),
        (OSError(errno.EIO, "Input/output error"), Unavailable, True),
    ],
)
def test_native_errors_become_ours(native: Exception, ours: type[ProviderError], retryable: bool) -> None:
    with (
        pytest.raises(ours, match=r"^local: write: /x/store.db: .*: .") as found,
        calling(Path("/x/store.db"), "write"),
    ):
        raise native
    assert (found.value.retryable, found.value.__cause__) == (retryable, native)


def test_errors_that_are_not_the_stores_travel_on() -> None:
    for error in (TracklayerError("ours"), KeyError("a bug")):
        with pytest.raises(type(error)) as found, calling(Path("x"), "write"):
            raise error
        assert found.value is error


def test_every_row_of_the_table_advises() -> None:
    assert [row for row in TABLE if not row.advice] == []
