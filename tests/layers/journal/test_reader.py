"""What is written is read, from wherever one begins and whatever became of the file."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.layers.journal.made import (
    PROGRAMS,
    Op,
    Piece,
    Read,
    Row,
    Said,
    a_start,
    fuzz,
    journal_of,
    pieces_of,
    read,
    said_by,
)

from tracklayer.errors import JournalDamaged
from tracklayer.layers.journal import reader as module
from tracklayer.layers.journal.folder import RECORDS, Journal
from tracklayer.layers.journal.frames import Kind, frame
from tracklayer.layers.journal.reader import Reader
from tracklayer.layers.journal.records import Captured, End, Lost, Spooled
from tracklayer.model import Batch, Points, Source

Program = tuple[list[Op], End | None]
BLOCKS = st.sampled_from([64, 65, 100, 256, 1000, 4096, 1 << 21])
#: A program with some of everything.
TYPICAL: list[Op] = [
    Batch(params={"lr": 0.1, "layers": 3, "huge": 10**400, "odd": float("nan")}),
    *(Row({"loss": 1.0 / (step + 1)}, step) for step in range(30)),
    *(Row({"loss": 2.0, "acc": float("nan")}, step) for step in range(30, 50)),
    Spooled(path="a.txt", name="0a"),
    Captured(source=Source(commit="c")),
    Points.of("curve", [(step, step, -step) for step in range(100)]),
    Batch(tags={"best": "yes"}),
    *(Row({"acc": 0.5}, step) for step in range(10)),
    Lost(records=2, why="full"),
]
FINISHED = End(change=Batch(status="finished"))


def file_of(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / RECORDS
    path.write_bytes(data)
    return path


def with_block(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(module, "BLOCK", size)


def shifted(pieces: list[Piece], by: int) -> list[Piece]:
    return [piece._replace(start=piece.start + by, stop=piece.stop + by) for piece in pieces]


def assert_read(found: Read, wanted: Read, size: int, kept: list[Piece]) -> None:
    """All of the records that are kept, and what is lost is counted."""
    assert found.said == wanted.said
    assert found.unknown == wanted.unknown
    assert found.records == len(kept)
    assert found.unread == size - sum(piece.stop - piece.start for piece in kept)
    assert found.stop == size


# -- whole journals


@fuzz(150)
@given(program=PROGRAMS, block=BLOCKS)
def test_what_is_logged_is_read(program: Program, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_block(monkeypatch, block)
    path = file_of(tmp_path, journal_of(*program))
    ops, end = program
    wanted = Said()
    for op in [*ops, end]:
        wanted.add(op)
    found = read(path)
    assert found.said.timeless() == wanted.timeless()
    assert (found.unread, found.unknown, found.stop) == (0, 0, path.stat().st_size)
    timed = {(key, op.step, op.time) for op in ops if isinstance(op, Row) and op.time is not None for key in op.metrics}
    kept = {(key, step, time) for key, rows in found.said.points.items() for step, time, _ in rows}
    assert timed <= kept


@fuzz(100)
@given(program=PROGRAMS, block=BLOCKS, data=st.data())
def test_reading_begins_at_any_record(
    program: Program, block: int, data: st.DataObject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_block(monkeypatch, block)
    journal = journal_of(*program)
    path, pieces = file_of(tmp_path, journal), pieces_of(journal)
    first = data.draw(st.integers(0, len(pieces) - 1))
    found = read(path, pieces[first].start)
    wanted = said_by(pieces[first:], shapes=pieces[:first])
    assert (found.said, found.records, found.unread, found.unknown) == (wanted.said, len(pieces) - first, 0, 0)


@pytest.mark.parametrize("block", [64, 1 << 21])
def test_every_take_stops_at_a_record(block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_block(monkeypatch, block)
    journal = journal_of(TYPICAL, FINISHED)
    path = file_of(tmp_path, journal)
    starts = {piece.stop for piece in pieces_of(journal)}
    reader, at, stops = Reader(path), 0, list[int]()
    while (taken := reader.take(at, most=block)).stop > at:
        at = taken.stop
        stops.append(at)
    assert set(stops) <= starts
    assert stops[-1] == len(journal)


def test_the_end_is_taken_alone(tmp_path: Path) -> None:
    journal = journal_of([Row({"loss": 1.0}, 0)], FINISHED)
    end = pieces_of(journal)[-1].start
    reader = Reader(file_of(tmp_path, journal))
    first = reader.take(0)
    assert (first.stop, first.end) == (end, None)
    last = reader.take(end)
    assert (last.stop, last.end, last.records) == (len(journal), FINISHED, 1)
    assert last.batch == Batch()


def with_late_rows() -> tuple[bytes, int]:
    """A journal that other threads went on to write after its end, and where that end begins."""
    pieces = pieces_of(journal := journal_of([Row({"loss": 1.0}, step) for step in range(3)]))
    late, end = pieces[-1].start, pieces_of(whole := journal_of([], FINISHED))[-1]
    return journal[:late] + whole[end.start :] + journal[late:] * 2, late


def test_what_came_behind_the_end_comes_along_with_it(tmp_path: Path) -> None:
    journal, end = with_late_rows()
    reader = Reader(file_of(tmp_path, journal))
    assert reader.take(0).stop == end
    last = reader.take(end)
    said = Said()
    said.take(last)
    assert (last.stop, last.records, last.end, said.steps("loss")) == (len(journal), 3, FINISHED, [2, 2])


def test_what_comes_behind_the_end_later_is_read_too(tmp_path: Path) -> None:
    journal, end = with_late_rows()
    stop = pieces_of(journal[end:])[0].stop + end
    path = file_of(tmp_path, journal[:stop])
    reader = Reader(path)
    assert read(path, reader=reader).said.end == FINISHED
    path.write_bytes(journal)
    late = reader.take(stop)
    said = Said()
    said.take(late)
    assert (late.end, late.records, said.steps("loss")) == (None, 2, [2, 2])


def test_a_record_larger_than_a_block_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_block(monkeypatch, 64)
    ops: list[Op] = [Batch(tags={"t": "x" * 5000}), Points.of("p", [(n, n, n) for n in range(70_000)])]
    found = read(file_of(tmp_path, journal_of(ops)))
    assert found.said.tags == {"t": "x" * 5000}
    assert found.said.steps("p") == list(range(70_000))


@pytest.mark.parametrize("over", [False, True])
def test_nothing_new_is_where_it_began(over: bool, tmp_path: Path) -> None:
    journal = journal_of(TYPICAL)
    path = file_of(tmp_path, journal)
    assert Reader(path).take(len(journal), over=over).stop == len(journal)
    assert Reader(path).take(len(journal) + 100, over=over).stop == len(journal) + 100


def test_a_journal_that_is_gone_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Reader(tmp_path / RECORDS).take(0)


@pytest.mark.parametrize("block", [64, 1 << 21])
def test_what_stands_in_one_record_only_is_found(block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_block(monkeypatch, block)
    last = Spooled(path="output.log", name="0b", last=True)
    path = file_of(tmp_path, journal_of([*TYPICAL, last, *TYPICAL], FINISHED))
    reader = Reader(path)
    assert reader.captured() == Captured(source=Source(commit="c"))
    assert reader.files() == [last]
    bare = Reader(file_of(tmp_path, journal_of([Row({"loss": 1.0}, 0)])))
    assert bare.captured() is None
    assert bare.files() == []


@pytest.mark.parametrize("block", [64, 300, 1 << 21])
def test_records_are_counted(block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_block(monkeypatch, block)
    journal = journal_of(TYPICAL, FINISHED)
    path, pieces = file_of(tmp_path, journal), pieces_of(journal)
    assert Reader(path).count(0) == len(pieces)
    assert Reader(path).count(pieces[7].start) == len(pieces) - 7
    assert Reader(path).count(len(journal)) == 0


# -- damage


@st.composite
def damages(draw: st.DrawFn, size: int) -> tuple[int, int, bytes]:
    """From where to where what is put instead: bytes cut, flipped, blanked, scrambled, or put in between."""
    start = draw(st.integers(0, size))
    stop = draw(st.integers(start, min(size, start + draw(st.sampled_from([0, 1, 30, 400, size])))))
    scrambled = random.Random(draw(st.integers(0, 99)))  # noqa: S311 -- damage is no secret
    instead = draw(
        st.sampled_from(
            [
                b"",
                b"\0" * (stop - start),
                scrambled.randbytes(stop - start),
                scrambled.randbytes(draw(st.integers(0, 300))),
                b"\xf1\x6a",
                b"\xf1\x6a\x03\x00\x1c\x00\x00\x00",
                b"\xf1\x6a\x05\x00\xff\xff\xff\x0f",
            ]
        )
    )
    return start, stop, instead


def alike(left: bytes, right: bytes) -> int:
    """How many bytes they begin with alike."""
    pairs = zip(left, right, strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(left), len(right)))


def damaged(journal: bytes, start: int, stop: int, instead: bytes) -> tuple[bytes, list[Piece]]:
    """The journal with that damage, and the records that are whole in it: what is put there may be what was there."""
    broken, pieces = journal[:start] + instead + journal[stop:], pieces_of(journal)
    if broken == journal:
        return journal, pieces
    first, last = alike(broken, journal), alike(broken[::-1], journal[::-1])
    kept = [piece for piece in pieces if piece.stop <= first]
    begun = kept[-1].stop if kept else 0
    after = shifted([piece for piece in pieces if piece.start >= len(journal) - last], len(broken) - len(journal))
    return broken, kept + [piece for piece in after if piece.start >= begun]


@fuzz(300)
@given(data=st.data(), block=BLOCKS)
def test_records_around_damage_come_back(
    data: st.DataObject, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = _typical(monkeypatch)
    with_block(monkeypatch, block)
    broken, kept = damaged(journal, *data.draw(damages(len(journal))))
    found = read(file_of(tmp_path, broken))
    assert_read(found, said_by(kept), len(broken), kept)
    assert Reader(tmp_path / RECORDS).count(0) == len(kept)


@fuzz(100)
@given(program=PROGRAMS, data=st.data(), block=BLOCKS)
def test_records_of_any_program_come_back(
    program: Program, data: st.DataObject, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_block(monkeypatch, block)
    journal = journal_of(*program)
    broken, kept = damaged(journal, *data.draw(damages(len(journal))))
    assert_read(read(file_of(tmp_path, broken)), said_by(kept), len(broken), kept)


@fuzz(60)
@given(data=st.data(), block=BLOCKS)
def test_much_damage_costs_no_more_than_it_destroys(
    data: st.DataObject, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = bytearray(_typical(monkeypatch))
    with_block(monkeypatch, block)
    places = data.draw(st.sets(st.integers(0, len(journal) - 1), min_size=2, max_size=8))
    kept = [piece for piece in pieces_of(bytes(journal)) if not places & set(range(piece.start, piece.stop))]
    for place in places:
        journal[place] ^= 0xFF
    assert_read(read(file_of(tmp_path, bytes(journal))), said_by(kept), len(journal), kept)


@fuzz(150)
@given(data=st.binary(max_size=400), over=st.booleans())
@example(data=b"", over=True)
@example(data=b"\0", over=True)
@example(data=b"\xf1", over=True)
@example(data=b"\xf1\x6a", over=False)
@example(data=b"\0" * 100_000, over=True)
def test_what_is_no_journal_is_read_without_a_word(data: bytes, over: bool, tmp_path: Path) -> None:
    path = file_of(tmp_path, data)
    found = read(path, over=over)
    assert found.said == Said()
    assert (found.unread, found.records) == ((len(data) if over else 0), 0)
    with pytest.raises(JournalDamaged, match="first record"):
        _ = Journal(tmp_path).start
    assert Reader(path).count(0) == 0
    assert Reader(path).captured() is None


@fuzz(150)
@given(data=st.data(), how=st.sampled_from(["cut", "flip", "zeros"]))
def test_a_damaged_start_is_said_in_one_line(data: st.DataObject, how: str, tmp_path: Path) -> None:
    journal = bytearray(journal_of([]))
    at = data.draw(st.integers(0, len(journal) - 1))
    if how == "cut":
        del journal[at:]
    elif how == "flip":
        journal[at] ^= data.draw(st.integers(1, 255))
    else:
        journal[at:] = b"\0" * (len(journal) - at)
        journal[-1] ^= 1  # were it zeros before
    file_of(tmp_path, bytes(journal))
    with pytest.raises(JournalDamaged) as told:
        _ = Journal(tmp_path).start
    assert "\n" not in str(told.value)
    assert str(tmp_path) in str(told.value)


@fuzz(100)
@given(first=PROGRAMS, second=PROGRAMS, block=BLOCKS)
def test_two_journals_in_one_file(
    first: Program, second: Program, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_block(monkeypatch, block)
    journal = journal_of(*first) + journal_of(*second, places=("memory://other",))
    pieces = pieces_of(journal)
    assert_read(read(file_of(tmp_path, journal)), said_by(pieces), len(journal), pieces)


def test_a_shape_that_is_told_again_counts_from_there_on(tmp_path: Path) -> None:
    rows: list[Op] = [Row({"a": 1.0}, 0)]
    others: list[Op] = [Row({"b": 2.0}, 7)]
    found = read(file_of(tmp_path, journal_of(rows) + journal_of(others)))
    assert (found.said.steps("a"), found.said.steps("b")) == ([0], [7])


def test_a_shape_that_is_told_again_with_more_metrics_raises_nothing(tmp_path: Path) -> None:
    rows: list[Op] = [Row({"a": 1.0}, 0)]
    others: list[Op] = [Row({"b": 2.0, "c": 3.0}, 7)]
    found = read(file_of(tmp_path, journal_of(rows) + journal_of(others)))
    assert {key: found.said.steps(key) for key in "abc"} == {"a": [0], "b": [7], "c": [7]}


def test_rows_of_a_lost_shape_are_counted(tmp_path: Path) -> None:
    journal = journal_of([*(Row({"loss": 1.0}, step) for step in range(5)), Points.of("loss", [(9, 9, 9.0)])])
    shape = next(piece for piece in pieces_of(journal) if piece.kind == Kind.SHAPE)
    found = read(file_of(tmp_path, journal[: shape.start] + journal[shape.stop :]))
    assert (found.unknown, found.said.points) == (6, {})


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (Kind.BATCH, b"{"),
        (Kind.BATCH, b'{"unknown": 1}'),
        (Kind.BATCH, b'{"params": {"": 1}}'),
        (Kind.BATCH, b"\xff"),
        (Kind.FILE, b"[]"),
        (Kind.END, b"null"),
        (Kind.LOST, b""),
        (Kind.CAPTURED, b"1"),
        (Kind.SHAPE, b"\0\0\0\0{}"),
        (Kind.SHAPE, b""),
        (Kind.COLUMNS, b"\0"),
        (Kind.COLUMNS, b"\0\0\0\0\xff\0\0\0" + b"\0" * 9),
        (Kind.COLUMNS, b"\0\0\0\0\x01\0\0\0" + b"\0" * 16),
    ],
)
def test_a_whole_record_that_is_none_of_ours_is_passed_over(kind: Kind, payload: bytes, tmp_path: Path) -> None:
    before, after = Row({"loss": 1.0}, 0), Row({"loss": 2.0}, 1)
    pieces = pieces_of(journal := journal_of([before, after]))
    odd = journal[: pieces[-1].start] + frame(kind, payload) + journal[pieces[-1].start :]
    found = read(file_of(tmp_path, odd))
    assert found.said.steps("loss") == [0, 1]
    assert found.unread == len(payload)
    assert found.stop == len(odd)


@pytest.mark.parametrize("size", [0, 5, 19, 20, 27, 29])
def test_a_row_of_no_width_is_passed_over(size: int, tmp_path: Path) -> None:
    pieces = pieces_of(journal := journal_of([Row({"loss": 1.0}, 0), Row({"loss": 2.0}, 1)]))
    odd = journal[: pieces[-1].start] + frame(Kind.ROW, b"\0" * size) + journal[pieces[-1].start :]
    found = read(file_of(tmp_path, odd))
    assert found.said.steps("loss") == [0, 1]
    assert found.stop == len(odd)


# -- journals that are being written


@fuzz(150)
@given(data=st.data(), block=BLOCKS)
def test_what_is_cut_is_waited_for(
    data: st.DataObject, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = _typical(monkeypatch)
    with_block(monkeypatch, block)
    pieces = pieces_of(journal)
    cut = data.draw(st.integers(0, len(journal)))
    path = file_of(tmp_path, journal[:cut])
    reader = Reader(path)
    whole = [piece for piece in pieces if piece.stop <= cut]
    found = read(path, over=False, reader=reader)
    assert found.said == said_by(whole).said
    assert (found.stop, found.unread) == (whole[-1].stop if whole else 0, 0)
    assert read(path, found.stop, over=False, reader=reader).records == 0
    path.write_bytes(journal)
    rest = read(path, found.stop, over=False, reader=reader)
    assert rest.said == said_by(pieces[len(whole) :], shapes=whole).said
    assert (rest.stop, rest.unread, rest.unknown) == (len(journal), 0, 0)


def test_bytes_come_one_by_one(tmp_path: Path) -> None:
    journal = journal_of([Row({"loss": 1.0}, 0), Batch(tags={"a": "b"}), Row({"loss": 2.0}, 1)], FINISHED)
    path = file_of(tmp_path, b"")
    reader, at, said = Reader(path), 0, Said()
    with path.open("ab", buffering=0) as file:
        for place in range(len(journal)):
            file.write(journal[place : place + 1])
            taken = reader.take(at)
            assert taken.unread == 0
            said.take(taken)
            at = taken.stop
    said.take(reader.take(at))
    assert said == said_by(pieces_of(journal)).said


@pytest.mark.parametrize("block", [64, 1 << 21])
def test_damage_before_other_records_is_not_waited_for(
    block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = _typical(monkeypatch)
    with_block(monkeypatch, block)
    pieces = pieces_of(journal)
    torn = pieces[40]
    broken = journal[: torn.start + 10] + journal[torn.stop :]
    kept = pieces[:40] + shifted(pieces[41:], torn.start + 10 - torn.stop)
    assert_read(read(file_of(tmp_path, broken), over=False), said_by(kept), len(broken), kept)


def test_what_is_cut_stays_so_when_nobody_writes_any_more(tmp_path: Path) -> None:
    journal = journal_of([Row({"loss": 1.0}, 0), Row({"loss": 2.0}, 1)])
    path = file_of(tmp_path, journal[:-1])
    reader = Reader(path)
    found = read(path, over=False, reader=reader)
    assert found.said.steps("loss") == [0]
    last = reader.take(found.stop, over=True)
    assert (last.stop, last.unread, last.records) == (len(journal) - 1, len(journal) - 1 - found.stop, 0)


# -- records that are in memory only


@fuzz(50)
@given(program=PROGRAMS)
def test_bytes_are_decoded_as_a_file_is(program: Program, tmp_path: Path) -> None:
    journal = journal_of(*program)
    reader, said, at = Reader(tmp_path / "none"), Said(), 0
    while at < len(journal):
        taken = reader.decode(memoryview(journal)[at:])
        assert taken.stop > 0
        said.take(taken)
        at += taken.stop
    assert said == said_by(pieces_of(journal)).said


_typicals: list[bytes] = []


def _typical(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The journal of a typical program; the same at each call."""
    if not _typicals:
        monkeypatch.setattr(module, "BLOCK", 1 << 21)
        _typicals.append(journal_of(TYPICAL, FINISHED, process=a_start().process))
    return _typicals[0]
