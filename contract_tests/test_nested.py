"""Nested runs: a run under another one."""

from __future__ import annotations

from contract_tests.marks import needs
from contract_tests.place import Place

from tracklayer.model import Run
from tracklayer.spi import Feature

pytestmark = needs(Feature.NESTED_RUNS)


def test_a_run_has_a_parent(place: Place, run: Run) -> None:
    child = place.run(parent=run.ref, tags={"fold": "1"})
    read = place.read(child)
    assert child.parent == read.parent == run.ref
    assert read.tags == {"fold": "1"}


def test_a_run_without_a_parent_has_none(place: Place, run: Run) -> None:
    child = place.run(parent=run.ref)
    assert place.read(run).parent is None
    assert place.read(child).parent is not None


def test_a_child_has_children(place: Place) -> None:
    run = place.run(place.home)
    child = place.run(place.home, parent=run.ref)
    grandchild = place.run(place.home, parent=child.ref)
    parents = {one.id: one.parent for one in place.runs(place.home)}
    assert parents[grandchild.id] == child.ref
    assert parents[child.id] == run.ref


def test_a_child_may_be_in_another_experiment(place: Place, run: Run) -> None:
    child = place.run(place.experiment().ref, parent=run.ref)
    read = place.read(child)
    assert read.parent == run.ref
    assert read.experiment != run.experiment


def test_a_child_outlives_the_status_of_its_parent(place: Place, run: Run) -> None:
    child = place.run(parent=run.ref)
    place.write(run, status="failed")
    place.write(child, params={"p": "1"})
    assert (place.read(child).status, place.read(run).status) == ("running", "failed")
