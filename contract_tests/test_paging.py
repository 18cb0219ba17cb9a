"""Paging: each thing once, whatever the size of a page and whatever happens meanwhile."""

from __future__ import annotations

from collections import Counter

import pytest
from contract_tests.marks import needs
from contract_tests.place import Place

from tracklayer.model import ExperimentRef, Query, Run, View
from tracklayer.spi import Feature

Seven = tuple[ExperimentRef, list[Run]]


def several(place: Place, number: int) -> list[Run]:
    return [place.run(place.home, name=f"run {index}", tags={"index": str(index)}) for index in range(number)]


@pytest.fixture(scope="module")
def seven(opened: Place) -> Seven:
    """Seven runs with something in them, alone in an experiment. They are only read."""
    made = several(opened, 7)
    for run in made:
        opened.write(run, params={"p": "x"}, tags={"t": "y"})
    return opened.home, [opened.read(run) for run in made]


@pytest.mark.parametrize("page_size", [1, 2, 3, 7, 8, 1000])
def test_each_run_is_given_once_and_whole(place: Place, seven: Seven, page_size: int) -> None:
    home, made = seven
    listed = place.runs(home, page_size=page_size)
    assert len(listed) == 7
    assert {run.id: run for run in listed} == {run.id: run for run in made}


def test_a_page_is_not_larger_than_asked_for(place: Place, seven: Seven) -> None:
    query, sizes, after = Query(experiments=(seven[0],), page_size=2), [], None
    while True:
        page = place.driver.list_runs(query, after)
        sizes.append(len(page.items))
        after = page.after
        if after is None:
            break
    assert max(sizes) <= 2
    assert sum(sizes) == 7


def test_the_order_does_not_depend_on_the_page(place: Place, seven: Seven) -> None:
    orders = {tuple(run.id for run in place.runs(seven[0], page_size=size)) for size in (1, 2, 5, 1000)}
    assert len(orders) == 1


def test_runs_that_come_meanwhile_disturb_nobody(place: Place) -> None:
    made = several(place, 6)
    query, seen, after = Query(experiments=(place.home,), page_size=2), Counter[str](), None
    while True:
        page = place.driver.list_runs(query, after)
        seen.update(run.id for run in page.items)
        after = page.after
        if after is None:
            break
        assert len(seen) < 50, "the list follows the runs that are made meanwhile, and has no end"
        place.run(place.home, name="newcomer")
    assert {run.id: seen[run.id] for run in made} == {run.id: 1 for run in made}
    assert max(seen.values()) == 1


def test_runs_of_several_experiments_are_listed_together(place: Place) -> None:
    homes = [place.experiment().ref for _ in range(3)]
    made = {place.run(home).id: home for home in homes for _ in range(2)}
    assert {run.id: run.experiment for run in place.runs(*homes, page_size=2)} == made
    assert {run.id for run in place.runs(*homes[:2])} == {run for run, home in made.items() if home != homes[2]}


def test_an_experiment_without_runs_lists_none(place: Place) -> None:
    assert place.runs(place.experiment().ref) == []


def test_no_experiment_has_no_runs(place: Place, run: Run) -> None:
    page = place.driver.list_runs(Query(experiments=()))
    assert page.items == ()
    assert place.read(run).id == run.id


@needs(Feature.DELETE)
def test_active_deleted_and_all(place: Place) -> None:
    made = several(place, 6)
    for run in made[::2]:
        place.driver.delete(run.ref)
    kept = made[::2] if place.traits.native(Feature.RESTORE) else []
    active, deleted = {run.id: False for run in made[1::2]}, {run.id: True for run in kept}
    views: dict[View, dict[str, bool]] = {"active": active, "deleted": deleted, "all": active | deleted}
    for page_size in (1, 3, 1000):
        for view, wanted in views.items():
            listed = place.runs(place.home, view=view, page_size=page_size)
            assert {run.id: run.deleted for run in listed} == wanted, f"{view}, {page_size} a page"


def test_a_page_of_runs_costs_a_constant_number_of_calls(place: Place, seven: Seven) -> None:
    most, costs = place.traits.limits.runs_per_page, []
    for size in (1, 7 if most is None else min(7, most.most)):
        before = place.ledger.calls.total()
        page = place.driver.list_runs(Query(experiments=(seven[0],), page_size=size))
        assert len(page.items) == size
        costs.append(place.ledger.calls.total() - before)
    assert costs[0] == costs[1]
