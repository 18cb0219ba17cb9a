"""The run of a journal in one place: made there, or found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from contract_tests.targets.lean import TARGET as LEAN
from tests.layers.journal.made import a_start, journal_of

from tracklayer.drivers.memory import MEMORY, MemoryDriver
from tracklayer.errors import AlreadyExists, Conflict, NotFound
from tracklayer.layers.journal.creation import DEFAULT, created, joined, named, resumed, token_found
from tracklayer.layers.journal.cursor import Cursor, write_cursor
from tracklayer.layers.journal.folder import RECORDS, Journal
from tracklayer.layers.journal.records import Parent
from tracklayer.layers.stack import stack
from tracklayer.model import Batch, Experiment, ExperimentDraft, Run, RunDraft, RunRef, Source
from tracklayer.spi import Claim, Driver, Feature, Traits, never

STARTED = datetime(2026, 1, 1, tzinfo=timezone.utc)
DRAFT = RunDraft(
    token="t",
    name="brisk heron",
    started=STARTED,
    tags={"empty": "", "full": "x"},
    description="why",
    user="ada",
)
SOURCE = Source(commit="c0ffee")


def lacking(*features: Feature) -> Traits:
    claims: dict[Feature, Claim] = {**MEMORY.claims, **{one: never("left out on purpose") for one in features}}
    return MEMORY.model_copy(update={"claims": claims})


def place(traits: Traits = MEMORY) -> Driver:
    return stack(MemoryDriver(traits, url="memory://first"))


def journal(tmp_path: Path, name: str = "j", **changes: Any) -> Journal:
    """A journal on the disk, beside others of the test."""
    path = tmp_path / name
    path.mkdir()
    (path / RECORDS).write_bytes(journal_of([], **{"draft": DRAFT, **changes}))
    return Journal(path)


def runs(driver: Driver, name: str = DEFAULT) -> list[str]:
    from tracklayer.model import Query  # noqa: PLC0415 -- its only use

    query = Query(experiments=(driver.get_experiment(name).ref,), view="all")
    return [run.id for run in driver.list_runs(query).items]


def a_run(driver: Driver, token: str, experiment: str = DEFAULT) -> Run:
    return driver.create_run(named(driver, experiment).ref, RunDraft(token=token))


# -- made, or found


def test_a_run_is_made_as_its_start_describes_it(tmp_path: Path) -> None:
    driver = place()
    made = created(driver, journal(tmp_path, experiment="e"), SOURCE, live=True)
    assert (made.name, made.started, made.description, made.user) == ("brisk heron", STARTED, "why", "ada")
    assert (made.tags, made.source, made.status, made.parent) == (DRAFT.tags, SOURCE, "running", None)
    assert driver.get_experiment(made.experiment).name == "e"
    assert driver.get_run(made.ref).token == "t"


def test_without_a_name_the_experiment_is_the_usual_one(tmp_path: Path) -> None:
    driver = place()
    assert driver.get_experiment(created(driver, journal(tmp_path), None, live=True).experiment).name == DEFAULT


def test_a_source_that_was_known_before_stays(tmp_path: Path) -> None:
    draft = DRAFT.model_copy(update={"source": SOURCE})
    assert created(place(), journal(tmp_path, draft=draft), None, live=True).source == SOURCE


@pytest.mark.parametrize("traits", [MEMORY, lacking(Feature.IDEMPOTENT_CREATE)], ids=["by the provider", "by us"])
def test_a_token_gives_the_same_run_again(traits: Traits, tmp_path: Path) -> None:
    driver, mine = place(traits), journal(tmp_path)
    first = created(driver, mine, None, live=True)
    assert created(driver, mine, None, live=True).id == first.id
    assert created(driver, journal(tmp_path, "other", draft=RunDraft(token="other")), None, live=True).id != first.id
    assert len(runs(driver)) == 2
    found = token_found(driver, first.experiment, "t")
    assert found is not None
    assert found.id == first.id
    assert token_found(driver, first.experiment, "none") is None


def test_a_deleted_run_is_found_too() -> None:
    driver = place()
    made = a_run(driver, "t")
    driver.delete(made.ref)
    found = token_found(driver, made.experiment, "t")
    assert found is not None
    assert (found.id, found.deleted) == (made.id, True)


@pytest.mark.parametrize("traits", [MEMORY, lacking(Feature.IDEMPOTENT_CREATE)], ids=["by the provider", "by us"])
def test_a_run_that_ended_is_opened_again(traits: Traits, tmp_path: Path) -> None:
    driver, mine = place(traits), journal(tmp_path)
    made = created(driver, mine, None, live=True)
    driver.write(made.ref, Batch(status="finished", ended=STARTED))
    again = created(driver, mine, None, live=True)
    assert (again.id, again.status) == (made.id, "running")
    assert (driver.get_run(made.ref).status, driver.get_run(made.ref).ended) == ("running", None)


def test_a_run_that_ended_stays_so_when_its_writer_is_gone(tmp_path: Path) -> None:
    driver, mine = place(), journal(tmp_path)
    made = created(driver, mine, None, live=False)
    assert made.status == "running"
    driver.write(made.ref, Batch(status="failed", ended=STARTED))
    again = created(driver, mine, None, live=False)
    assert (again.id, again.status, again.ended) == (made.id, "failed", STARTED)


def test_a_run_that_ended_stays_so_where_it_cannot_be_opened(tmp_path: Path) -> None:
    driver, mine = place(lacking(Feature.RESUME)), journal(tmp_path)
    made = created(driver, mine, None, live=True)
    driver.write(made.ref, Batch(status="finished"))
    assert created(driver, mine, None, live=True).status == "finished"


# -- gone on with


@pytest.mark.parametrize("status", ["finished", "failed", "killed", "running"])
def test_a_run_is_gone_on_with(status: Any) -> None:
    driver = place()
    made = a_run(driver, "t")
    driver.write(made.ref, Batch(status=status))
    assert resumed(driver, made.ref).status == "running"
    assert driver.get_run(made.ref).status == "running"


def test_a_run_that_is_deleted_or_not_there_is_not_gone_on_with() -> None:
    driver = place()
    made = a_run(driver, "t")
    driver.delete(made.ref)
    with pytest.raises(Conflict, match="is deleted: restore it first"):
        resumed(driver, made.ref)
    with pytest.raises(NotFound):
        resumed(driver, RunRef(id="none"))


# -- joined


def test_who_joins_makes_nothing(tmp_path: Path) -> None:
    driver, mine = place(), journal(tmp_path, owner=False)
    assert joined(driver, mine) is None
    with pytest.raises(NotFound):
        driver.get_experiment(DEFAULT)
    named(driver, DEFAULT)
    assert joined(driver, mine) is None
    assert runs(driver) == []
    made = a_run(driver, "t")
    found = joined(driver, mine)
    assert found is not None
    assert found.id == made.id


def test_who_joins_waits_for_the_parent(tmp_path: Path) -> None:
    driver = place()
    above = Parent(token="above", experiment="e")
    mine = journal(tmp_path, owner=False, parent=above, experiment="e")
    assert joined(driver, mine) is None
    a_run(driver, "above", "e")
    assert joined(driver, mine) is None
    made = a_run(driver, "t", "e")
    found = joined(driver, mine)
    assert found is not None
    assert found.id == made.id


# -- experiments


def test_an_experiment_that_somebody_else_makes_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = place()
    made = driver.create_experiment(ExperimentDraft(name="e"))
    known: Callable[..., Experiment] = driver.get_experiment
    asked: list[object] = []

    def late(which: Any, /) -> Experiment:
        asked.append(which)
        if len(asked) == 1:
            raise NotFound("not yet", provider="memory", operation="get_experiment")
        return known(which)

    monkeypatch.setattr(driver, "get_experiment", late)
    assert named(driver, "e") == made
    with pytest.raises(AlreadyExists):
        driver.create_experiment(ExperimentDraft(name="e"))


@pytest.mark.parametrize("make", [partial(created, source=None, live=True), joined], ids=["made", "joined"])
def test_a_deleted_experiment_is_a_conflict(make: Callable[..., object], tmp_path: Path) -> None:
    driver = place()
    driver.delete(named(driver, "e").ref)
    with pytest.raises(Conflict, match=r"the experiment 'e' is deleted: restore it with .*, or take another name"):
        make(driver, journal(tmp_path, experiment="e"))


# -- parents


def test_a_parent_is_known_by_its_id(tmp_path: Path) -> None:
    driver = place()
    above = a_run(driver, "above", "e")
    mine = journal(tmp_path, parent=Parent(ids={"memory://first": above.id, "memory://other": "x"}))
    made = created(driver, mine, None, live=True)
    assert (made.parent, made.experiment) == (above.ref, above.experiment), "its experiment is the parent's"


def test_a_parent_is_known_by_its_journal(tmp_path: Path) -> None:
    driver = place()
    above = a_run(driver, "above", "e")
    beside = journal(tmp_path, "above", draft=RunDraft(token="above"), experiment="e")
    write_cursor(beside.path, Cursor(place="memory://first", run=above.id))
    made = created(driver, journal(tmp_path, parent=Parent(token="above")), None, live=True)
    assert (made.parent, made.experiment) == (above.ref, above.experiment)


def test_a_parent_is_known_by_its_token(tmp_path: Path) -> None:
    driver = place()
    above = a_run(driver, "above", "e")
    made = created(
        driver, journal(tmp_path, parent=Parent(token="above", experiment="e"), experiment="f"), None, live=True
    )
    assert made.parent == above.ref
    assert driver.get_experiment(made.experiment).name == "f"


@pytest.mark.parametrize(
    "parent",
    [
        Parent(token="above"),
        Parent(token="above", experiment="e"),
        Parent(token="above", experiment="none"),
        Parent(ids={"memory://other": "1"}),
    ],
)
def test_a_parent_that_is_not_there_is_waited_for(parent: Parent, tmp_path: Path) -> None:
    driver = place()
    named(driver, "e")
    beside = journal(tmp_path, "above", draft=RunDraft(token="above"), experiment="e")
    write_cursor(beside.path, Cursor(place="memory://other", run="1"))
    with pytest.raises(NotFound, match="parent is not there yet"):
        created(driver, journal(tmp_path, parent=parent), None, live=True)
    assert runs(driver, "e") == []


# -- what a provider lacks


@pytest.mark.parametrize(
    ("feature", "left_out"),
    [
        (Feature.BACKDATING, {"started"}),
        (Feature.PROVENANCE, {"user", "source"}),
        (Feature.DESCRIPTION, {"description"}),
        (Feature.EMPTY_VALUES, {"tags"}),
        (Feature.NESTED_RUNS, {"parent"}),
    ],
)
def test_what_a_provider_lacks_is_left_out(feature: Feature, left_out: set[str], tmp_path: Path) -> None:
    driver = place(lacking(feature))
    above = a_run(driver, "above", "e")
    wanted = {
        "started": STARTED,
        "user": "ada",
        "source": SOURCE,
        "description": "why",
        "tags": DRAFT.tags,
        "parent": above.ref,
    }
    mine = journal(tmp_path, parent=Parent(ids={driver.url: above.id}), experiment="e")
    made = created(driver, mine, SOURCE, live=True)
    assert {name for name, value in wanted.items() if getattr(made, name) != value} == left_out
    assert made.tags == ({"full": "x"} if "tags" in left_out else DRAFT.tags)


def test_a_provider_that_can_do_as_little_as_may_be(tmp_path: Path) -> None:
    driver = stack(LEAN.open())
    mine = journal(tmp_path, parent=Parent(token="nowhere"), experiment="e")
    made = created(driver, mine, SOURCE, live=True)
    assert (made.name, made.tags, made.status) == ("brisk heron", {"full": "x"}, "running")
    assert (made.description, made.user, made.source, made.parent) == (None, None, None, None)
    assert created(driver, mine, SOURCE, live=True).id == made.id
    found = joined(driver, mine)
    assert found is not None
    assert found.id == made.id


def test_a_parent_is_not_asked_for_where_runs_are_not_nested(tmp_path: Path) -> None:
    driver = place(lacking(Feature.NESTED_RUNS))
    made = created(driver, journal(tmp_path, parent=Parent(token="nowhere")), None, live=True)
    assert (made.parent, driver.get_experiment(made.experiment).name) == (None, DEFAULT)


def test_the_draft_itself_is_as_it_was() -> None:
    assert a_start(draft=DRAFT).draft.tags == {"empty": "", "full": "x"}
