"""Experiments: made, found, listed."""

from __future__ import annotations

import pytest
from contract_tests.marks import needs
from contract_tests.place import Place, unique

from tracklayer.errors import AlreadyExists, NotFound
from tracklayer.model import Experiment, ExperimentRef
from tracklayer.spi import Feature

NO_ID = ["no-such-experiment", "999999999", "0", "a/b", "../x", "🚀", "x" * 300]


def test_an_experiment_is_found_by_its_name_and_by_its_id(place: Place) -> None:
    name = unique("found")
    made = place.experiment(name, tags={"team": "vision"})
    assert made.name == name
    assert not made.deleted
    assert place.driver.get_experiment(name) == made
    assert place.driver.get_experiment(made.ref) == made


def test_tags_of_an_experiment_come_back(place: Place) -> None:
    tags = {"team": "vision", "a/b c": "x\ny", "🚀": "é" * 3_000, "long": "x" * 10_000}
    made = place.experiment(tags=tags)
    assert made.tags == tags
    assert place.driver.get_experiment(made.ref).tags == tags


@needs(Feature.EMPTY_VALUES)
def test_an_empty_tag_of_an_experiment_comes_back(place: Place) -> None:
    made = place.experiment(tags={"empty": ""})
    assert place.driver.get_experiment(made.ref).tags == {"empty": ""}


@needs(Feature.DESCRIPTION)
@pytest.mark.parametrize("text", ["What it is for.", "two\nlines", "é🚀", "x" * 20_000])
def test_the_description_of_an_experiment_comes_back(place: Place, text: str) -> None:
    made = place.experiment(description=text)
    assert made.description == text
    assert place.driver.get_experiment(made.ref).description == text


def test_an_experiment_without_tags_and_description_has_none(experiment: Experiment) -> None:
    assert experiment.tags == {}
    assert experiment.description is None


def test_a_name_is_taken_once(place: Place) -> None:
    made = place.experiment(tags={"who": "first"})
    with pytest.raises(AlreadyExists):
        place.experiment(made.name, tags={"who": "second"})
    assert place.driver.get_experiment(made.name) == made


def test_an_unknown_name_is_not_found(place: Place) -> None:
    with pytest.raises(NotFound):
        place.driver.get_experiment(unique("never made"))


@pytest.mark.parametrize("unknown", NO_ID)
def test_an_unknown_id_is_not_found(place: Place, unknown: str) -> None:
    with pytest.raises(NotFound):
        place.driver.get_experiment(ExperimentRef(id=unique(unknown)))


def test_an_id_is_not_a_name_and_a_name_is_not_an_id(place: Place, experiment: Experiment) -> None:
    with pytest.raises(NotFound):
        place.driver.get_experiment(unique(experiment.id))
    with pytest.raises(NotFound):
        place.driver.get_experiment(ExperimentRef(id=experiment.name))


def test_every_experiment_is_listed_once(place: Place) -> None:
    made = [place.experiment(tags={"number": str(number)}) for number in range(7)]
    listed = {one.id: one for one in place.experiments()}
    assert len(listed) == len(place.experiments())
    assert [listed.get(one.id) for one in made] == made


def test_the_order_of_the_list_stays(place: Place) -> None:
    for _ in range(5):
        place.experiment()
    before = [one.id for one in place.experiments()]
    later = place.experiment()
    after = [one.id for one in place.experiments()]
    assert [one for one in after if one != later.id] == before


def test_experiments_are_there_for_another_process(place: Place, experiment: Experiment) -> None:
    assert place.again().driver.get_experiment(experiment.name) == experiment
