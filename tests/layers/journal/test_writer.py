"""What is logged is in the file when the call returns, in one write, whoever logs and from wherever."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.layers.journal.made import Disk, Read, Row, a_start, fuzz, log, pieces_of, read, records_of

import tracklayer as tl
from tracklayer.errors import InvalidInput
from tracklayer.layers.journal import writer as module
from tracklayer.layers.journal.clock import MILLISECOND
from tracklayer.layers.journal.folder import Journal
from tracklayer.layers.journal.frames import Kind
from tracklayer.layers.journal.records import Captured, End, Lost
from tracklayer.layers.journal.writer import Writer
from tracklayer.model import Batch, Points, Source


class Scalar:
    """As torch's of one element: neither a float nor a subclass of one."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"Scalar({self.value})"

    def __float__(self) -> float:
        return self.value


class Broken:
    """A number that cannot say which."""

    def __float__(self) -> float:
        message = "on another device"
        raise RuntimeError(message)


@pytest.fixture(name="writer")
def _writer() -> Iterator[Writer]:
    with closing(Writer(a_start())) as made:
        yield made


def written(writer: Writer) -> Read:
    return read(records_of(writer), over=False)


# -- how it lies on the disk


def test_the_journal_is_the_owners_alone(writer: Writer) -> None:
    path = records_of(writer)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert (path.parent / "files").stat().st_mode & 0o777 == 0o700
    assert writer.folder() == path.parent / "files"


def test_the_first_record_says_which_run_it_is(writer: Writer) -> None:
    assert Journal(records_of(writer).parent).start == writer.start
    assert (writer.records, written(writer).records) == (1, 1)


def test_a_point_is_one_write(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.rows([("loss", 0.0)], 0, None)
    count = Disk(monkeypatch).counted()
    for step in range(1, 20):
        assert writer.point("loss", 1.0, step)
        assert next(count) == 1
    assert writer.point("loss", 1.0, 3)
    assert next(count) == 1
    assert written(writer).said.steps("loss") == sorted([*range(20), 3])


def test_a_row_is_one_write(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    writer.rows([("a", 0.0), ("b", 0.0)], 0, None)
    count = Disk(monkeypatch).counted()
    for step in range(1, 20):
        assert writer.row({"a": 1.0, "b": 2.0}, step)
        assert next(count) == 1
    found = written(writer).said
    assert found.steps("a") == found.steps("b") == list(range(20))


def test_other_records_are_one_write_each(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    count = Disk(monkeypatch).counted()
    writer.record(Kind.BATCH, Batch(params={"lr": 1}))
    writer.capture(Captured(source=Source(commit="c")))
    writer.lose("it was too large")
    assert next(count) == 3
    writer.rows([("new", 1.0)], 0, None)
    assert next(count) == 2
    writer.end(End())
    assert next(count) == 1
    found = written(writer).said
    assert (found.captured, found.lost) == (writer.captured, [Lost(records=1, why="it was too large")])


def test_columns_are_cut_to_a_bearable_size(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COLUMNS", 10)
    writer.points(Points.of("curve", [(n, n, n) for n in range(25)]))
    kinds = Counter(piece.kind for piece in pieces_of(records_of(writer).read_bytes()))
    assert kinds[Kind.COLUMNS] == 3
    assert written(writer).said.steps("curve") == list(range(25))


def test_a_metric_is_told_once(writer: Writer) -> None:
    for step in range(5):
        for turn, metrics in enumerate(({"a": 1.0}, {"a": 1.0, "b": 2.0}, {"b": 1.0, "a": 2.0})):
            log(writer, Row(metrics, step * 3 + turn))
    assert numbers(writer) == [0, 1, 2]


def test_metrics_are_spelt_on_the_way() -> None:
    with closing(Writer(a_start(), spell=lambda key: f"rank1/{key}")) as writer:
        for step in range(3):
            log(writer, Row({"loss": 1.0}, step))
        writer.points(Points.of("curve", [(0, 0, 0.0)]))
        assert set(written(writer).said.points) == {"rank1/loss", "rank1/curve"}


def test_it_is_synced_and_closed(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fdatasync", synced.append)
    writer.sync()
    log(writer, Row({"a": 1.0}, 0))
    writer.sync()
    assert len(synced) == 2
    writer.close()
    writer.sync()
    writer._fork()
    writer.sync()
    assert len(synced) == 2


# -- values


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (1, 1.0),
        (True, 1.0),
        (False, 0.0),
        (-0.0, -0.0),
        (float("nan"), float("nan")),
        (float("-inf"), float("-inf")),
        (2**60, float(2**60)),
        (Decimal("0.5"), 0.5),
        (Fraction(1, 4), 0.25),
        (np.float64(0.1), 0.1),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7.0),
        (np.bool_(True), 1.0),
        (np.array(3.0), 3.0),
        (Scalar(0.75), 0.75),
    ],
    ids=repr,
)
def test_numbers_of_any_library_go_the_quick_way(value: Any, kept: float, writer: Writer) -> None:
    log(writer, Row({"a": 0.0}, 0))
    log(writer, Row({"a": 0.0, "b": 0.0}, 1))
    assert writer.point("a", value, 2)
    assert writer.row({"a": value, "b": 1.0}, 3)
    last = {step: said for step, _, said in written(writer).said.points["a"]}
    assert last[2] == last[3] == repr(kept)


NO_NUMBERS = ["1.0", None, b"1", [1.0], {}, 1j, 10**400, np.zeros(3), object()]


@pytest.mark.parametrize("value", [*NO_NUMBERS, Broken()], ids=lambda value: type(value).__name__)
def test_what_is_no_number_goes_the_long_way(value: Any, writer: Writer) -> None:
    log(writer, Row({"a": 0.0}, 0))
    log(writer, Row({"a": 0.0, "b": 0.0}, 1))
    records = writer.records
    assert not writer.point("a", value, 2)
    assert not writer.row({"a": value, "b": 1.0}, 3)
    assert writer.records == records
    assert written(writer).said.steps("a") == [0, 1]


@pytest.mark.parametrize("step", [2**63, -(2**63) - 1, 10**400])
def test_a_step_beyond_64_bits_goes_the_long_way(step: int, writer: Writer) -> None:
    log(writer, Row({"a": 0.0}, 0))
    log(writer, Row({"a": 0.0, "b": 0.0}, 1))
    assert not writer.point("a", 1.0, step)
    assert not writer.row({"a": 1.0, "b": 1.0}, step)
    log(writer, Row({"a": 1.0}, 2))
    log(writer, Row({"a": 1.0, "b": 1.0}, 3))
    assert written(writer).said.steps("a") == [0, 1, 2, 3]


def test_a_step_that_is_refused_does_not_count() -> None:
    with closing(Writer(a_start(), now=lambda: 5 * MILLISECOND)) as writer:
        log(writer, Row({"a": 0.0}, 0))
        assert not writer.point("a", 1.0, 2**63)
        for step in range(1, 4):
            log(writer, Row({"a": 1.0}, step))
        assert {time for _, time, _ in written(writer).said.points["a"]} == {5 * MILLISECOND}


@pytest.mark.parametrize("key", ["new", 1, None, ("a",), []], ids=repr)
def test_a_key_that_is_not_known_goes_the_long_way(key: Any, writer: Writer) -> None:
    log(writer, Row({"a": 0.0}, 0))
    assert not writer.point(key, 1.0, 1)
    if key.__hash__ is not None:
        assert not writer.row({key: 1.0, "a": 1.0}, 1)


def test_what_the_api_is_given() -> None:
    with tl.connect(f"memory://{uuid4().hex}") as client, client.start_run() as run:
        good: list[Any] = [1, True, np.float32(0.5), Decimal("0.5"), Scalar(0.5), np.array([2.0])]
        for step, value in enumerate(good):
            run.log_metric("a", value, step)
            run.log_metrics({"b": value, "c": 1.0}, np.int64(step))
        for value in NO_NUMBERS:
            with pytest.raises(InvalidInput):
                run.log_metric("a", value, 99)
            with pytest.raises(InvalidInput):
                run.log_metrics({"b": value}, 99)
        odd: list[Any] = ["1", None, 1.5, 2**63, True]
        for wrong in odd:
            with pytest.raises(InvalidInput):
                run.log_metric("a", 1.0, wrong)
        nameless: list[Any] = ["", 1, None, "\ud800"]
        for wrong in nameless:
            with pytest.raises(InvalidInput):
                run.log_metric(wrong, 1.0)
        run.flush()
        for key in "abc":
            assert [step for step, _, _ in client.metric_history(run.id, key).rows()] == list(range(len(good)))


def test_a_number_that_cannot_be_told_is_refused_as_any_other() -> None:
    with tl.connect(f"memory://{uuid4().hex}") as client, client.start_run() as run, pytest.raises(InvalidInput):
        run.log_metric("a", Broken())


# -- the end


def test_a_closed_writer_refuses(writer: Writer) -> None:
    log(writer, Row({"a": 1.0, "b": 1.0}, 0))
    log(writer, Row({"a": 1.0}, 1))
    writer.end(End(change=Batch(status="finished")))
    size = records_of(writer).stat().st_size
    assert writer.closed
    assert not writer.point("a", 1.0, 2)
    assert not writer.row({"a": 1.0, "b": 1.0}, 2)
    calls: list[Callable[[], object]] = [
        lambda: writer.rows([("a", 1.0)], 2, None),
        lambda: writer.points(Points.of("a", [(1, 1, 1.0)])),
        lambda: writer.record(Kind.BATCH, Batch()),
        writer.folder,
    ]
    for call in calls:
        with pytest.raises(InvalidInput, match=r"'brisk heron' has ended: .*resume"):
            call()
    writer.capture(Captured())
    writer.end(End(change=Batch(status="failed")))
    writer.close()
    writer.close()
    assert records_of(writer).stat().st_size == size
    assert written(writer).said.end == End(change=Batch(status="finished"))


# -- times


@fuzz(100)
@given(
    calls=st.lists(
        st.tuples(st.integers(-5, 30), st.sampled_from(["point", "row", "other row"]), st.integers(-1, 3)), max_size=40
    )
)
def test_no_point_is_lost_however_the_clock_jumps(calls: list[tuple[int, str, int]]) -> None:
    moment = 0
    with closing(Writer(a_start(), now=lambda: moment * MILLISECOND)) as writer:
        for present, how, step in calls:
            moment = present
            rows = {"point": {"a": 1.0}, "row": {"a": 1.0, "b": 1.0}, "other row": {"c": 1.0, "a": 1.0}}
            log(writer, Row(rows[how], step))
        found = written(writer).said.points
    for key, names in {"a": {"point", "row", "other row"}, "b": {"row"}, "c": {"other row"}}.items():
        wanted = [step for _, how, step in calls if how in names]
        points = list(found.get(key, Counter()).elements())
        assert sorted(step for step, _, _ in points) == sorted(wanted)
        assert len({(step, time) for step, time, _ in points}) == len(wanted)


def test_times_are_whole_milliseconds_unless_they_are_given() -> None:
    with closing(Writer(a_start(), now=lambda: 1_234_567_899)) as writer:
        log(writer, Row({"a": 1.0}, 0))
        log(writer, Row({"a": 1.0}, 1))
        log(writer, Row({"a": 1.0, "b": 1.0}, 2))
        log(writer, Row({"a": 1.0, "b": 1.0}, 3))
        log(writer, Row({"a": 1.0, "b": 1.0}, 4, 1_234_567_899))
        found = {(step, time) for step, time, _ in written(writer).said.points["a"]}
    assert found == {*((step, 1_234 * MILLISECOND) for step in range(4)), (4, 1_234_567_899)}


def test_metrics_whose_steps_differ_are_timed_apart() -> None:
    with closing(Writer(a_start(), now=lambda: 0)) as writer:
        log(writer, Row({"a": 1.0}, 5))
        for step in (3, 5, 6):
            log(writer, Row({"a": 2.0, "b": 2.0}, step))
        found = written(writer).said.points
    assert [len({(step, time) for step, time, _ in found[key]}) for key in "ab"] == [4, 3]


# -- threads


def test_threads_lose_no_point() -> None:
    ready = threading.Barrier(8)

    def work(number: int) -> None:
        ready.wait()
        for turn in range(250):
            log(writer, Row({"same": float(number)}, 0))
            log(writer, Row({"same": float(number), f"own {number}": 1.0}, turn))

    with closing(Writer(a_start())) as writer, ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work, number) for number in range(8)]:
            done.result()
        found = written(writer)
        assert writer.records == found.records
    same = found.said.points["same"]
    assert same.total() == 8 * 250 * 2
    assert len({(step, time) for step, time, _ in same}) == 8 * 250 * 2
    assert Counter(value for _, _, value in same) == {repr(float(number)): 500 for number in range(8)}
    assert [found.said.steps(f"own {number}") for number in range(8)] == [list(range(250))] * 8


# -- signals


@contextmanager
def handling(handler: Callable[[], None]) -> Iterator[None]:
    before = signal.signal(signal.SIGUSR1, lambda *_: handler())
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)


def numbers(writer: Writer) -> list[int]:
    pieces = pieces_of(records_of(writer).read_bytes())
    return [int.from_bytes(piece.payload[:4], "little") for piece in pieces if piece.kind == Kind.SHAPE]


class Interrupted:
    """A writer that is interrupted at one place of its work, again and again, by a handler that logs."""

    def __init__(self, where: str, patched: pytest.MonkeyPatch) -> None:
        self.where = where
        self.calls = 0
        self.busy = False
        self._write = os.write
        self.writer = Writer(a_start(), now=self.now)
        patched.setattr(os, "write", self.write)

    def at(self, where: str) -> None:
        if where == self.where:
            signal.raise_signal(signal.SIGUSR1)

    def now(self) -> int:
        self.at("clock")
        return 0

    def write(self, descriptor: int, data: bytes, /) -> int:
        self.at("before the write")
        done = self._write(descriptor, data)
        self.at("behind the write")
        return done

    def handle(self) -> None:
        if self.busy:
            return
        self.busy = True
        for row in ({"known": 1.0}, {"new": 1.0}, {"known": 1.0, "new": 1.0}, {f"of {self.calls}": 1.0}):
            log(self.writer, Row(row, 0))
        self.writer.record(Kind.BATCH, Batch(tags={f"t{self.calls}": "x"}))
        self.busy, self.calls = False, self.calls + 1


@pytest.mark.parametrize("where", ["clock", "before the write", "behind the write"])
def test_a_handler_logs_in_the_midst_of_anything(where: str) -> None:
    with pytest.MonkeyPatch.context() as patched:
        one = Interrupted(where, patched)
        with handling(one.handle):
            for step in range(3):
                for row in ({"known": 2.0}, {"new": 2.0}, {"known": 2.0, "new": 2.0}, {f"mine {step}": 2.0}):
                    log(one.writer, Row(row, step))
            one.writer.points(Points.of("new", [(9, 9, 9.0)]))
    with closing(one.writer) as writer:
        found = written(writer)
        assert one.calls > 3
        assert (found.unread, found.unknown, found.records) == (0, 0, writer.records)
        assert len(set(numbers(writer))) == len(numbers(writer))
        assert len(found.said.tags) == one.calls
        for key in ("known", "new"):
            points = found.said.points[key]
            assert points.total() == one.calls * 2 + 6 + (key == "new")
            assert len({(step, time) for step, time, _ in points}) == points.total()
        assert [found.said.steps(f"of {number}") for number in range(one.calls)] == [[0]] * one.calls


# -- forks, as the child sees them; a real one is in test_writer_fork.py


def test_a_child_begins_a_journal_with_its_first_record() -> None:
    opened: list[Path] = []
    with closing(Writer(a_start(), opened=lambda one: opened.append(records_of(one)))) as writer:
        log(writer, Row({"a": 1.0}, 0))
        log(writer, Row({"a": 1.0}, 1))
        parents = records_of(writer)
        size = parents.stat().st_size
        writer._fork()
        assert (writer.path, writer.records, opened) == (None, 0, [])
        log(writer, Row({"a": 1.0}, 2))
        assert opened == [records_of(writer)]
        log(writer, Row({"a": 1.0}, 3))
        assert (parents.stat().st_size, len(opened)) == (size, 1)
        assert written(writer).said.steps("a") == [2, 3]
        start = Journal(records_of(writer).parent).start
        assert (start.owner, start.carried_by, start.capturing) == (False, a_start().process, False)


def test_a_grandchild_is_carried_by_the_same_process() -> None:
    first = a_start().process.model_copy(update={"pid": 1})
    with closing(Writer(a_start(process=first))) as writer:
        writer._fork()
        writer._fork()
        log(writer, Row({"a": 1.0}, 0))
        assert writer.start.carried_by == first


def test_a_child_that_logs_nothing_has_nothing_to_end() -> None:
    with closing(Writer(a_start())) as writer:
        writer._fork()
        writer.end(End())
        assert (writer.path, writer.closed) == (None, True)


@pytest.mark.parametrize("how", ["capture", "lose"])
def test_a_childs_first_record_may_be_any(how: str, caplog: pytest.LogCaptureFixture) -> None:
    with closing(Writer(a_start())) as writer:
        writer._fork()
        if how == "capture":
            writer.capture(Captured())
        else:
            writer.lose("it was too large")
        log(writer, Row({"a": 1.0}, 0))
        assert caplog.messages == []
        assert written(writer).said.steps("a") == [0]
