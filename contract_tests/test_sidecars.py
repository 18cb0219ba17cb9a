"""Sidecars: small blobs beside a run or an experiment; the bare driver's own business with the layers."""

from __future__ import annotations

import pytest
from contract_tests.marks import needs
from contract_tests.place import Place

from tracklayer.errors import Conflict, NotFound
from tracklayer.model import Experiment, ExperimentRef, Owner, Run, RunRef
from tracklayer.spi import Feature

KEYS = ["a", "0", "A-b.c", "x" * 100, "params-" + "f" * 64, "..a", "a..b", "-"]


@pytest.fixture(params=["run", "experiment"])
def owner(request: pytest.FixtureRequest, run: Run, experiment: Experiment) -> Owner:
    """Both kinds have sidecars."""
    return run.ref if request.param == "run" else experiment.ref


def test_a_sidecar_comes_back(place: Place, owner: Owner) -> None:
    data = {key: key.encode() * 40 + bytes(range(256)) for key in KEYS}
    for key, blob in data.items():
        place.bare.put_sidecar(owner, key, blob)
    assert place.bare.get_sidecars(owner) == data
    assert place.again().bare.get_sidecars(owner) == data


def test_the_same_again_is_once(place: Place, owner: Owner) -> None:
    for _ in range(3):
        place.bare.put_sidecar(owner, "key", b"data")
    assert place.bare.get_sidecars(owner) == {"key": b"data"}


def test_sidecars_are_found_by_how_their_key_begins(place: Place, owner: Owner) -> None:
    for key in ("a-1", "a-2", "ab", "b-1", "A-1"):
        place.bare.put_sidecar(owner, key, key.encode())
    assert place.bare.get_sidecars(owner, "a-") == {"a-1": b"a-1", "a-2": b"a-2"}
    assert place.bare.get_sidecars(owner, "ab") == {"ab": b"ab"}
    assert place.bare.get_sidecars(owner, "z") == {}


def test_nobody_has_sidecars_at_first(place: Place, owner: Owner) -> None:
    assert place.bare.get_sidecars(owner) == {}


def test_a_sidecar_may_be_empty_or_large(place: Place, owner: Owner) -> None:
    place.bare.put_sidecar(owner, "empty", b"")
    place.bare.put_sidecar(owner, "large", b"\x00\xff" * 2**20)
    assert place.bare.get_sidecars(owner) == {"empty": b"", "large": b"\x00\xff" * 2**20}


def test_many_sidecars(place: Place, run: Run) -> None:
    data = {f"page-{number:03}": b"%d" % number for number in range(101)}
    for key, blob in data.items():
        place.bare.put_sidecar(run.ref, key, blob)
    assert place.bare.get_sidecars(run.ref) == data


def test_sidecars_of_one_owner_are_not_anothers(place: Place, run: Run, experiment: Experiment) -> None:
    owners: list[Owner] = [run.ref, place.run(experiment.ref).ref, experiment.ref, place.home]
    for number, owner in enumerate(owners):
        place.bare.put_sidecar(owner, "key", b"%d" % number)
    found = [place.bare.get_sidecars(owner) for owner in owners]
    assert found == [{"key": b"%d" % number} for number in range(4)]


def test_sidecars_are_out_of_users_sight(place: Place, run: Run, experiment: Experiment) -> None:
    place.bare.put_sidecar(run.ref, "key", b"data")
    place.bare.put_sidecar(experiment.ref, "key", b"data")
    assert place.read(run) == run
    assert place.driver.get_experiment(experiment.ref) == experiment


@pytest.mark.parametrize("nobody", [RunRef(id="0" * 32), ExperimentRef(id="999999999")], ids=["run", "experiment"])
def test_nobody_is_not_found(place: Place, nobody: Owner) -> None:
    with pytest.raises(NotFound):
        place.bare.put_sidecar(nobody, "key", b"data")
    with pytest.raises(NotFound):
        place.bare.get_sidecars(nobody)


@needs(Feature.DELETE)
def test_a_deleted_run_takes_no_sidecar(place: Place, run: Run) -> None:
    place.driver.delete(run.ref)
    with pytest.raises(Conflict if place.traits.native(Feature.RESTORE) else NotFound):
        place.bare.put_sidecar(run.ref, "late", b"x")
    if place.traits.native(Feature.RESTORE):
        assert place.bare.get_sidecars(run.ref, "late") == {}
