"""Deleting and restoring runs and experiments."""

from __future__ import annotations

import math

import pytest
from contract_tests.marks import needs
from contract_tests.offered import offered_batch
from contract_tests.place import Place
from contract_tests.samples import T0, curve

from tracklayer.errors import AlreadyExists, Conflict
from tracklayer.model import Batch, Dataset, Experiment, Points, Run
from tracklayer.spi import Feature

pytestmark = needs(Feature.DELETE)


def test_a_deleted_run_is_listed_no_more_and_can_be_read(place: Place, run: Run) -> None:
    kept = place.run()
    place.driver.delete(run.ref)
    assert [one.id for one in place.runs()] == [kept.id]
    assert place.read(run).deleted
    assert not place.read(kept).deleted


def test_deleting_twice_is_deleting_once(place: Place, run: Run) -> None:
    place.driver.delete(run.ref)
    place.again().driver.delete(run.ref)
    assert place.read(run).deleted


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


@pytest.mark.parametrize("batch", REFUSED, ids=lambda batch: "-".join(sorted(batch.model_fields_set)))
def test_a_deleted_run_takes_no_writes(place: Place, run: Run, batch: Batch) -> None:
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
    batch = offered_batch(place.traits, batch)
    if batch != Batch():
        with pytest.raises(Conflict):
            place.driver.write(run.ref, batch)
    assert place.read(run) == before.model_copy(update={"deleted": True})
    assert place.again().read(run) == before.model_copy(update={"deleted": True})


def test_a_deleted_run_keeps_what_it_holds(place: Place, run: Run) -> None:
    place.write(run, params={"p": "x" * 10_000}, tags={"t": "y"}, points=(curve("m", 9),))
    before = place.read(run)
    place.driver.delete(run.ref)
    assert place.read(run) == before.model_copy(update={"deleted": True})


@needs(Feature.RESTORE)
def test_a_restored_run_is_as_it_was(place: Place, run: Run) -> None:
    place.write(run, params={"p": "x" * 10_000}, tags={"t": "y"}, points=(curve("m", 9),))
    before = place.read(run)
    place.driver.delete(run.ref)
    place.driver.restore(run.ref)
    assert place.read(run) == before
    assert place.runs() == [before]
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


def test_a_deleted_experiment_is_listed_no_more_and_can_be_read(place: Place, experiment: Experiment) -> None:
    place.driver.delete(experiment.ref)
    place.driver.delete(experiment.ref)
    assert experiment.id not in {one.id for one in place.experiments()}
    deleted = experiment.model_copy(update={"deleted": True})
    assert place.driver.get_experiment(experiment.ref) == deleted
    assert place.driver.get_experiment(experiment.name) == deleted


def test_a_deleted_experiment_keeps_its_name(place: Place, experiment: Experiment) -> None:
    place.driver.delete(experiment.ref)
    with pytest.raises(AlreadyExists):
        place.experiment(experiment.name)


def test_a_deleted_experiment_takes_no_runs(place: Place, experiment: Experiment) -> None:
    place.driver.delete(experiment.ref)
    with pytest.raises(Conflict):
        place.run(experiment.ref)


def test_runs_of_a_deleted_experiment_are_not_active(place: Place, experiment: Experiment) -> None:
    run = place.run(experiment.ref)
    place.driver.delete(experiment.ref)
    assert place.runs(experiment.ref) == []
    assert place.read(run).deleted


@needs(Feature.RESTORE)
def test_a_restored_experiment_has_its_runs_again(place: Place, experiment: Experiment) -> None:
    run = place.run(experiment.ref, tags={"t": "y"})
    place.driver.delete(experiment.ref)
    place.driver.restore(experiment.ref)
    assert place.driver.get_experiment(experiment.ref) == experiment
    assert place.runs(experiment.ref) == [run]
    assert place.run(experiment.ref).experiment == experiment.ref
