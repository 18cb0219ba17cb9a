"""Batches and files are written to a run; what the place refuses is set aside, and said once."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from tests.layers.journal.made import a_start

from tracklayer.drivers.memory import MEMORY, MemoryDriver
from tracklayer.errors import (
    Conflict,
    InvalidInput,
    JournalDamaged,
    NotFound,
    QuotaExceeded,
    Rejected,
    TracklayerError,
    Unavailable,
    Unsupported,
)
from tracklayer.layers.journal.folder import Journal
from tracklayer.layers.journal.landing import Landing
from tracklayer.layers.journal.records import Spooled
from tracklayer.layers.journal.refusals import Refusals
from tracklayer.layers.stack import stack
from tracklayer.model import Batch, ExperimentDraft, RunDraft, RunRef
from tracklayer.spi import Driver

WHO: dict[str, Any] = {"provider": "memory", "operation": "write"}
REFUSING = [
    Conflict("another value is there", **WHO),
    Rejected("no", **WHO),
    InvalidInput("no such thing"),
    QuotaExceeded("full", **WHO),
]
FILE = Spooled(path="models/a.bin", name="0a")


class Place:
    """A run in memory; `refuses`: says of a batch, or of a path, what is wrong with it. Counts the calls."""

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        self.driver: Driver = stack(MemoryDriver(MEMORY, url="memory://first"))
        self.run = self.driver.create_run(
            self.driver.create_experiment(ExperimentDraft(name="e")).ref, RunDraft(token="t")
        ).ref
        self.refuses: Callable[[Batch | str], TracklayerError | None] = lambda _: None
        self.calls: list[Batch | str] = []
        self._write, self._put = self.driver.write, self.driver.put_artifact
        patched.setattr(self.driver, "write", self.write)
        patched.setattr(self.driver, "put_artifact", self.put)

    def ask(self, what: Batch | str) -> None:
        self.calls.append(what)
        error = self.refuses(what)
        if error is not None:
            raise error

    def write(self, run: RunRef, batch: Batch, /) -> None:
        self.ask(batch)
        self._write(run, batch)

    def put(self, run: RunRef, path: str, data: BinaryIO, /) -> Any:
        self.ask(path)
        return self._put(run, path, data)

    def refuse(self, error: TracklayerError, *keys: str) -> None:
        """Params and files of these names."""
        self.refuses = lambda what: (
            error if any(key == what or (isinstance(what, Batch) and key in what.params) for key in keys) else None
        )

    @property
    def params(self) -> dict[str, Any]:
        return dict(self.driver.get_run(self.run).params)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Place:
    return Place(monkeypatch)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    (tmp_path / "files").mkdir()
    return Journal(tmp_path, a_start())


@pytest.fixture
def landing(journal: Journal, place: Place) -> Landing:
    return Landing(journal, place.driver)


def aside(journal: Journal) -> list[Any]:
    """What is set aside, as the next process finds it."""
    return [piece for piece, _ in Refusals(journal.path, "memory://first").all()]


# -- what is taken


def test_a_batch_is_written(landing: Landing, place: Place, journal: Journal) -> None:
    landing.write(place.run, Batch(params={"a": 1}, tags={"t": "x"}))
    assert place.params == {"a": 1}
    assert (len(place.calls), landing.refused, aside(journal)) == (1, None, [])


def test_nothing_is_not_written(landing: Landing, place: Place) -> None:
    landing.write(place.run, Batch())
    landing.send(place.run, [])
    assert place.calls == []


def test_files_are_stored_in_their_order(landing: Landing, place: Place, journal: Journal) -> None:
    other = Spooled(path="b", name="0b")
    for file in (FILE, other):
        journal.file(file.name).write_bytes(file.path.encode())
    landing.send(place.run, [FILE, other])
    assert place.calls == ["models/a.bin", "b"]
    with place.driver.open_artifact(place.run, "models/a.bin") as data:
        assert data.read() == b"models/a.bin"


# -- what is refused


@pytest.mark.parametrize("error", REFUSING, ids=lambda error: type(error).__name__)
def test_what_is_refused_is_set_aside_and_all_else_lands(
    error: TracklayerError, landing: Landing, place: Place, journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    place.refuse(error, "b")
    landing.write(place.run, Batch(params={"a": 1, "b": 2, "c": 3}, tags={"t": "x"}))
    assert place.params == {"a": 1, "c": 3}
    assert place.driver.get_run(place.run).tags == {"t": "x"}
    assert aside(journal) == [Batch(params={"b": 2})]
    assert landing.refused is error
    (said,) = caplog.messages
    assert "memory://first refused a part of run 'brisk heron'" in said
    assert str(landing.refusals.path) in said
    assert str(error) in said


def test_a_refusal_is_said_once(
    landing: Landing, place: Place, journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = REFUSING[1], Rejected("no again", **WHO)
    place.refuse(first, "a")
    landing.write(place.run, Batch(params={"a": 1}))
    place.refuse(second, "b", FILE.path)
    journal.file(FILE.name).write_bytes(b"x")
    landing.write(place.run, Batch(params={"b": 1}))
    landing.send(place.run, [FILE])
    assert aside(journal) == [Batch(params={"a": 1}), Batch(params={"b": 1}), FILE]
    assert [why for _, why in landing.refusals.all()] == [str(first), str(second), str(second)]
    assert landing.refused is first
    assert len(caplog.messages) == 1


def test_a_file_that_is_refused_keeps_no_other_from_landing(landing: Landing, place: Place, journal: Journal) -> None:
    other = Spooled(path="b", name="0b")
    for file in (FILE, other):
        journal.file(file.name).write_bytes(b"x")
    place.refuse(REFUSING[3], FILE.path)
    landing.send(place.run, [FILE, other])
    assert aside(journal) == [FILE]
    assert [one.path for one in place.driver.list_artifacts(place.run).items] == ["b"]


def test_a_file_that_nobody_has_is_set_aside(landing: Landing, place: Place, journal: Journal) -> None:
    landing.send(place.run, [FILE])
    assert aside(journal) == [FILE]
    assert isinstance(landing.refused, InvalidInput)
    assert place.calls == []


def test_what_a_place_does_not_offer_is_left_out(
    landing: Landing, place: Place, journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    errors = {"a": Unsupported("memory", "inputs", "none"), "b": Unsupported("memory", "metric NaN", "none")}
    for key, times in (("a", 1), ("a", 1), ("b", 2), ("b", 2)):
        place.refuse(errors[key], key)
        landing.write(place.run, Batch(params={key: 1, "c": 1}))
        assert len(caplog.messages) == times, "once a feature"
        assert "left out at memory://first" in caplog.messages[-1]
        assert errors[key].feature in caplog.messages[-1]
    assert (place.params, aside(journal), landing.refused) == ({"c": 1}, [], None)
    assert not landing.refusals.path.exists()


def test_a_file_whose_name_leads_elsewhere_is_set_aside(landing: Landing, place: Place, journal: Journal) -> None:
    """A record that is damaged in such a way would else keep all behind it from landing."""
    strange = FILE.model_copy(update={"name": "../elsewhere"})
    landing.send(place.run, [strange])
    assert aside(journal) == [strange]
    assert isinstance(landing.refused, JournalDamaged)
    assert place.calls == []


@pytest.mark.parametrize(
    "error", [Unavailable("down", **WHO), NotFound("no run", **WHO)], ids=["Unavailable", "NotFound"]
)
def test_what_is_wrong_with_the_place_travels_on(
    error: TracklayerError, landing: Landing, place: Place, journal: Journal
) -> None:
    journal.file(FILE.name).write_bytes(b"x")
    place.refuses = lambda _: error
    with pytest.raises(type(error)):
        landing.write(place.run, Batch(params={"a": 1}))
    with pytest.raises(type(error)):
        landing.send(place.run, [FILE])
    assert (aside(journal), landing.refused) == ([], None)


def test_a_deleted_run_is_waited_for(landing: Landing, place: Place, journal: Journal) -> None:
    place.driver.delete(place.run)
    place.refuses = lambda _: REFUSING[0]
    with pytest.raises(NotFound, match=f"run '{place.run.id}' is deleted: restore it, and what was logged follows"):
        landing.write(place.run, Batch(params={"a": 1}))
    assert (aside(journal), landing.refused) == ([], None)


def test_where_nothing_can_be_set_aside_it_is_said(
    tmp_path: Path, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    landing = Landing(Journal(tmp_path / "none", a_start()), place.driver)
    place.refuse(REFUSING[1], "b")
    landing.write(place.run, Batch(params={"a": 1, "b": 2}))
    assert place.params == {"a": 1}
    assert landing.refused is REFUSING[1]
    assert "cannot be kept: No such file or directory" in caplog.messages[0]


# -- once more


@pytest.fixture
def refused(landing: Landing, place: Place, journal: Journal) -> Landing:
    """With two params and a file set aside."""
    journal.file(FILE.name).write_bytes(b"x")
    place.refuse(REFUSING[1], "a", "b", FILE.path)
    landing.write(place.run, Batch(params={"a": 1, "b": 2}))
    landing.send(place.run, [FILE])
    assert len(aside(journal)) == 3
    place.calls.clear()
    return landing


def test_what_is_taken_at_last_is_forgotten(refused: Landing, place: Place, journal: Journal) -> None:
    place.refuses = lambda _: None
    refused.retry(place.run)
    assert place.params == {"a": 1, "b": 2}
    assert [one.path for one in place.driver.list_artifacts(place.run).items] == [FILE.path]
    assert (aside(journal), refused.refusals.path.exists()) == ([], False)
    assert not journal.refused
    place.calls.clear()
    refused.retry(place.run)
    assert place.calls == []


def test_what_is_refused_again_stays(refused: Landing, place: Place, journal: Journal) -> None:
    again = Conflict("still not", **WHO)
    place.refuse(again, "b", FILE.path)
    refused.retry(place.run)
    assert place.params == {"a": 1}
    assert refused.refusals.all() == [(Batch(params={"b": 2}), str(again)), (FILE, str(again))]
    assert aside(journal) == [Batch(params={"b": 2}), FILE]


@pytest.mark.parametrize("which", ["a", "b", FILE.path])
def test_a_retry_that_breaks_off_loses_nothing(which: str, refused: Landing, place: Place, journal: Journal) -> None:
    before = aside(journal)
    place.refuse(Unavailable("down", **WHO), which)
    with pytest.raises(Unavailable):
        refused.retry(place.run)
    assert aside(journal) == before
    place.refuses = lambda _: None
    refused.retry(place.run)
    assert (place.params, aside(journal)) == ({"a": 1, "b": 2}, [])


def test_a_journal_that_is_deleted_meanwhile_does_not_come_back(
    refused: Landing, place: Place, journal: Journal
) -> None:
    def carried(_: Batch | str) -> TracklayerError:
        journal.remove()
        return REFUSING[1]

    place.refuses = carried
    refused.retry(place.run)
    assert not journal.path.exists()


def test_what_is_refused_meanwhile_stays(refused: Landing, place: Place, journal: Journal) -> None:
    late = Batch(params={"late": 1})

    def meanwhile(what: Batch | str) -> None:
        if what == FILE.path:  # another process carries the same journal
            Refusals(journal.path, "memory://first").add([(late, REFUSING[1])])

    place.refuses = meanwhile
    refused.retry(place.run)
    assert aside(journal) == [late]


def test_a_stored_file_is_what_was_spooled(refused: Landing, place: Place) -> None:
    place.refuses = lambda _: None
    refused.retry(place.run)
    place.driver.put_artifact(place.run, "other", BytesIO(b"y"))
    with place.driver.open_artifact(place.run, FILE.path) as data:
        assert data.read() == b"x"
