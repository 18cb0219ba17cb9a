"""Where the disk is full, or no folder can be written to: nothing is raised, and what is lost is counted and said."""

from __future__ import annotations

import logging
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
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
    hold_at_most,
    log,
    pieces_of,
    read,
    records_of,
    tried_again_at_once,
)

import tracklayer as tl
from tracklayer.layers.journal import sheet
from tracklayer.layers.journal.folder import journals
from tracklayer.layers.journal.frames import Kind
from tracklayer.layers.journal.reader import Reader
from tracklayer.layers.journal.records import Captured, End, Lost
from tracklayer.layers.journal.shape import Shape
from tracklayer.layers.journal.sheet import Sheet
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
    tried_again_at_once(monkeypatch)
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


def sheet_of(writer: Writer) -> Sheet:
    assert writer.sheet is not None
    return writer.sheet


def waiting(writer: Writer) -> bytes:
    """What is in memory only."""
    return sheet_of(writer).held.all()[1]


def carried(writer: Writer) -> None:
    """All that waits has been given to its only place."""
    (place,) = writer.start.places
    begin, data = sheet_of(writer).held.for_place(place)
    sheet_of(writer).held.given(place, begin + len(data))


# -- a disk that is full for a while


def test_a_full_disk_raises_nothing_and_is_said_once(
    disk: Disk, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    disk.room = 0
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
    assert (found.unread, found.unknown, waiting(writer)) == (0, 0, b"")
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
            failed, disk.room = bool(waiting(writer)), None
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
        tried_again_at_once(patched)
        hold_at_most(patched, held)
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
    hold_at_most(monkeypatch, 1000)
    disk.room = 0
    for step in range(1, 101):
        log(writer, Row({"known": 1.0}, step))
    assert 1000 - 48 < len(waiting(writer)) <= 1000
    kept = len(waiting(writer)) // 40
    assert (sheet_of(writer).lost, len(caplog.messages)) == (100 - kept, 1)
    assert "1000 bytes" in caplog.messages[0]
    disk.room = None
    log(writer, Row({"known": 1.0}, 101))
    found = written(writer).said
    assert found.steps("known") == [*range(kept + 1), 101]
    assert found.lost == [Lost(records=100 - kept, why="No space left on device")]
    assert f"{100 - kept} records were lost" in caplog.messages[1]
    assert sheet_of(writer).lost == 0
    disk.room = 0
    log(writer, Row({"known": 1.0}, 102))
    assert len(caplog.messages) == 3, "the next time is told as well"


def test_a_metric_that_was_not_kept_is_told_again(disk: Disk, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_at_most(monkeypatch, 0)
    disk.room = 0
    log(writer, Row({"new": 1.0}, 0))
    disk.room = None
    log(writer, Row({"new": 1.0}, 1))
    found = written(writer)
    assert (found.said.steps("new"), found.unknown) == ([1], 0)


def test_a_row_is_not_kept_without_its_metric(disk: Disk, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "n" * 300
    hold_at_most(monkeypatch, 100)
    disk.room = 0
    log(writer, Row({name: 1.0}, 0))
    assert (sheet_of(writer).lost, waiting(writer)) == (1, b"")
    disk.room = None
    log(writer, Row({name: 1.0}, 1))
    found = written(writer)
    assert (found.said.steps(name), found.unknown) == ([1], 0)
    assert found.said.lost == [Lost(records=1, why="No space left on device")]


def test_it_is_tried_again_now_and_then(disk: Disk, writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "AGAIN", 3600.0)
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
    taken = Reader(Path("none")).decode(memoryview(waiting(writer)))
    assert taken.end == End(change=Batch(status="finished"))


# -- what was carried from memory


def test_what_was_carried_is_let_go(disk: Disk, writer: Writer) -> None:
    disk.room = 0
    log(writer, Row({"known": 1.0}, 1))
    begin, data = sheet_of(writer).held.for_place("memory://first")
    log(writer, Row({"known": 1.0}, 2))
    sheet_of(writer).held.given("memory://first", begin + len(data))
    disk.room = None
    log(writer, Row({"known": 1.0}, 3))
    assert written(writer).said.steps("known") == [0, 2, 3]


def test_what_was_written_meanwhile_is_not_let_go(disk: Disk, writer: Writer) -> None:
    disk.room = 0
    log(writer, Row({"known": 1.0}, 1))
    begin, data = sheet_of(writer).held.for_place("memory://first")
    disk.room = None
    log(writer, Row({"known": 1.0}, 2))
    disk.room = 0
    log(writer, Row({"known": 1.0}, 3))
    sheet_of(writer).held.given("memory://first", begin + len(data))
    disk.room = None
    log(writer, Row({"known": 1.0}, 4))
    assert written(writer).said.steps("known") == [0, 1, 2, 3, 4]


def test_a_metric_that_was_carried_from_memory_is_told_to_the_file(disk: Disk, writer: Writer) -> None:
    disk.room = 0
    log(writer, Row({"new": 1.0}, 0))
    carried(writer)
    disk.room = None
    for step in range(1, 10):
        log(writer, Row({"new": 1.0}, step))
    found = written(writer)
    assert (found.said.steps("new"), found.unknown) == ([*range(1, 10)], 0)


def test_a_metric_is_told_to_the_file_once(disk: Disk, writer: Writer) -> None:
    disk.room = 0
    for step in range(3):
        log(writer, Row({"new": 1.0}, step))
        log(writer, Row({"newer": 1.0}, step))
    for step in range(3, 10):
        disk.room = 0 if step % 2 else None
        log(writer, Row({"new": 1.0}, step))
        log(writer, Row({"newer": 1.0}, step))
    disk.room = None
    writer.end(End())
    kinds = Counter(piece.kind for piece in pieces_of(records_of(writer).read_bytes()))
    assert kinds[Kind.SHAPE] == 3
    found = written(writer)
    assert (found.said.steps("new"), found.said.steps("newer")) == ([*range(10)], [*range(10)])
    assert found.records == writer.records


@pytest.mark.parametrize("room", range(0, 300, 7))
def test_a_metric_is_told_however_much_goes_into_the_file(room: int, disk: Disk, writer: Writer) -> None:
    disk.room = 0
    for step in range(3):
        log(writer, Row({"new": 1.0}, step))
        log(writer, Row({"newer": 1.0}, step))
    disk.room = room
    sheet_of(writer).retry(now=True)
    carried(writer)
    disk.room = None
    for step in range(3, 6):
        log(writer, Row({"new": 1.0}, step))
        log(writer, Row({"newer": 1.0}, step))
    found = written(writer)
    assert (found.unknown, found.unread) == (0, 0)
    for key in ("new", "newer"):
        assert {3, 4, 5} <= set(found.said.steps(key))


class Interrupting:
    """A spelling in the midst of which another thread tells of a new metric."""

    def __init__(self) -> None:
        self.writer: Writer | None = None

    def __call__(self, key: str) -> str:
        if self.writer is not None:
            self.writer._shapes[f"other {len(self.writer._shapes)}",] = Shape(99, [], sheet_of(self.writer))
        return key


def test_another_thread_tells_of_a_metric_meanwhile(disk: Disk) -> None:
    spell = Interrupting()
    with closing(Writer(a_start(), spell=spell)) as writer:
        disk.room = 0
        log(writer, Row({"new": 1.0}, 0))
        carried(writer)
        log(writer, Row({"new": 1.0}, 1))
        spell.writer, disk.room = writer, None
        writer.record(Kind.BATCH, Batch())
        spell.writer = None
        assert written(writer).said.steps("new") == [1]


def test_two_places_are_given_the_same(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "AGAIN", 3600.0)
    places = ("memory://first", "memory://second")
    with closing(Writer(a_start(places=places))) as writer:
        disk.room = 0
        log(writer, Row({"known": 1.0}, 1))
        held = sheet_of(writer).held
        (begin, data), other = (held.for_place(place) for place in places)
        assert (begin, data) == other
        for place in places:
            held.given(place, begin + len(data))
        log(writer, Row({"known": 1.0}, 2))
        held.given(places[1], begin + len(data))
        disk.room = None
        writer.end(End())
        assert written(writer).said.steps("known") == [2]


def test_a_disk_that_is_full_still_is_not_told_again(
    disk: Disk, writer: Writer, caplog: pytest.LogCaptureFixture
) -> None:
    disk.room = 0
    for step in range(1, 10):
        log(writer, Row({"known": 1.0}, step))
        carried(writer)
    assert len(caplog.messages) == 1


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
    print(writer.records, writer.sheet.lost)
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
    assert 20_000 - 44 < journal.size <= 20_000
    found = read(journal.records)
    steps = found.said.steps("loss")
    assert steps == [*range(len(steps))]
    assert len(steps) > 400
    assert (found.unread, found.stop) == (0, journal.size)
    kept, lost = map(int, done.stdout.split())
    assert lost > 0
    assert kept + lost == 50_000 + 3, "the start, the metric, the end"


def test_what_is_in_memory_only_reaches_its_place(tmp_path: Path) -> None:
    done = limited("run", tmp_path)
    assert (done.returncode, done.stdout) == (0, "5000 finished\n")
    lines = done.stderr.splitlines()
    assert "cannot write" in lines[0]
    assert len(lines) == 1


def test_a_torn_record_is_not_waited_for(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "AGAIN", 3600.0)
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
        assert writer.path is None
        assert writer.folder() is None
        for op in OPS:
            log(writer, op)
        writer.sync()
        writer.end(End())
        reader, at, found = Reader(Path("none")), 0, Said()
        while at < len(waiting(writer)):
            taken = reader.decode(memoryview(waiting(writer))[at:])
            found.take(taken)
            at += taken.stop
    wanted = Said()
    for said in (*OPS, End()):
        wanted.add(said)
    assert found.timeless() == wanted.timeless()
    assert len(caplog.messages) == 1


@pytest.mark.usefixtures("nowhere")
def test_without_a_folder_points_reach_their_place(caplog: pytest.LogCaptureFixture) -> None:
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
    place = f"memory://{uuid4().hex}"
    with (
        tl.start_run(to=place, params={"lr": 1}) as first,
        tl.start_run(to=place, resume=first.id) as again,
    ):
        first.flush()
        again.log_param("lr", 2)
        again.flush(1.0)
        assert waiting(again.delivery.writer) == b""
