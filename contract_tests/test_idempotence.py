"""Idempotence: what is done twice, because an answer was lost, is done once."""

from __future__ import annotations

from uuid import uuid4

import pytest
from contract_tests.marks import needs
from contract_tests.place import Place
from contract_tests.samples import T0, curve, series

from tracklayer.errors import Conflict
from tracklayer.model import Dataset, Points, Run
from tracklayer.spi import Feature


@needs(Feature.IDEMPOTENT_CREATE)
def test_the_same_token_gives_the_same_run(place: Place) -> None:
    token = uuid4().hex
    made = place.run(place.home, token=token, name="first", tags={"t": "1"})
    assert place.run(place.home, token=token, name="first", tags={"t": "1"}) == made
    assert place.again().run(place.home, token=token, name="first", tags={"t": "1"}) == made
    assert place.runs(place.home) == [made]


@needs(Feature.IDEMPOTENT_CREATE)
def test_the_same_token_gives_the_run_with_what_was_written_to_it(place: Place) -> None:
    token = uuid4().hex
    made = place.run(token=token, name="first")
    place.write(made, params={"p": "1", "long": "x" * 10_000}, status="finished")
    assert place.run(token=token, name="first") == place.read(made)


def test_another_token_gives_another_run(place: Place) -> None:
    token = uuid4().hex
    made = [place.run(token=token + end, name="same") for end in ("", "0", "1")]
    assert len({run.id for run in made}) == 3


def test_a_whole_batch_twice_is_once(place: Place, run: Run) -> None:
    batch = {
        "params": {"p": "1", "long": "x" * 10_000},
        "tags": {"t": "1", "long": "x" * 10_000},
        "points": (curve("m", 20),),
        "status": "finished",
    }
    place.write(run, **batch)
    once = place.read(run)
    place.write(run, **batch)
    place.again().write(run, **batch)
    again = place.read(run)
    assert again.model_copy(update={"ended": once.ended}) == once


@needs(Feature.DATASETS, Feature.DESCRIPTION, Feature.METRIC_HISTORY, Feature.TYPED_PARAMS)
def test_a_batch_of_everything_twice_is_once(place: Place, run: Run) -> None:
    batch = {
        "params": {"p": 1, "q": True, "r": 0.5},
        "points": (curve("m", 20), series("n", (0, T0 + 1, 1.0), (0, T0 + 2, 1.0))),
        "inputs": (Dataset(name="digits", digest="1"), Dataset(name="digits", digest="2" * 64)),
        "name": "renamed",
        "description": "d" * 9_000,
    }
    place.write(run, **batch)
    once = place.read(run)
    place.write(run, **batch)
    assert place.read(run) == once
    assert (once.name, once.description) == (batch["name"], batch["description"])
    assert len(place.points(run, "m")) == 20
    assert len(place.points(run, "n")) == 2


@needs(Feature.ARTIFACTS)
def test_a_file_twice_is_once(place: Place, run: Run) -> None:
    for _ in range(2):
        place.put(run, "a/b", b"data")
    assert place.files(run).keys() == {"a/b"}


def test_a_write_that_conflicts_leaves_what_was_there(place: Place, run: Run) -> None:
    """Where the provider writes all or nothing, nothing; else none of what is left is wrong."""
    place.write(run, params={"p": "1"}, tags={"t": "old"})
    with pytest.raises(Conflict):
        place.write(
            run, params={"a": "new", "p": "2", "z": "new"}, tags={"t": "new", "u": "new"}, points=(curve("m", 3),)
        )
    read = place.read(run)
    assert read.params["p"] == "1"
    if place.traits.offers(Feature.ATOMIC_WRITE):
        assert (read.params, read.tags, read.metrics) == ({"p": "1"}, {"t": "old"}, {})
    else:
        assert {"p": "1", "a": "new", "z": "new"}.items() >= read.params.items()
        assert read.tags["t"] in {"old", "new"}


def test_an_empty_batch_changes_nothing(place: Place, run: Run) -> None:
    place.write(run)
    place.write(run, points=(Points.of("m"),))
    assert place.read(run) == run
