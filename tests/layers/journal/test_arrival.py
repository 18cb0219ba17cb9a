"""The run of a journal when its first records get to a place: made, found, or waited for, by a clock that stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.layers.journal.made import Clock, a_start, journal_of

from tracklayer.drivers.memory import MEMORY, MemoryDriver
from tracklayer.errors import Conflict, NotFound
from tracklayer.layers.journal.arrival import CAPTURE, MAKER, Arrival
from tracklayer.layers.journal.creation import DEFAULT, named
from tracklayer.layers.journal.cursor import Cursor, write_cursor
from tracklayer.layers.journal.folder import RECORDS, Journal
from tracklayer.layers.journal.records import Captured
from tracklayer.layers.journal.writer import Writer
from tracklayer.layers.stack import stack
from tracklayer.model import Batch, Query, Run, RunDraft, Source
from tracklayer.spi import Driver

SOURCE = Source(commit="c0ffee")
PLACE = "memory://first"


@pytest.fixture
def driver() -> Driver:
    return stack(MemoryDriver(MEMORY, url=PLACE))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(name="begun")
def _begun() -> Iterator[Any]:
    """Begins a journal of this process."""
    opened: list[Writer] = []

    def begin(**changes: Any) -> tuple[Journal, Writer]:
        writer = Writer(a_start(**changes))
        opened.append(writer)
        assert writer.path is not None
        return Journal(writer.path, writer.start), writer

    yield begin
    for writer in opened:
        writer.close()


def left(tmp_path: Path, name: str = "j", *, captured: Captured | None = None, **changes: Any) -> Journal:
    """A journal that somebody else writes, or wrote."""
    path = tmp_path / name
    path.mkdir()
    (path / RECORDS).write_bytes(journal_of([] if captured is None else [captured], **changes))
    return Journal(path)


def runs(driver: Driver) -> list[str]:
    """All that there are."""
    try:
        query = Query(experiments=(driver.get_experiment(DEFAULT).ref,), view="all")
    except NotFound:
        return []
    return [run.id for run in driver.list_runs(query).items]


def a_run(driver: Driver, token: str = "t") -> Run:  # noqa: S107 -- of a run
    return driver.create_run(named(driver, DEFAULT).ref, RunDraft(token=token))


def there(run: Run | None) -> Run:
    assert run is not None
    return run


# -- a journal that is there, or is not


def test_the_run_is_made_at_once(driver: Driver, begun: Any) -> None:
    journal, writer = begun()
    run = there(Arrival(journal, driver, writer).run(over=False))
    assert (run.name, run.source, runs(driver)) == ("brisk heron", None, [run.id])
    assert there(Arrival(journal, driver, writer).run(over=False)).id == run.id


@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize("owner", [True, False], ids=["maker", "joiner"])
def test_a_journal_that_vanished_makes_no_run(owner: bool, over: bool, driver: Driver, tmp_path: Path) -> None:
    journal, clock = left(tmp_path, owner=owner, resume={}), Clock()
    arrival = Arrival(journal, driver, None, clock=clock)
    assert journal.start.owner is owner
    journal.remove()
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            arrival.run(over=over)
        clock.now += 2 * MAKER
    assert runs(driver) == []


def test_a_journal_that_vanished_opens_no_run_again(driver: Driver, tmp_path: Path) -> None:
    known = a_run(driver, "other")
    driver.write(known.ref, Batch(status="finished"))
    journal = left(tmp_path, resume={PLACE: known.id})
    assert journal.start.resume == {PLACE: known.id}
    journal.remove()
    with pytest.raises(FileNotFoundError):
        Arrival(journal, driver, None).run(over=True)
    assert driver.get_run(known.ref).status == "finished"


def test_a_journal_in_no_file_makes_its_run(driver: Driver, tmp_path: Path, begun: Any) -> None:
    _, writer = begun()
    nowhere = Journal(tmp_path / "none", writer.start)
    assert there(Arrival(nowhere, driver, writer).run(over=False)).id in runs(driver)


def test_a_run_that_ended_is_opened_again_by_who_writes_it(driver: Driver, begun: Any, tmp_path: Path) -> None:
    made = a_run(driver)
    driver.write(made.ref, Batch(status="finished"))
    assert there(Arrival(left(tmp_path), driver, None).run(over=True)).status == "finished"
    assert driver.get_run(made.ref).status == "finished"
    journal, writer = begun()
    assert there(Arrival(journal, driver, writer).run(over=False)).status == "running"
    assert runs(driver) == [made.id]


def test_a_run_is_gone_on_with_where_it_is_known(driver: Driver, begun: Any) -> None:
    known = a_run(driver, "other")
    driver.write(known.ref, Batch(status="finished"))
    journal, writer = begun(resume={PLACE: known.id}, owner=False, capturing=True)
    run = there(Arrival(journal, driver, writer).run(over=False))
    assert (run.id, run.status, runs(driver)) == (known.id, "running", [known.id])
    driver.delete(known.ref)
    with pytest.raises(Conflict, match="restore it first"):
        Arrival(journal, driver, writer).run(over=False)
    journal, writer = begun(resume={"memory://second": "1"})
    assert there(Arrival(journal, driver, writer).run(over=False)).id != known.id


# -- what is found out of the program


def test_a_run_waits_for_what_is_found_out(driver: Driver, begun: Any, clock: Clock) -> None:
    journal, writer = begun(capturing=True)
    arrival = Arrival(journal, driver, writer, clock=clock)
    for now in (0.0, 1.0, CAPTURE - 0.001):
        clock.now = 1_000 + now
        assert arrival.run(over=False) is None
    assert runs(driver) == []
    writer.capture(Captured(source=SOURCE))
    assert there(arrival.run(over=False)).source == SOURCE


def test_a_run_waits_no_longer_than_that(driver: Driver, begun: Any, clock: Clock) -> None:
    journal, writer = begun(capturing=True)
    arrival = Arrival(journal, driver, writer, clock=clock)
    assert arrival.run(over=False) is None
    clock.now += CAPTURE
    assert there(arrival.run(over=False)).source is None


def test_a_run_of_a_program_that_ended_waits_for_nothing(driver: Driver, begun: Any, clock: Clock) -> None:
    journal, writer = begun(capturing=True)
    assert there(Arrival(journal, driver, writer, clock=clock).run(over=True)).source is None


def test_what_was_found_out_late_is_taken_still(driver: Driver, begun: Any, clock: Clock) -> None:
    journal, writer = begun(capturing=True)
    arrival = Arrival(journal, driver, writer, clock=clock)
    writer.capture(Captured(source=SOURCE))
    clock.now += 5 * CAPTURE
    assert there(arrival.run(over=True)).source == SOURCE


def test_somebody_elses_journal_tells_what_was_found_out(driver: Driver, tmp_path: Path, clock: Clock) -> None:
    journal = left(tmp_path, capturing=True)
    arrival = Arrival(journal, driver, None, clock=clock)
    assert arrival.run(over=False) is None
    journal.records.write_bytes(journal_of([Captured(source=SOURCE)], capturing=True))
    assert there(arrival.run(over=False)).source == SOURCE


def test_somebody_elses_journal_is_waited_for_no_longer(driver: Driver, tmp_path: Path, clock: Clock) -> None:
    arrival = Arrival(left(tmp_path, capturing=True), driver, None, clock=clock)
    assert arrival.run(over=False) is None
    clock.now += CAPTURE
    assert there(arrival.run(over=False)).source is None


# -- who joins a run that another makes


def test_who_joins_finds_what_a_sibling_knows(driver: Driver, begun: Any, clock: Clock) -> None:
    made = a_run(driver, "of any token")
    maker, _ = begun()
    journal, writer = begun(owner=False)
    arrival = Arrival(journal, driver, writer, clock=clock)
    assert arrival.run(over=False) is None
    write_cursor(maker.path, Cursor(place="memory://second", run="1"))
    assert arrival.run(over=False) is None
    write_cursor(maker.path, Cursor(place=PLACE, run=made.id))
    assert there(arrival.run(over=False)).id == made.id
    assert runs(driver) == [made.id]


def test_who_joins_takes_nothing_from_another_run(driver: Driver, begun: Any, clock: Clock) -> None:
    stranger, _ = begun(draft=RunDraft(token="other"))
    write_cursor(stranger.path, Cursor(place=PLACE, run=a_run(driver, "other").id))
    journal, writer = begun(owner=False)
    assert Arrival(journal, driver, writer, clock=clock).run(over=False) is None


@pytest.mark.parametrize("over", [False, True])
def test_who_joins_finds_the_token(over: bool, driver: Driver, begun: Any, clock: Clock) -> None:
    made = a_run(driver)
    journal, writer = begun(owner=False, capturing=True)
    assert there(Arrival(journal, driver, writer, clock=clock).run(over=over)).id == made.id
    assert runs(driver) == [made.id]


@pytest.mark.parametrize(("over", "patience"), [(False, MAKER), (True, MAKER / 6)], ids=["goes on", "has ended"])
def test_who_joins_makes_the_run_when_nobody_does(
    over: bool, patience: float, driver: Driver, begun: Any, clock: Clock
) -> None:
    journal, writer = begun(owner=False)
    arrival = Arrival(journal, driver, writer, clock=clock)
    clock.now += 10 * MAKER  # it is counted from the first look
    for later in (0.0, patience / 2, patience / 2):
        clock.now += later
        assert arrival.run(over=over) is None
    assert runs(driver) == []
    clock.now += 0.001
    run = there(arrival.run(over=over))
    assert (run.name, runs(driver)) == ("brisk heron", [run.id])
    assert driver.get_run(run.ref).token == "t"


def test_who_joins_somebody_elses_waits_while_they_live(driver: Driver, tmp_path: Path, clock: Clock) -> None:
    arrival = Arrival(left(tmp_path, owner=False), driver, None, clock=clock)
    assert arrival.run(over=False) is None
    clock.now += MAKER
    assert arrival.run(over=False) is None
    clock.now += 0.001
    assert there(arrival.run(over=False)).id in runs(driver)


def test_who_is_dead_waits_for_no_maker(driver: Driver, tmp_path: Path, clock: Clock) -> None:
    run = there(Arrival(left(tmp_path, owner=False), driver, None, clock=clock).run(over=True))
    assert (run.status, runs(driver)) == ("running", [run.id])


def test_a_run_that_is_gone_is_not_made_again_by_who_joins(driver: Driver, begun: Any, clock: Clock) -> None:
    maker, _ = begun()
    write_cursor(maker.path, Cursor(place=PLACE, run="gone"))
    journal, writer = begun(owner=False)
    with pytest.raises(NotFound):
        Arrival(journal, driver, writer, clock=clock).run(over=False)
    assert runs(driver) == []


def test_a_sibling_of_this_process_is_closed_like_any(driver: Driver) -> None:
    with closing(Writer(a_start(owner=False))) as writer:
        assert writer.path is not None
        mine = Journal(writer.path, writer.start)
        write_cursor(mine.path, Cursor(place=PLACE, run="mine"))
        assert Arrival(mine, driver, writer, clock=Clock()).run(over=False) is None, "its own cursor is no sibling's"
