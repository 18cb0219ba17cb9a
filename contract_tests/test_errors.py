"""Errors: the same kinds from every provider, and each says who and at what."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from contract_tests.marks import needs
from contract_tests.place import Place, unique

from tracklayer.errors import AlreadyExists, Conflict, InvalidInput, NotFound, ProviderError
from tracklayer.model import Batch, Experiment, ExperimentRef, Owner, Points, Run, RunDraft, RunRef
from tracklayer.spi import Feature

NO_RUN = ["0" * 32, "no-such-run", "a/b", "../x", "a?b#c", "🚀", " ", "x" * 400]
CALLS: dict[str, Callable[[Place, RunRef], object]] = {
    "get_run": lambda place, run: place.read(run),
    "write a param": lambda place, run: place.write(run, params={"p": "1"}),
    "write a tag": lambda place, run: place.write(run, tags={"t": "1"}),
    "write a point": lambda place, run: place.write(run, points=(Points.of("m", [(0, 0, 0.0)]),)),
    "write a status": lambda place, run: place.write(run, status="finished"),
    "write a long value": lambda place, run: place.write(run, params={"p": "x" * 10_000}),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_run_that_is_not_there_is_not_found(place: Place, call: str) -> None:
    for unknown in NO_RUN:
        with pytest.raises(NotFound) as caught:
            CALLS[call](place, RunRef(id=unknown))
        assert caught.value.provider == place.traits.provider
        assert caught.value.operation
        assert not caught.value.retryable


@needs(Feature.METRIC_HISTORY)
def test_points_of_a_run_that_is_not_there_are_not_found(place: Place) -> None:
    for unknown in NO_RUN:
        with pytest.raises(NotFound):
            place.points(RunRef(id=unknown), "m")


@needs(Feature.DELETE)
def test_what_is_not_there_is_not_deleted(place: Place) -> None:
    owners: list[Owner] = [*(RunRef(id=unknown) for unknown in NO_RUN)]
    for owner in [*owners, *(ExperimentRef(id=unique(unknown)) for unknown in NO_RUN)]:
        with pytest.raises(NotFound):
            place.driver.delete(owner)


@needs(Feature.RESTORE)
def test_what_is_not_there_is_not_restored(place: Place) -> None:
    owners: list[Owner] = [*(RunRef(id=unknown) for unknown in NO_RUN)]
    for owner in [*owners, *(ExperimentRef(id=unique(unknown)) for unknown in NO_RUN)]:
        with pytest.raises(NotFound):
            place.driver.restore(owner)


def test_a_run_is_not_made_in_an_experiment_that_is_not_there(place: Place) -> None:
    for unknown in NO_RUN:
        with pytest.raises(NotFound):
            place.run(ExperimentRef(id=unique(unknown)))


def test_an_error_is_one_line_and_says_who_and_at_what(place: Place, run: Run, experiment: Experiment) -> None:
    place.write(run, params={"p": "1"})
    errors: list[ProviderError] = []
    with pytest.raises(AlreadyExists) as taken:
        place.experiment(experiment.name)
    errors.append(taken.value)
    with pytest.raises(Conflict) as conflict:
        place.write(run, params={"p": "2"})
    errors.append(conflict.value)
    with pytest.raises(NotFound) as missing:
        place.read(RunRef(id="0" * 32))
    errors.append(missing.value)
    for error in errors:
        assert "\n" not in str(error)
        assert str(error).startswith(f"{place.traits.provider}: {error.operation}: ")
        assert error.message
        assert not error.retryable


def test_a_conflict_names_the_param(place: Place, run: Run) -> None:
    place.write(run, params={"lr": "0.1"})
    with pytest.raises(Conflict, match="lr"):
        place.write(run, params={"lr": "0.2"})


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Batch(params={"": "x"}),
        lambda: Batch(tags={"": "x"}),
        lambda: Batch(tags={"t": 1}),
        lambda: Batch(params={"p": None}),
        lambda: Batch(status="done"),
        lambda: Batch(params={"p": "\ud800"}),
        lambda: Points.of("", [(0, 0, 0.0)]),
        lambda: RunDraft(token=""),
        lambda: RunDraft(token="t", colour="red"),  # type: ignore[call-arg] # on purpose
    ],
)
def test_what_is_wrong_for_every_provider_cannot_even_be_said(place: Place, wrong: Callable[[], object]) -> None:
    before = place.ledger.calls.copy()
    with pytest.raises(InvalidInput):
        wrong()
    assert place.ledger.calls == before
