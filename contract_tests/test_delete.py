"""Deleting and restoring runs and experiments.

What is deleted can be read where it can be restored, and is gone elsewhere.
"""

from __future__ import annotations

import math

import pytest
from contract_tests.many import refusing
from contract_tests.marks import needs
from contract_tests.offered import offered_batch
from contract_tests.place import Place
from contract_tests.samples import T0, curve

from tracklayer.errors import AlreadyExists, Conflict, NotFound
from tracklayer.model import Batch, Dataset, Experiment, Points, Run
from tracklayer.spi import Feature

pytestmark = needs(Feature.DELETE)


def hold_deleted(place: Place, before: Run) -> None:
    """As it was, and marked; or gone for good."""
    for one in (place, place.again()):
        if place.traits.native(Feature.RESTORE):
            assert one.read(before) == before.model_copy(update={"deleted": True})
        else:
            with pytest.raises(NotFound):
                one.read(before)


def test_a_deleted_run_is_listed_no_more(place: Place) -> None:
    run, kept = place.run(place.home), place.run(place.home)
    place.driver.delete(run.ref)
    assert [one.id for one in place.runs(place.home)] == [kept.id]
    hold_deleted(place, run)
    assert not place.read(kept).deleted


def test_deleting_twice_is_deleting_once(place: Place, run: Run, experiment: Experiment) -> None:
    for owner in (run.ref, experiment.ref):
        place.driver.delete(owner)
        if place.traits.native(Feature.RESTORE):
            place.again().driver.delete(owner)
        else:
            with pytest.raises(NotFound):
                place.again().driver.delete(owner)
    hold_deleted(place, run)


REFUSED = [
    Batch(params={"q": "1"}),
    Batch(params={"q": 1}),
    Batch(params={"q" * 300: "x" * 20_000}),
    Batch(tags={"t": "x"}),
    Batch(tags={"t" * 300: "x" * 20_000}),
    Batch(points=(curve("m", 2),)),
    Batch(points=(Points.of("m" * 300, [(-1, T0 + 1, math.nan), (0, T0 + 1, math.inf)]),)),
    Batch(inputs=(Dataset(name="digits", digest="1"),)),
    Batch(inputs=(Dataset(name="digits" * 200, digest="1" * 200),)),
    Batch(status="finished"),
    Batch(name="renamed"),
    Batch(description="described" * 1_000),
]


def test_a_deleted_run_takes_no_writes(place: Place, run: Run) -> None:
    """Nor is anything of it kept beside the run, where there is something already."""
    beside = Batch(
        params={"p": 1, "p" * 300: "x" * 20_000},
        tags={"u" * 300: "x" * 20_000},
        points=(Points.of("m", [(-1, T0 + 1, math.nan), (0, T0 + 2, 0.0)]),),
        inputs=(Dataset(name="before" * 200, digest="1" * 200),),
    )
    place.driver.write(run.ref, offered_batch(place.traits, beside))
    before = place.read(run)
    place.driver.delete(run.ref)
    for batch in REFUSED:
        offered = offered_batch(place.traits, batch)
        if offered == Batch():
            continue
        with refusing(batch, Conflict if place.traits.native(Feature.RESTORE) else NotFound):
            place.driver.write(run.ref, offered)
    hold_deleted(place, before)


def test_a_deleted_run_keeps_what_it_holds_as_long_as_it_is_there(place: Place, run: Run) -> None:
    place.write(run, params={"p": "x" * 10_000}, tags={"t": "y"}, points=(curve("m", 9),))
    before = place.read(run)
    place.driver.delete(run.ref)
    hold_deleted(place, before)


@needs(Feature.RESTORE)
def test_a_restored_run_is_as_it_was(place: Place) -> None:
    run = place.run(place.home)
    place.write(run, params={"p": "x" * 10_000}, tags={"t": "y"}, points=(curve("m", 9),))
    before = place.read(run)
    place.driver.delete(run.ref)
    place.driver.restore(run.ref)
    assert place.read(run) == before
    assert place.runs(place.home) == [before]
    place.write(run, tags={"t": "after"})
    assert place.read(run).tags == {"t": "after"}


@needs(Feature.RESTORE)
def test_restoring_twice_is_restoring_once(place: Place, run: Run, experiment: Experiment) -> None:
    place.driver.delete(run.ref)
    place.driver.delete(experiment.ref)
    for _ in range(2):
        place.driver.restore(run.ref)
        place.driver.restore(experiment.ref)
    assert place.read(run) == run
    assert place.driver.get_experiment(experiment.ref) == experiment


def test_a_deleted_experiment_is_listed_no_more(place: Place, experiment: Experiment) -> None:
    place.driver.delete(experiment.ref)
    assert experiment.id not in {one.id for one in place.experiments()}
    for which in (experiment.ref, experiment.name):
        if place.traits.native(Feature.RESTORE):
            assert place.driver.get_experiment(which) == experiment.model_copy(update={"deleted": True})
        else:
            with pytest.raises(NotFound):
                place.driver.get_experiment(which)


def test_a_deleted_experiment_keeps_its_name_unless_it_is_gone(place: Place, experiment: Experiment) -> None:
    place.driver.delete(experiment.ref)
    if place.traits.native(Feature.RESTORE):
        with pytest.raises(AlreadyExists):
            place.experiment(experiment.name)
    else:
        again = place.experiment(experiment.name)
        assert (again.name, again.tags, place.runs(again.ref)) == (experiment.name, {}, [])


def test_a_deleted_experiment_takes_no_runs(place: Place, experiment: Experiment) -> None:
    place.driver.delete(experiment.ref)
    with pytest.raises(Conflict if place.traits.native(Feature.RESTORE) else NotFound):
        place.run(experiment.ref)


def test_runs_of_a_deleted_experiment_are_not_active(place: Place, experiment: Experiment) -> None:
    run = place.run(experiment.ref)
    place.driver.delete(experiment.ref)
    assert place.runs(experiment.ref) == []
    if place.traits.native(Feature.RESTORE):
        assert place.read(run).deleted
    else:
        with pytest.raises(NotFound):
            place.read(run)


@needs(Feature.RESTORE)
def test_a_restored_experiment_has_its_runs_again(place: Place, experiment: Experiment) -> None:
    run = place.run(experiment.ref, tags={"t": "y"})
    place.driver.delete(experiment.ref)
    place.driver.restore(experiment.ref)
    assert place.driver.get_experiment(experiment.ref) == experiment
    assert place.runs(experiment.ref) == [run]
    assert place.run(experiment.ref).experiment == experiment.ref
