"""The file of one journal: each frame stands there whole, or is held, or is counted as lost."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, RLock, Thread, current_thread
from types import TracebackType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.layers.journal.made import Disk, Read, a_start, fuzz, hold_at_most, read, tried_again_at_once

from tracklayer.layers.journal import sheet as module
from tracklayer.layers.journal.folder import RECORDS, Journal
from tracklayer.layers.journal.frames import Kind, packed
from tracklayer.layers.journal.reader import Reader
from tracklayer.layers.journal.records import Lost
from tracklayer.layers.journal.sheet import Sheet
from tracklayer.model import Batch

FULL = "No space left on device"


def tag(number: int, size: int = 1) -> bytes:
    """A frame that can be told from all others."""
    return packed(Kind.BATCH, Batch(tags={f"t{number}": "x" * size}))


@pytest.fixture(name="disk")
def _disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    tried_again_at_once(monkeypatch)
    return Disk(monkeypatch)


@pytest.fixture(name="sheet")
def _sheet(disk: Disk) -> Iterator[Sheet]:
    assert disk.room is None
    with closing(Sheet(a_start())) as made:
        yield made


@pytest.fixture(name="nowhere")
def _nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder can be written to."""
    monkeypatch.setenv("TRACKLAYER_HOME", "/proc/nope")
    monkeypatch.setattr(tempfile, "tempdir", "/proc")


def file_of(sheet: Sheet) -> Path:
    assert sheet.folder is not None
    return sheet.folder / RECORDS


def written(sheet: Sheet) -> Read:
    return read(file_of(sheet), over=False)


def carried(sheet: Sheet) -> None:
    """All that waits has been given to its only place."""
    (place,) = a_start().places
    begin, data = sheet.held.for_place(place)
    sheet.held.given(place, begin + len(data))


def numbers(found: Read) -> list[int]:
    return [int(key[1:]) for key in found.said.tags]


# -- while all goes well


def test_it_is_the_owners_alone_and_begins_with_the_start(sheet: Sheet) -> None:
    path = file_of(sheet)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == (path.parent / "files").stat().st_mode & 0o777 == 0o700
    assert Journal(path.parent).start == a_start()
    assert (sheet.records, written(sheet).records, sheet.sound, sheet.lost, len(sheet.held)) == (1, 1, True, 0, 0)


def test_no_program_that_is_started_inherits_it(sheet: Sheet) -> None:
    assert not os.get_inheritable(sheet.fd)


def test_a_frame_is_one_write(sheet: Sheet, disk: Disk) -> None:
    count = disk.counted()
    next(count)
    for number in range(9):
        assert sheet.append(tag(number))
        assert next(count) == 1
    sheet.retry(now=True)
    assert next(count) == 0, "nothing waits"
    assert numbers(written(sheet)) == list(range(9))
    assert sheet.records == 10


def test_what_was_written_is_synced_once(sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fdatasync", synced.append)
    for count in (1, 1):
        os.utime(file_of(sheet), (0, 0))
        sheet.sync()
        assert len(synced) == count
        assert file_of(sheet).stat().st_mtime > 0, "and it tells that the writer lives"
    sheet.append(tag(0))
    sheet.sync()
    assert len(synced) == 2
    sheet.close()
    sheet.close()
    sheet.sync()
    assert len(synced) == 2


def test_a_sync_that_fails_is_tried_again(sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []

    def fail(descriptor: int) -> None:
        synced.append(descriptor)
        raise OSError(5, "it broke")

    monkeypatch.setattr(os, "fdatasync", fail)
    sheet.sync()
    sheet.sync()
    assert len(synced) == 2


def test_where_only_all_of_it_can_be_synced(sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.delattr(os, "fdatasync")
    monkeypatch.setattr(os, "fsync", synced.append)
    sheet.sync()
    assert len(synced) == 1


# -- a disk that is full for a while


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG, errno.EROFS])
def test_a_full_disk_is_said_once(error: int, disk: Disk, sheet: Sheet, caplog: pytest.LogCaptureFixture) -> None:
    disk.room, disk.error = 0, error
    for number in range(20):
        assert sheet.append(tag(number))
        assert not sheet.sound
    (said,) = caplog.messages
    assert "\n" not in said
    assert str(sheet.folder) in said
    assert os.strerror(error) in said
    assert sheet.records == 21
    assert numbers(written(sheet)) == []
    disk.room = None
    assert sheet.append(tag(20))
    assert sheet.sound
    assert caplog.messages[1:] == [f"tracklayer can write to {sheet.folder} again; 0 records were lost meanwhile"]
    found = written(sheet)
    assert (numbers(found), found.unread, found.records, len(sheet.held)) == (list(range(21)), 0, sheet.records, 0)


@pytest.mark.parametrize("room", range(len(tag(1)) + 1))
def test_a_frame_that_is_torn_is_taken_back(room: int, disk: Disk, sheet: Sheet) -> None:
    size = file_of(sheet).stat().st_size
    disk.room = room
    assert sheet.append(tag(1))
    whole = room == len(tag(1))
    assert file_of(sheet).stat().st_size == size + (room if whole else 0)
    assert sheet.sound is whole
    disk.room = None
    assert sheet.append(tag(2))
    found = written(sheet)
    assert (numbers(found), found.unread, found.records) == ([1, 2], 0, sheet.records)


def test_a_part_that_somebody_else_wrote_is_taken_back(disk: Disk, sheet: Sheet) -> None:
    disk.room = 10
    torn = os.write(sheet.fd, tag(1))  # as `Writer.point` does
    assert sheet.append(tag(1), torn)
    disk.room = None
    assert sheet.append(tag(2))
    found = written(sheet)
    assert (numbers(found), found.unread) == ([1, 2], 0)


def test_a_torn_frame_before_another_threads_stays(disk: Disk, sheet: Sheet) -> None:
    disk.room = 10
    torn = os.write(sheet.fd, tag(1))
    disk.room = None
    assert sheet.append(tag(2))
    assert sheet.append(tag(1), torn)
    found = written(sheet)
    assert (numbers(found), found.unread, found.records) == ([2, 1], 10, sheet.records)


@pytest.mark.parametrize("room", range(3 * len(tag(1)) + 1))
def test_what_waited_and_is_written_in_part_is_held_no_more(room: int, disk: Disk, sheet: Sheet) -> None:
    # A reader may have come in between, so nothing that is whole is taken back, and nothing is written twice.
    size, one = file_of(sheet).stat().st_size, len(tag(1))
    disk.room = 0
    for number in (1, 2, 3):
        sheet.append(tag(number))
    disk.room = room
    sheet.retry(now=True)
    whole = room // one
    assert file_of(sheet).stat().st_size == size + whole * one
    assert sheet.held.all() == (whole * one, b"".join(map(tag, range(whole + 1, 4))))
    assert sheet.sound is (whole == 3)
    assert numbers(written(sheet)) == list(range(1, whole + 1))
    disk.room = None
    assert sheet.append(tag(4))
    found = written(sheet)
    assert (numbers(found), found.unread, found.records) == ([1, 2, 3, 4], 0, sheet.records)


@fuzz(150)
@given(
    sizes=st.lists(st.integers(1, 200), max_size=30),
    rooms=st.lists(st.none() | st.integers(0, 500), min_size=1, max_size=8),
    most=st.sampled_from([0, 100, 1_000, 1 << 20]),
)
def test_each_record_is_there_once_or_counted(sizes: list[int], rooms: list[int | None], most: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        tried_again_at_once(patched)
        hold_at_most(patched, most)
        with closing(Sheet(a_start())) as sheet:
            disk = Disk(patched)
            kept, lost = set[int](), 0
            for number, size in enumerate(sizes):
                disk.room = rooms[number % len(rooms)]
                if sheet.append(tag(number, size)):
                    kept.add(number)
                else:
                    lost += 1
            disk.room = None
            sheet.retry(now=True)
            found = read(file_of(sheet), over=False)
    assert (set(numbers(found)), len(numbers(found))) == (kept, len(kept))
    assert (found.records, found.unread) == (sheet.records, 0)
    assert sum(one.records for one in found.said.lost) == lost
    assert found.records == 1 + len(kept) + len(found.said.lost)
    assert (sheet.lost, len(sheet.held)) == (0, 0)


def test_what_is_beyond_the_memory_is_counted(
    disk: Disk, sheet: Sheet, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one = len(tag(10))
    hold_at_most(monkeypatch, one * 5 + one // 2)
    disk.room = 0
    assert [sheet.append(tag(number)) for number in range(10, 20)] == [True] * 5 + [False] * 5
    assert (sheet.lost, len(sheet.held), len(caplog.messages)) == (5, one * 5, 1)
    assert f"{one * 5 + one // 2} bytes" in caplog.messages[0]
    disk.room = None
    assert sheet.append(tag(20)), "the disk is tried also by what there is no room for in memory"
    found = written(sheet)
    assert numbers(found) == [*range(10, 15), 20]
    assert found.said.lost == [Lost(records=5, why=FULL)]
    assert found.records == sheet.records
    assert "5 records were lost" in caplog.messages[1]
    assert (sheet.lost, sheet.sound) == (0, True)
    disk.room = 0
    assert sheet.append(tag(21))
    assert len(caplog.messages) == 3, "the next time is told as well"


def test_what_was_lost_is_told_also_when_nothing_waits(
    disk: Disk, sheet: Sheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_at_most(monkeypatch, 0)
    disk.room = 0
    assert not sheet.append(tag(1))
    disk.room = None
    sheet.retry(now=True)
    assert written(sheet).said.lost == [Lost(records=1, why=FULL)]
    assert (sheet.lost, sheet.sound) == (0, True)


def test_it_is_tried_again_now_and_then(disk: Disk, sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN", 3600.0)
    disk.room = 0
    sheet.append(tag(0))
    calls = disk.counted()
    next(calls)
    for number in range(1, 50):
        sheet.append(tag(number))
    assert next(calls) == 0
    disk.room = None
    sheet.append(tag(50))
    sheet.retry()
    assert next(calls) == 0
    sheet.retry(now=True)
    assert numbers(written(sheet)) == list(range(51))


def test_what_every_place_has_is_not_written(disk: Disk, sheet: Sheet) -> None:
    (place,) = a_start().places
    disk.room = 0
    sheet.append(tag(1))
    begin, data = sheet.held.for_place(place)
    sheet.append(tag(2))
    sheet.held.given(place, begin + len(data))
    disk.room = None
    sheet.append(tag(3))
    assert numbers(written(sheet)) == [2, 3]


def test_a_disk_that_is_full_still_is_not_told_again(
    disk: Disk, sheet: Sheet, caplog: pytest.LogCaptureFixture
) -> None:
    disk.room = 0
    for number in range(9):
        sheet.append(tag(number))
        carried(sheet)
        assert len(sheet.held) == 0
        sheet.retry(now=True)
        assert not sheet.sound
    assert len(caplog.messages) == 1


# -- what its writer is asked, and told


class Asked:
    """Stands in for a writer."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.frames: list[bytes] = []
        self.sheet = Sheet(a_start(), hindered=self.hindered, first=lambda: self.frames, resumed=self.resumed)

    def hindered(self) -> None:
        self.told.append("hindered")

    def resumed(self) -> None:
        self.told.append("resumed")


@pytest.fixture(name="asked")
def _asked(disk: Disk) -> Iterator[Asked]:
    assert disk.room is None
    asked = Asked()
    with closing(asked.sheet):
        yield asked


def test_the_writer_is_told_when_it_cannot_be_written_to(asked: Asked, disk: Disk) -> None:
    asked.sheet.append(tag(1))
    assert asked.told == []
    disk.room = 0
    asked.sheet.append(tag(2))
    assert set(asked.told) == {"hindered"}
    asked.told.clear()
    disk.room = None
    asked.sheet.append(tag(3))
    assert asked.told == ["resumed"]


def test_what_must_come_first_comes_first(asked: Asked, disk: Disk) -> None:
    disk.room = 0
    asked.frames = [tag(100), tag(101)]
    asked.sheet.append(tag(1))
    disk.room = None
    asked.sheet.append(tag(2))
    found = written(asked.sheet)
    assert numbers(found) == [100, 101, 1, 2]
    assert found.records == asked.sheet.records


def test_what_must_come_first_and_is_held_is_not_written_twice(asked: Asked, disk: Disk) -> None:
    disk.room = 0
    asked.frames = [tag(100), tag(1)]
    asked.sheet.append(tag(1))
    disk.room = None
    asked.sheet.append(tag(2))
    found = written(asked.sheet)
    assert numbers(found) == [100, 1, 2]
    assert found.records == asked.sheet.records == 4


def test_nothing_stands_before_what_must_come_first(asked: Asked, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_at_most(monkeypatch, len(tag(1)))
    asked.frames = [tag(100)]
    disk.room = 0
    assert asked.sheet.append(tag(1))
    assert not asked.sheet.append(tag(2))
    carried(asked.sheet)
    asked.told.clear()
    disk.room = len(tag(100)) - 1
    asked.sheet.retry(now=True)
    assert "resumed" not in asked.told
    assert numbers(written(asked.sheet)) == []
    disk.room = None
    asked.sheet.retry(now=True)
    found = written(asked.sheet)
    assert (numbers(found), found.said.lost) == ([100], [Lost(records=1, why="no room is left on the disk")])
    assert found.records == asked.sheet.records - 1, "one was carried from memory"


def test_a_signals_handler_in_the_midst_of_a_retry(asked: Asked, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    write = disk.write

    def handled(descriptor: int, data: bytes, /) -> int:
        if disk.room is None and len(calls) < 3:
            calls.append(len(data))
            assert asked.sheet.append(tag(10 + len(calls)))
            asked.sheet.retry(now=True)
        return write(descriptor, data)

    disk.room = 0
    asked.sheet.append(tag(1))
    monkeypatch.setattr(os, "write", handled)
    disk.room = None
    asked.sheet.append(tag(2))
    found = written(asked.sheet)
    assert sorted(numbers(found)) == [1, 2, 11, 12, 13]
    assert (found.records, len(asked.sheet.held), asked.sheet.sound) == (asked.sheet.records, 0, True)


class Watched:
    """A lock that tells when another thread wants it."""

    def __init__(self) -> None:
        self.inner = RLock()
        self.wanted = Event()

    def __enter__(self) -> bool:
        if current_thread().name == "late":
            self.wanted.set()
        return self.inner.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.inner.__exit__(kind, error, trace)


def test_a_thread_that_comes_late_is_not_forgotten(disk: Disk, sheet: Sheet) -> None:
    lock = Watched()
    sheet._lock = lock  # type: ignore[assignment] # stands in for it
    disk.room = 0
    sheet.append(tag(1))
    late = Thread(target=sheet.append, args=(tag(2),), name="late")
    with lock:
        late.start()  # finds that writing fails, and waits for the lock
        lock.wanted.wait()
        disk.room = None
        sheet.retry()
    late.join()
    assert numbers(written(sheet)) == [1, 2]
    assert len(sheet.held) == 0


# -- no folder


@pytest.mark.usefixtures("nowhere")
def test_without_a_folder_all_is_held(caplog: pytest.LogCaptureFixture) -> None:
    with closing(Sheet(a_start())) as sheet:
        (message,) = caplog.messages
        assert "/proc/nope" in message
        assert "any folder" in message
        assert (sheet.folder, sheet.fd, sheet.sound, sheet.records) == (None, -1, False, 1)
        assert sheet.append(tag(1))
        sheet.retry(now=True)
        sheet.sync()
    _, data = sheet.held.all()
    assert data == packed(Kind.START, a_start()) + tag(1)
    taken = Reader(Path("none")).decode(memoryview(data))
    assert (taken.records, taken.batch.tags) == (2, {"t1": "x"})
    assert len(caplog.messages) == 1


def test_the_second_folder_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TRACKLAYER_HOME", "/proc/nope")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with closing(Sheet(a_start())) as sheet:
        path = file_of(sheet).parent
        assert path.is_relative_to(tmp_path)
        (said,) = caplog.messages
        assert "/proc/nope" in said
        assert str(path) in said
        sheet.append(tag(1))
        assert Journal(path).start == a_start()
        assert (numbers(written(sheet)), len(sheet.held), sheet.sound) == ([1], 0, True)


def none() -> str:
    raise FileNotFoundError(2, "No usable temporary directory found")


def gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in a folder that is deleted."""
    (tmp_path / "gone").mkdir()
    monkeypatch.delenv("TRACKLAYER_HOME")
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()


def test_no_folder_for_temporary_files_either(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("TRACKLAYER_HOME", "/proc/nope")
    monkeypatch.setattr(tempfile, "gettempdir", none)
    with closing(Sheet(a_start())) as sheet:
        assert sheet.folder is None
        assert len(caplog.messages) == 1


def test_the_current_folder_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone(tmp_path, monkeypatch)
    with closing(Sheet(a_start())) as sheet:
        assert file_of(sheet).is_relative_to(tmp_path)


@pytest.mark.parametrize("room", [0, 1, 50])
def test_a_journal_that_cannot_begin_leaves_nothing_behind(
    room: int, disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKLAYER_HOME", str(tmp_path / "first"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "second"))
    disk.room = room
    with closing(Sheet(a_start())) as sheet:
        assert (sheet.folder, sheet.fd) == (None, -1)
        assert sheet.append(tag(1))
    assert [*tmp_path.rglob("records")] == []
    assert [path for path in tmp_path.rglob("*") if "brisk" in path.name] == []


@pytest.mark.parametrize("room", [0, 50])
def test_a_first_folder_that_is_full_leaves_the_second(
    room: int, disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKLAYER_HOME", str(tmp_path / "first"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "second"))
    fill: Callable[[int, bytes], int] = disk.write

    def once(descriptor: int, data: bytes, /) -> int:
        disk.room = None if disk.calls else room
        return fill(descriptor, data)

    monkeypatch.setattr(os, "write", once)
    with closing(Sheet(a_start())) as sheet:
        assert file_of(sheet).is_relative_to(tmp_path / "second")
        assert sheet.append(tag(1))
        assert numbers(written(sheet)) == [1]
    assert [path for path in (tmp_path / "first").rglob("*") if "brisk" in path.name] == []
