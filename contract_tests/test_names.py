"""Names: any text is one, and two names are never taken for each other."""

from __future__ import annotations

import pytest
from contract_tests.marks import needs
from contract_tests.place import Place, unique
from contract_tests.samples import CLOSE, LONG, NAMES, T0, shown

from tracklayer.model import Points, Run
from tracklayer.spi import Feature


@pytest.mark.parametrize("name", NAMES, ids=shown)
def test_an_experiment_has_any_name(place: Place, name: str) -> None:
    name = unique(name)
    made = place.experiment(name)
    assert made.name == name
    assert place.driver.get_experiment(name) == made
    assert [one.name for one in place.experiments() if one.id == made.id] == [name]


@pytest.mark.parametrize("name", NAMES, ids=shown)
def test_a_run_and_all_that_it_holds_have_any_name(place: Place, name: str) -> None:
    made = place.run(name=name)
    assert made.name == name
    place.write(made, params={name: "p"}, tags={name: "t"}, points=(Points.of(name, [(1, T0, 0.5)]),))
    read = place.read(made)
    assert (read.name, read.params, read.tags, set(read.metrics)) == (name, {name: "p"}, {name: "t"}, {name})
    place.write(made, params={name: "p"}, tags={name: "u"})
    assert place.again().read(made).tags == {name: "u"}


@needs(Feature.METRIC_HISTORY)
def test_metrics_of_all_names_at_once_are_kept_apart(place: Place, run: Run) -> None:
    names = dict.fromkeys([*NAMES, *CLOSE, *LONG])
    written = {name: Points.of(name, [(number, T0, number / 4)]) for number, name in enumerate(names)}
    place.write(run, points=tuple(written.values()))
    assert place.read(run).metrics.keys() == written.keys()
    assert {name: place.points(run, name) for name in written} == written


def test_params_and_tags_of_all_names_at_once_are_kept_apart(place: Place, run: Run) -> None:
    names = [*NAMES, *CLOSE, *LONG]
    written = {name: str(number) for number, name in enumerate(names)}
    place.write(run, params=written, tags=written)
    read = place.read(run)
    assert read.params == written
    assert read.tags == written


def test_experiments_whose_names_are_close_are_kept_apart(place: Place) -> None:
    end = unique()
    made = {name: place.experiment(name + end if name != "name " else end + name) for name in [*CLOSE, *LONG]}
    assert len({one.id for one in made.values()}) == len(made)
    assert all(place.driver.get_experiment(one.name) == one for one in made.values())


def test_keys_of_tags_of_an_experiment_are_any_names(place: Place) -> None:
    tags = {name: str(number) for number, name in enumerate([*NAMES, *CLOSE, *LONG])}
    made = place.experiment(tags=tags)
    assert place.driver.get_experiment(made.ref).tags == tags
