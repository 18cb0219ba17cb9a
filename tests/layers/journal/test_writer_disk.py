"""Where the disk is full, or no folder can be written to: nothing is raised, and what is lost is counted and said."""

from __future__ import annotations

import errno
import logging
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, RLock, Thread
from types import TracebackType
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.layers.journal.made import (
    PROGRAMS,
    Disk,
    Op,
    Read,
    Row,
    Said,
    a_start,
    fuzz,
    log,
    read,
    records_of,
)

import tracklayer as tl
from tracklayer.layers.journal import writer as module
from tracklayer.layers.journal.folder import Journal, journals
from tracklayer.layers.journal.frames import Kind
from tracklayer.layers.journal.reader import Reader
from tracklayer.layers.journal.records import Captured, End, Lost
from tracklayer.layers.journal.writer import Writer
from tracklayer.model import Batch, Points

#: Each of another kind, and none that depends on what was before.
OPS: list[Op] = [
    Row({"known": 1.0}, 1),
    Row({"known": 1.0, "other": 2.0}, 2),
    Row({"new": 1.0}, 3),
    Points.of("known", [(7, 7, 7.0)]),
    Batch(tags={"a": "b"}),
]


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """A disk whose room a test decides on; what is held is tried again at each call."""
    monkeypatch.setattr(module, "AGAIN", -1.0)
    return Disk(monkeypatch)


@pytest.fixture
def writer(disk: Disk) -> Iterator[Writer]:
    assert disk.room is None
    with closing(Writer(a_start())) as made:
        log(made, Row({"known": 0.0}, 0))
        yield made


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder can be written to."""
    monkeypatch.setenv("TRACKLAYER_HOME", "/proc/nope")
    monkeypatch.setattr(tempfile, "tempdir", "/proc")


def written(writer: Writer) -> Read:
    return read(records_of(writer), over=False)


# -- a disk that is full for a while


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG, errno.EROFS])
def test_a_full_disk_raises_nothing_and_is_said_once(
    error: int, disk: Disk, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    disk.room, disk.error = 0, error
    for step in range(1, 50):
        for op in (Row({"known": 1.0}, step), Row({"known": 1.0, "b": 1.0}, 100 + step), Batch(tags={f"t{step}": "x"})):
            log(writer, op)
    writer.capture(Captured())
    writer.lose("it was too large")
    (said,) = caplog.messages
    assert "\n" not in said
    assert str(writer.path) in said
    disk.room = None
    log(writer, Row({"known": 1.0}, 50))
    assert len(caplog.messages) == 2
    assert "can write to" in caplog.messages[1]
    assert "0 records were lost" in caplog.messages[1]
    found = written(writer)
    assert found.said.steps("known") == [*range(51), *range(101, 150)]
    assert len(found.said.tags) == 49
    assert (found.unread, found.unknown, len(writer.held)) == (0, 0, 0)
    assert found.records == writer.records


@pytest.mark.parametrize("op", OPS, ids=lambda op: type(op).__name__)
def test_a_write_that_is_torn_anywhere_loses_nothing(op: Op, disk: Disk) -> None:
    room = 0
    while True:
        with closing(Writer(a_start(), now=lambda: 0)) as writer:
            for before in (Row({"known": 0.0}, 0), Row({"known": 0.0, "other": 0.0}, 1)):
                log(writer, before)
            wanted, size = written(writer).said, records_of(writer).stat().st_size
            disk.room = room
            log(writer, op)
            failed, disk.room = bool(writer.held), None
            writer.record(Kind.BATCH, Batch(tags={"behind": "x"}))
            for said in (op, Batch(tags={"behind": "x"})):
                wanted.add(said)
            found = written(writer)
            assert found.said.timeless() == wanted.timeless()
            assert found.unknown == 0
            assert found.unread <= room
            assert found.stop == records_of(writer).stat().st_size
            if not failed:
                assert room <= found.stop - size
                return
        room += 1


@fuzz(60)
@given(
    program=PROGRAMS,
    rooms=st.lists(st.none() | st.integers(0, 300), min_size=1, max_size=8),
    held=st.sampled_from([0, 100, 1000, 1 << 20]),
)
def test_what_is_not_counted_as_lost_is_there(
    program: tuple[list[Op], End | None], rooms: list[int | None], held: int
) -> None:
    ops, _ = program
    wanted = Said()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "AGAIN", -1.0)
        patched.setattr(module, "HELD", held)
        with closing(Writer(a_start())) as writer:
            disk = Disk(patched)
            for turn, op in enumerate(ops):
                disk.room = rooms[turn % len(rooms)]
                log(writer, op)
                wanted.add(op)
            disk.room = None
            writer.record(Kind.BATCH, Batch())
            found = read(records_of(writer), over=True)
    told = {lost.why for lost in found.said.lost} - {lost.why for lost in wanted.lost}
    if held == 1 << 20:
        assert found.unknown == 0
        assert not told
        assert {key: set(rows) for key, rows in found.said.timeless().points.items()} == {
            key: set(rows) for key, rows in wanted.timeless().points.items()
        }
        assert (found.said.params, found.said.tags) == (wanted.params, wanted.tags)
    for key, rows in found.said.timeless().points.items():
        assert set(rows) <= set(wanted.timeless().points[key])


def test_what_is_beyond_the_memory_is_counted(
    disk: Disk, writer: Writer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "HELD", 1000)
    disk.room = 0
    for step in range(1, 101):
        log(writer, Row({"known": 1.0}, step))
    assert 1000 - 48 < len(writer.held) <= 1000
    kept = len(writer.held) // 40
    assert (writer.lost, len(caplog.messages)) == (100 - kept, 1)
    assert "1000 bytes" in caplog.messages[0]
    disk.room = None
    log(writer, Row({"known": 1.0}, 101))
    found = written(writer).said
    assert found.steps("known") == [*range(kept + 1), 101]
    assert found.lost == [Lost(records=100 - kept, why="No space left on device")]
    assert f"{100 - kept} records were lost" in caplog.messages[1]
    assert writer.lost == 0
    disk.room = 0
    log(writer, Row({"known": 1.0}, 102))
    assert len(caplog.messages) == 3, "the next time is told as well"


def test_a_metric_that_was_not_kept_is_told_again(disk: Disk, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HELD", 0)
    disk.room = 0
    log(writer, Row({"new": 1.0}, 0))
    disk.room = None
    log(writer, Row({"new": 1.0}, 1))
    found = written(writer)
    assert (found.said.steps("new"), found.unknown) == ([1], 0)


def test_a_row_is_not_kept_without_its_metric(disk: Disk, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    # BUG: `_shape` says "what is written in it will be lost as well", and yet a row that is shorter than the record of
    # its metrics is held where that was not: nobody can read it, and it is not counted as lost.
    name = "n" * 300
    monkeypatch.setattr(module, "HELD", 100)
    disk.room = 0
    log(writer, Row({name: 1.0}, 0))
    disk.room = None
    log(writer, Row({name: 1.0}, 1))
    found = written(writer)
    assert (found.said.steps(name), found.unknown) == ([1], 0)


def test_it_is_tried_again_now_and_then(disk: Disk, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN", 3600.0)
    disk.room = 0
    log(writer, Row({"known": 1.0}, 1))
    calls = disk.counted()
    next(calls)
    for step in range(2, 50):
        log(writer, Row({"known": 1.0}, step))
    assert next(calls) == 0
    disk.room = None
    writer.end(End())
    found = written(writer).said
    assert (found.steps("known"), found.end) == ([*range(50)], End())


def test_the_quick_way_is_taken_again(disk: Disk, writer: Writer) -> None:
    disk.room = 0
    log(writer, Row({"known": 1.0}, 1))
    assert not writer.point("known", 1.0, 2)
    disk.room = None
    log(writer, Row({"known": 1.0}, 2))
    assert writer.point("known", 1.0, 3)
    assert written(writer).said.steps("known") == [0, 1, 2, 3]


def test_an_end_on_a_full_disk_is_held(disk: Disk, writer: Writer) -> None:
    disk.room = 0
    writer.end(End(change=Batch(status="finished")))
    assert writer.closed
    taken = Reader(Path("none")).decode(memoryview(bytes(writer.held)))
    assert taken.end == End(change=Batch(status="finished"))


# -- what was carried from memory


def test_what_was_carried_is_let_go(disk: Disk, writer: Writer) -> None:
    disk.room = 0
    log(writer, Row({"known": 1.0}, 1))
    size, state = len(writer.held), writer.state
    log(writer, Row({"known": 1.0}, 2))
    writer.release(size, state)
    disk.room = None
    log(writer, Row({"known": 1.0}, 3))
    assert written(writer).said.steps("known") == [0, 2, 3]


def test_what_was_written_meanwhile_is_not_let_go(disk: Disk, writer: Writer) -> None:
    disk.room = 0
    log(writer, Row({"known": 1.0}, 1))
    size, state = len(writer.held), writer.state
    disk.room = None
    log(writer, Row({"known": 1.0}, 2))
    disk.room = 0
    log(writer, Row({"known": 1.0}, 3))
    writer.release(size, state)
    disk.room = None
    log(writer, Row({"known": 1.0}, 4))
    assert written(writer).said.steps("known") == [0, 1, 2, 3, 4]


def test_a_metric_that_was_carried_from_memory_is_told_to_the_file(disk: Disk, writer: Writer) -> None:
    # BUG: once the record of a new metric is let go of, it is never in the file: all rows of that metric which are
    # written later are unreadable for the next process, for `sync`, and for each other place.
    disk.room = 0
    log(writer, Row({"new": 1.0}, 0))
    writer.release(len(writer.held), writer.state)
    disk.room = None
    for step in range(1, 10):
        log(writer, Row({"new": 1.0}, step))
    found = written(writer)
    assert (found.said.steps("new"), found.unknown) == ([*range(1, 10)], 0)


def test_two_places_that_carry_the_same_let_go_of_it_once(
    disk: Disk, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # BUG: `release` counts from the beginning of what is held: the second place lets go of what came since.
    monkeypatch.setattr(module, "AGAIN", 3600.0)
    disk.room = 0
    log(writer, Row({"known": 1.0}, 1))
    size, state = len(writer.held), writer.state
    writer.release(size, state)
    log(writer, Row({"known": 1.0}, 2))
    writer.release(size, state)
    disk.room = None
    writer.end(End())
    assert written(writer).said.steps("known") == [0, 2]


def test_a_disk_that_is_full_still_is_not_told_again(
    disk: Disk, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    # BUG: where all that was held has been carried, `_retry` writes no byte, which always succeeds: it is said that the
    # disk can be written to, and at the next record that it cannot, four times a second.
    disk.room = 0
    for step in range(1, 10):
        log(writer, Row({"known": 1.0}, step))
        writer.release(len(writer.held), writer.state)
    assert len(caplog.messages) == 1


class Watched:
    """A lock that tells when another thread wants it."""

    def __init__(self) -> None:
        self.inner = RLock()
        self.wanted = Event()
        self.owner: Thread | None = None

    def __enter__(self) -> bool:
        from threading import current_thread  # noqa: PLC0415 -- its only use

        if current_thread().name == "late":
            self.wanted.set()
        return self.inner.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.inner.__exit__(kind, error, trace)


def test_a_thread_that_comes_late_is_not_forgotten(disk: Disk, writer: Writer) -> None:
    # BUG: `_append` looks whether writing fails before it takes the lock: what it holds just after another thread has
    # written all that was held stays in memory until the next failure, and does not go into the file at the end.
    lock = Watched()
    writer._lock = lock  # type: ignore[assignment] # stands in for it
    disk.room = 0
    log(writer, Row({"known": 1.0}, 1))
    body = bytes(writer.held)
    late = Thread(target=writer._append, args=(body,), name="late")
    with lock:
        late.start()  # finds that writing fails, and waits for the lock
        lock.wanted.wait()
        disk.room = None
        writer._retry()
    late.join()
    writer.end(End())
    assert written(writer).said.steps("known") == [0, 1, 1]
    assert len(writer.held) == 0


# -- the real thing

LIMITED = """
import resource, sys
import tracklayer as tl
from tracklayer.layers.journal.process import this_process
from tracklayer.layers.journal.records import VERSION, End, Start
from tracklayer.layers.journal.writer import Writer
from tracklayer.model import RunDraft

resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
if sys.argv[1] == "writer":
    start = Start(version=VERSION, draft=RunDraft(token="t"), places=("memory://a",), process=this_process())
    writer = Writer(start)
    for step in range(50_000):
        writer.point("loss", 1.0, step) or writer.rows([("loss", 1.0)], step, None)
    writer.end(End())
    print(writer.records, writer.lost)
else:
    run = tl.start_run(to="memory://here")
    for step in range(5_000):
        run.log_metric("loss", 1.0, step)
    run.end()
    with tl.connect("memory://here") as client:
        print(len(client.metric_history(run.id, "loss")), client.run(run.id).status)
"""


def limited(what: str, home: Path) -> subprocess.CompletedProcess[str]:
    """A program whose files cannot grow beyond 20 kB."""
    environment = {
        "TRACKLAYER_HOME": str(home),
        "TRACKLAYER_CAPTURE": "off",
        "TRACKLAYER_SYSTEM_METRICS": "off",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-c", LIMITED, what]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=home)


def test_a_file_that_cannot_grow_stops_no_program(tmp_path: Path) -> None:
    done = limited("writer", tmp_path)
    assert done.returncode == 0
    (said,) = done.stderr.splitlines()
    assert "cannot write" in said
    (journal,) = journals(tmp_path)
    assert journal.size == 20_000
    found = read(journal.records)
    steps = found.said.steps("loss")
    assert steps == [*range(len(steps))]
    assert len(steps) > 400
    assert found.unread < 44
    kept, lost = map(int, done.stdout.split())
    assert lost > 0
    assert kept + lost == 50_000 + 3, "the start, the metric, the end"


def test_what_is_in_memory_only_reaches_its_place(tmp_path: Path) -> None:
    done = limited("run", tmp_path)
    assert (done.returncode, done.stdout) == (0, "5000 finished\n")
    lines = done.stderr.splitlines()
    assert "cannot write" in lines[0]
    # BUG: the torn record at the end of the file is told as damage, and noted in the tag `audit.lost`, although it is
    # held and arrives.
    assert len(lines) == 1


def test_a_torn_record_is_not_waited_for(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    # BUG: `Shipment.waiting` counts the bytes of a torn record, which land only when the writer closes: until then
    # `flush` waits in vain for its whole timeout and gives False, though all is there.
    monkeypatch.setattr(module, "AGAIN", 3600.0)
    place = f"memory://{uuid4().hex}"
    with tl.start_run(to=place) as run:
        run.log_metric("loss", 1.0, 0)
        disk.room = 10
        run.log_metric("loss", 1.0, 1)
        run.log_metric("loss", 1.0, 2)
        assert run.flush(1.0)
        assert run.pending() == {place: 0}


# -- no folder at all


@pytest.mark.usefixtures("nowhere")
def test_without_a_folder_all_is_held(caplog: pytest.LogCaptureFixture) -> None:
    with closing(Writer(a_start())) as writer:
        (message,) = caplog.messages
        assert "/proc/nope" in message
        assert "any folder" in message
        assert writer.path is None
        assert writer.folder() is None
        for op in OPS:
            log(writer, op)
        writer.sync()
        writer.end(End())
        reader, at, found = Reader(Path("none")), 0, Said()
        while at < len(writer.held):
            taken = reader.decode(memoryview(bytes(writer.held))[at:])
            found.take(taken)
            at += taken.stop
    wanted = Said()
    for said in (*OPS, End()):
        wanted.add(said)
    assert found.timeless() == wanted.timeless()
    assert len(caplog.messages) == 1


@pytest.mark.usefixtures("nowhere")
def test_without_a_folder_points_reach_their_place(caplog: pytest.LogCaptureFixture) -> None:
    # BUG: `Shipment._ship` asks the file for the files of the end, and there is none: the run stays `running`.
    place = f"memory://{uuid4().hex}"
    with tl.start_run(to=place, params={"lr": 0.1}) as run:
        for step in range(2_000):
            run.log_metric("loss", 1.0, step)
        run.log_text("lost", "a.txt")
    with tl.connect(place) as client:
        assert [step for step, _, _ in client.metric_history(run.id, "loss").rows()] == [*range(2_000)]
        found = client.run(run.id)
        assert (found.status, found.params) == ("finished", {"lr": 0.1})
        assert "a.txt" in found.tags["audit.lost"]
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert sum("cannot write to any folder" in one for one in said) == 1


@pytest.mark.usefixtures("nowhere")
def test_without_a_folder_points_reach_all_places() -> None:
    # BUG: the place that carries first lets go of what is held, and the others never see it: see above.
    places = [f"memory://{uuid4().hex}" for _ in range(2)]
    with tl.start_run(to=places, options=tl.Options(capture=False, system_metrics=0.0, flush_timeout=5.0)) as run:
        for step in range(2_000):
            run.log_metric("loss", 1.0, step)
    token = run.delivery.start.token
    for place in places:
        with tl.connect(place) as client:
            (found,) = [one for one in client.runs() if one.token == token]
            assert [step for step, _, _ in client.metric_history(found, "loss").rows()] == [*range(2_000)]


@pytest.mark.usefixtures("nowhere")
def test_without_a_folder_what_is_refused_is_let_go() -> None:
    # BUG: `Refusals.add` cannot set it aside and raises FileNotFoundError: all that is held is written again at each
    # try, is never let go of, and the end of the run is never reached.
    place = f"memory://{uuid4().hex}"
    with (
        tl.start_run(to=place, params={"lr": 1}) as first,
        tl.start_run(to=place, resume=first.id) as again,
    ):
        first.flush()
        again.log_param("lr", 2)
        again.flush(1.0)
        assert len(again.delivery.writer.held) == 0


def test_the_second_folder_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TRACKLAYER_HOME", "/proc/nope")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with closing(Writer(a_start())) as writer:
        path = records_of(writer).parent
        assert path.is_relative_to(tmp_path)
        (said,) = caplog.messages
        assert "/proc/nope" in said
        assert str(path) in said
        log(writer, Row({"a": 1.0}, 0))
        assert Journal(path).start == a_start()
        assert (written(writer).said.steps("a"), len(writer.held)) == ([0], 0)


def test_no_folder_for_temporary_files_either(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # BUG: where not even /tmp can be written to, `tempfile.gettempdir` raises FileNotFoundError, and so does start_run.
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setenv("TRACKLAYER_HOME", "/proc/nope")
    monkeypatch.setattr(tempfile, "gettempdir", none)
    with closing(Writer(a_start())) as writer:
        assert writer.path is None
        assert len(caplog.messages) == 1


def test_the_current_folder_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # BUG: `home` asks for the current folder, and start_run raises FileNotFoundError where that was deleted.
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.delenv("TRACKLAYER_HOME")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(gone)
    gone.rmdir()
    with closing(Writer(a_start())) as writer:
        assert records_of(writer).is_relative_to(tmp_path)


@pytest.mark.parametrize("room", [0, 1, 50])
def test_a_journal_that_cannot_begin_leaves_nothing_behind(
    room: int, disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # BUG: the folder of a journal whose first record could not be written stays, and `sync` calls it damaged for ever.
    monkeypatch.setenv("TRACKLAYER_HOME", str(tmp_path / "first"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "second"))
    disk.room = room
    with closing(Writer(a_start())) as writer:
        assert writer.path is None
        log(writer, Row({"a": 1.0}, 0))
    assert [*tmp_path.rglob("records")] == []
