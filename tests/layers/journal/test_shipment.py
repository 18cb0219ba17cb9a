"""One journal on its way to one place, where the place does odd things."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.layers.journal.made import Op, journal_of

from tracklayer.drivers.memory import MEMORY, MemoryDriver
from tracklayer.errors import Timeout
from tracklayer.layers.journal.folder import RECORDS, Journal
from tracklayer.layers.journal.records import End
from tracklayer.layers.journal.shipment import Shipment
from tracklayer.layers.stack import stack
from tracklayer.model import Batch, ExperimentRef, Points, Query, Run, RunDraft
from tracklayer.spi import Cursor, Page, Wrapper

LATE = "t-late"


class Outlived(Wrapper):
    """The first request for a run is given up, and is carried out once the second has been."""

    def __init__(self) -> None:
        super().__init__(MemoryDriver(MEMORY, url="memory://outlived"))
        self.asked = 0

    def create_run(self, experiment: ExperimentRef, draft: RunDraft, /) -> Run:
        self.asked += 1
        if self.asked == 1:
            message = "no answer in time"
            raise Timeout(message, provider="memory", operation="create_run", retryable=False)
        made = self.inner.create_run(experiment, draft)
        self.inner.create_run(experiment, draft.model_copy(update={"token": LATE}))
        return made

    def list_runs(self, query: Query, after: Cursor | None = None, /) -> Page[Run]:
        found = self.inner.list_runs(query.model_copy(update={"where": ()}), after)
        return Page(tuple(run.model_copy(update={"token": "t"}) for run in found.items), found.after)


def runs(place: Outlived) -> list[Run]:
    home = place.inner.get_experiment("Default").ref
    return list(place.inner.list_runs(Query(experiments=(home,))).items)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """Of a writer that is gone."""
    path = tmp_path / "j"
    path.mkdir()
    points = Points.of("loss", [(0, 1, 0.5)])
    logged: list[Op] = [Batch(params={"lr": 0.1}), points]
    end = End(change=Batch(status="finished"))
    (path / RECORDS).write_bytes(journal_of(logged, end, draft=RunDraft(token="t", name="n")))
    return Journal(path)


def carry(journal: Journal, place: Outlived) -> None:
    shipment = Shipment(journal, stack(place))
    with pytest.raises(Timeout):
        shipment.ship()
    while shipment.ship():
        pass
    assert shipment.cursor.done


def test_a_run_that_was_made_after_its_asker_had_given_up_is_taken_away(journal: Journal) -> None:
    place = Outlived()
    carry(journal, place)
    assert [run.params for run in runs(place)] == [{"lr": 0.1}]


def test_but_not_one_that_holds_something(journal: Journal) -> None:
    place = Outlived()
    shipment = Shipment(journal, stack(place))
    with pytest.raises(Timeout):
        shipment.ship()
    shipment._run()
    late = next(run for run in runs(place) if run.token == LATE)
    place.inner.write(late.ref, Batch(params={"somebody": "else's"}))
    while shipment.ship():
        pass
    assert len(runs(place)) == 2


def test_nothing_is_looked_for_where_the_first_request_was_answered(journal: Journal) -> None:
    place = Outlived()
    place.asked = 1
    shipment = Shipment(journal, stack(place))
    while shipment.ship():
        pass
    assert len(runs(place)) == 2, "the twin was there, and nobody had a reason to look"
