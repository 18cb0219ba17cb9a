"""Names: any text is one, and two names are never taken for each other."""

from __future__ import annotations

from contract_tests.many import few, trying, unlike, write_each
from contract_tests.marks import needs
from contract_tests.place import Place, unique
from contract_tests.samples import CLOSE, LONG, NAMES, T0

from tracklayer.model import Batch, Points, Run
from tracklayer.spi import Feature


def test_an_experiment_has_any_name(place: Place) -> None:
    made = {}
    for name in map(unique, NAMES):
        with trying(name):
            made[name] = place.experiment(name)
            assert made[name].name == name
            assert place.driver.get_experiment(name) == made[name]
    ids = {one.id for one in made.values()}
    assert unlike({one.name: one for one in place.experiments() if one.id in ids}, made) == {}


def test_a_run_has_any_name(place: Place) -> None:
    made = {}
    for name in NAMES:
        with trying(name):
            made[name] = place.run(place.home, name=name)
            assert made[name].name == name
    assert unlike({str(run.name): run for run in place.runs(place.home)}, made) == {}


def test_all_that_a_run_holds_has_any_name(place: Place) -> None:
    for names in few(NAMES):
        made = place.run(name=names[0])
        write_each(
            place,
            made,
            {
                name: Batch(
                    params={name: f"p{name}"}, tags={name: f"t{name}"}, points=(Points.of(name, [(1, T0, 0.5)]),)
                )
                for name in names
            },
        )
        read = place.read(made)
        assert read.name == names[0]
        assert unlike(read.params, {name: f"p{name}" for name in names}) == {}
        assert unlike(read.tags, {name: f"t{name}" for name in names}) == {}
        assert read.metrics.keys() == set(names)
        write_each(place, made, {name: Batch(params={name: f"p{name}"}, tags={name: f"u{name}"}) for name in names})
        assert unlike(place.again().read(made).tags, {name: f"u{name}" for name in names}) == {}


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
