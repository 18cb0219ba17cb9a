from __future__ import annotations

import gc
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Event, Thread

import pytest

from tracklayer.drivers.local import LocalDriver
from tracklayer.drivers.local.connections import Connections
from tracklayer.drivers.local.schema import prepare
from tracklayer.errors import NotFound
from tracklayer.model import Batch, ExperimentDraft, Points, RunRef
from tracklayer.spi import every

#: From Python 3.12 on a fork beside threads warns of deadlocks: that there is none is what these tests are for.
FORKS = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@pytest.fixture
def connections(path: Path) -> Iterator[Connections]:
    connections = Connections(path, prepare)
    with connections.writing(create=True) as db:
        db.execute("INSERT INTO experiments (name, created) VALUES ('e', 0)")
    yield connections
    connections.close()


def names(db: sqlite3.Connection) -> list[str]:
    return [row["name"] for row in db.execute("SELECT name FROM experiments")]


def test_a_connection_is_used_again(connections: Connections) -> None:
    with connections.reading() as first:
        pass
    with connections.writing() as second:
        assert second is first


def test_threads_that_work_at_once_have_one_each(connections: Connections) -> None:
    held: list[sqlite3.Connection] = []

    def read() -> None:
        with connections.reading() as db:
            held.append(db)

    with connections.reading() as mine:
        thread = Thread(target=read)
        thread.start()
        thread.join()
        assert held[0] is not mine


def test_a_transaction_that_fails_leaves_nothing_and_its_connection_goes_on(connections: Connections) -> None:
    def fail() -> None:
        with connections.writing() as db:
            db.execute("INSERT INTO experiments (name, created) VALUES ('f', 0)")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with connections.reading() as db:
        assert names(db) == ["e"]


def test_a_connection_that_met_an_error_of_sqlite_is_let_go(connections: Connections) -> None:
    with connections.reading() as first:
        pass

    def fail() -> None:
        with connections.reading() as db:
            db.execute("SELECT nonsense")

    with pytest.raises(sqlite3.OperationalError, match="nonsense"):
        fail()
    with connections.reading() as second:
        assert second is not first


def test_a_reader_sees_one_state_throughout(connections: Connections) -> None:
    def write() -> None:
        with connections.writing() as db:
            db.execute("INSERT INTO experiments (name, created) VALUES ('f', 0)")

    with connections.reading() as db:
        assert names(db) == ["e"]
        thread = Thread(target=write)
        thread.start()
        thread.join()
        assert names(db) == ["e"]
    with connections.reading() as db:
        assert names(db) == ["e", "f"]


def test_closing_also_closes_what_is_lent(connections: Connections) -> None:
    with connections.reading() as lent:
        connections.close()
        assert names(lent) == ["e"]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        names(lent)
    with connections.reading() as db:
        assert names(db) == ["e"]


def test_connections_that_nobody_holds_are_closed(path: Path) -> None:
    connections = Connections(path, prepare)
    with connections.writing(create=True) as lent:
        assert names(lent) == []
    del connections
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        names(lent)


def test_a_store_that_was_deleted_is_missed_and_one_that_replaced_it_is_seen(
    driver: LocalDriver, run: RunRef, path: Path
) -> None:
    assert driver.get_run(run).id == run.id
    for part in path.parent.glob("store.db*"):
        part.unlink()
    with pytest.raises(NotFound, match="there is no store"):
        driver.get_run(run)
    made = driver.create_experiment(ExperimentDraft(name="new"))
    assert list(every(driver.list_experiments)) == [made]


def test_before_a_fork_all_transactions_end_and_none_begins(connections: Connections) -> None:
    inside, leave = Event(), Event()
    happened: list[str] = []

    def work() -> None:
        with connections.writing() as db:
            inside.set()
            leave.wait()
            happened.append("worked")
            db.execute("INSERT INTO experiments (name, created) VALUES ('f', 0)")

    def hush() -> None:
        connections._hush()
        happened.append("hushed")

    def read() -> None:
        with connections.reading() as db:
            happened.append(f"read {len(names(db))}")

    worker, husher, reader = Thread(target=work), Thread(target=hush), Thread(target=read)
    worker.start()
    inside.wait()
    husher.start()
    leave.set()
    worker.join()
    husher.join()
    assert connections._free == []
    reader.start()
    happened.append("speak")
    connections._speak()
    reader.join()
    assert happened == ["worked", "hushed", "speak", "read 2"]


@FORKS
def test_a_fork_has_connections_of_its_own_and_nothing_is_lost(driver: LocalDriver, run: RunRef, path: Path) -> None:
    """The parent closes the store while the child is at work: were locks shared, it would take the log away from it."""
    write = partial(log, driver, run)
    write(0)
    to_child, from_child = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            assert driver._connections._free == []
            write(1)
            os.write(from_child[1], b"1")
            os.read(to_child[0], 1)
            write(2)
            status = 0
        finally:
            os._exit(status)
    os.read(from_child[0], 1)
    write(3)
    driver.close()
    os.write(to_child[1], b"1")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    for end in (*to_child, *from_child):
        os.close(end)
    (points,) = driver.read_points(run, "loss").items
    assert sorted(points.steps) == [0, 1, 2, 3]
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@FORKS
def test_a_fork_while_another_thread_writes_is_whole(driver: LocalDriver, run: RunRef) -> None:
    begun, stop = Event(), Event()
    steps = 0

    def work() -> None:
        nonlocal steps
        while not stop.is_set():
            log(driver, run, steps)
            steps += 1
            begun.set()

    thread = Thread(target=work)
    thread.start()
    begun.wait()
    codes = []
    for number in range(5):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                log(driver, run, -1 - number)
                status = 0
            finally:
                os._exit(status)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    stop.set()
    thread.join()
    assert codes == [0] * 5
    (points,) = driver.read_points(run, "loss").items
    assert list(points.steps) == list(range(-5, steps))


def log(driver: LocalDriver, run: RunRef, step: int) -> None:
    driver.write(run, Batch(points=(Points.of("loss", [(step, 0, 1.0)]),)))


def test_a_store_is_for_its_owner_only(driver: LocalDriver, run: RunRef, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        other = LocalDriver(tmp_path / "deep" / "down" / "store.db")
        other.create_experiment(ExperimentDraft(name="e"))
        modes = {found.name: found.stat().st_mode & 0o777 for found in other.path.parent.iterdir()}
    finally:
        os.umask(before)
    assert modes.keys() >= {"store.db", "store.db-wal"}
    assert set(modes.values()) == {0o600}
    assert other.path.parent.stat().st_mode & 0o777 == 0o700
    other.close()
    shutil.rmtree(tmp_path / "deep")
    assert driver.get_run(run).id == run.id
