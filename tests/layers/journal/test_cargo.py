"""The files of a run, from the journal's folder to its places."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NoReturn

import pytest
from tests.layers.journal.made import Op, a_start, journal_of, pieces_of

from tracklayer.errors import InvalidInput, JournalDamaged, TracklayerError, Unavailable
from tracklayer.layers.journal import cargo as module
from tracklayer.layers.journal.cargo import let_go, send_file
from tracklayer.layers.journal.cursor import Cursor, write_cursor
from tracklayer.layers.journal.folder import Journal
from tracklayer.layers.journal.records import Spooled
from tracklayer.layers.stack import stack
from tracklayer.model import Batch, ExperimentDraft, RunDraft, RunRef
from tracklayer.spi import Driver, open_driver

FILE = Spooled(path="models/a.bin", name="0a")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Callable[[str], tuple[Driver, RunRef]]]:
    """Opens a store with a run in it."""
    opened: list[Driver] = []

    def make(name: str) -> tuple[Driver, RunRef]:
        driver = stack(open_driver(f"local:{tmp_path}/{name}.db"))
        opened.append(driver)
        made = driver.create_experiment(ExperimentDraft(name="e"))
        return driver, driver.create_run(made.ref, RunDraft(token="t")).ref

    yield make
    for driver in opened:
        driver.close()


Place = Callable[[str], tuple[Driver, RunRef]]


def journal_to(tmp_path: Path, *places: str) -> Journal:
    path = tmp_path / "journal"
    (path / "files").mkdir(parents=True)
    return Journal(path, a_start(places=places))


def kept(driver: Driver, run: RunRef, path: str = FILE.path) -> bytes:
    with driver.open_artifact(run, path) as data:
        return data.read()


def test_a_file_that_waits_is_stored(place: Place, tmp_path: Path) -> None:
    driver, run = place("a")
    journal = journal_to(tmp_path, driver.url)
    for data in (b"x" * 100_000, b""):
        (journal.files / FILE.name).write_bytes(data)
        send_file(driver, run, journal, FILE)
        assert kept(driver, run) == data
        assert (journal.files / FILE.name).exists()


@pytest.mark.parametrize("name", ["../records", "/etc/passwd", "a/b", ".."])
def test_a_name_that_leads_elsewhere_is_refused(name: str, place: Place, tmp_path: Path) -> None:
    driver, run = place("a")
    journal = journal_to(tmp_path, driver.url)
    (journal.path / "records").write_bytes(b"not to be sent")
    with pytest.raises(JournalDamaged):
        send_file(driver, run, journal, Spooled(path="x", name=name))
    assert driver.list_artifacts(run).items == ()
    with pytest.raises(JournalDamaged):
        let_go(journal, [Spooled(path="x", name=name)], 0)
    assert (journal.path / "records").exists()


def test_a_file_that_is_gone_comes_from_another_place(place: Place, tmp_path: Path) -> None:
    first, mine = place("first")
    empty, without = place("empty")
    later, theirs = place("later")
    journal = journal_to(tmp_path, "memory://unknown", later.url, empty.url, first.url)
    for driver, run in ((empty, without), (first, mine), (later, theirs)):
        write_cursor(journal.path, Cursor(place=driver.url, run=run.id, position=100))
    first.put_artifact(mine, FILE.path, BytesIO(b"from elsewhere"))
    send_file(later, theirs, journal, FILE)
    assert kept(later, theirs) == b"from elsewhere"


def test_a_file_that_nobody_has_is_refused(place: Place, tmp_path: Path) -> None:
    first, mine = place("first")
    later, theirs = place("later")
    journal = journal_to(tmp_path, first.url, later.url)
    write_cursor(journal.path, Cursor(place=first.url, run=mine.id))
    with pytest.raises(InvalidInput, match=r"'models/a\.bin' is neither in .*journal nor in any other place"):
        send_file(later, theirs, journal, FILE)


class Down:
    """Stands in for `put_artifact` of a place that does not answer."""

    def __call__(self, _: RunRef, __: str, data: BinaryIO, /) -> NoReturn:
        assert data.read() == b"from elsewhere"
        message = "no answer"
        raise Unavailable(message, provider="local", operation="put_artifact")


def test_a_place_that_does_not_answer_is_tried_again(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, mine = place("first")
    later, theirs = place("later")
    journal = journal_to(tmp_path, first.url, later.url)
    write_cursor(journal.path, Cursor(place=first.url, run=mine.id))
    first.put_artifact(mine, FILE.path, BytesIO(b"from elsewhere"))
    monkeypatch.setattr(later, "put_artifact", Down())
    with pytest.raises(Unavailable):
        send_file(later, theirs, journal, FILE)


def test_a_place_that_cannot_be_opened_is_passed_over(place: Place, tmp_path: Path) -> None:
    first, mine = place("first")
    later, theirs = place("later")
    journal = journal_to(tmp_path, "gone://x", first.url, later.url)
    write_cursor(journal.path, Cursor(place="gone://x", run="1"))
    write_cursor(journal.path, Cursor(place=first.url, run=mine.id))
    first.put_artifact(mine, FILE.path, BytesIO(b"from elsewhere"))
    try:
        send_file(later, theirs, journal, FILE)
    except TracklayerError as error:
        pytest.fail(str(error))
    assert kept(later, theirs) == b"from elsewhere"


# -- letting go


def journal_with(tmp_path: Path, *ops: Op) -> tuple[Journal, list[int]]:
    """A journal to two places, with the files that it names, and where each record ends."""
    journal = journal_to(tmp_path, "memory://a", "memory://b")
    journal.records.write_bytes(data := journal_of(ops, places=journal.start.places))
    for op in ops:
        if isinstance(op, Spooled):
            journal.file(op.name).touch()
    return journal, [piece.stop for piece in pieces_of(data)]


def waiting(journal: Journal) -> set[str]:
    return {path.name for path in journal.files.iterdir()}


def at(journal: Journal, place: str, position: int) -> None:
    write_cursor(journal.path, Cursor(place=f"memory://{place}", position=position))


SECOND = Spooled(path="models/b.bin", name="0b")
TAGS = Batch(tags={"t": "x"})


@pytest.mark.parametrize("turned", [False, True], ids=["the first is ahead", "the second is ahead"])
def test_files_are_deleted_however_the_takes_are_cut(turned: bool, tmp_path: Path) -> None:
    journal, (_, first, _, second, stop) = journal_with(tmp_path, FILE, TAGS, SECOND, TAGS)
    fast, slow = ("b", "a") if turned else ("a", "b")
    at(journal, fast, first)
    let_go(journal, [FILE], first)
    assert waiting(journal) == {FILE.name, SECOND.name}
    at(journal, slow, stop)
    let_go(journal, [FILE, SECOND], stop)
    assert waiting(journal) == {SECOND.name}, "the other is past the first one, and in the midst of the take"
    at(journal, fast, second)
    let_go(journal, [SECOND], second)
    assert waiting(journal) == set()


def test_files_that_a_place_is_far_from_are_not_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal, (*_, stop) = journal_with(tmp_path, TAGS, FILE)
    at(journal, "a", stop)
    at(journal, "b", 1)
    monkeypatch.setattr(module, "BLOCK", stop - 2)
    monkeypatch.setattr(module, "Reader", None)
    let_go(journal, [FILE], stop)
    assert waiting(journal) == {FILE.name}


def test_a_journal_that_is_gone_has_no_files(tmp_path: Path) -> None:
    journal, (*_, stop) = journal_with(tmp_path, FILE)
    journal.remove()
    let_go(journal, [FILE], stop)
    assert not journal.path.exists()


def test_files_are_deleted_when_all_places_are_past_them(tmp_path: Path) -> None:
    journal = journal_to(tmp_path, "memory://a", "memory://b")
    grows = Spooled(path="output.log", name="0b", last=True)
    for file in (FILE, grows):
        (journal.files / file.name).touch()
    files = [FILE, grows, Spooled(path="gone", name="0c")]
    for positions in [(), (100,), (100, 99)]:
        for place, position in zip(("memory://a", "memory://b"), positions, strict=False):
            write_cursor(journal.path, Cursor(place=place, position=position))
        let_go(journal, files, 100)
        assert (journal.files / FILE.name).exists()
    write_cursor(journal.path, Cursor(place="memory://b", position=100))
    write_cursor(journal.path, Cursor(place="memory://late", position=0))
    let_go(journal, files, 100)
    assert (journal.files / FILE.name).exists(), "a place that came later wants it too"
    write_cursor(journal.path, Cursor(place="memory://late", position=101))
    let_go(journal, files, 100)
    assert [path.name for path in journal.files.iterdir()] == [grows.name]
    let_go(journal, [grows], 100)
    let_go(journal, [], 100)
    assert [path.name for path in journal.files.iterdir()] == [grows.name]
