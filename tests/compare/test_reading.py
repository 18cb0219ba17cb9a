"""Reading places: whole pages, a bounded number of calls, and one place's failure keeps no other."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.compare import nasty
from tests.compare.calls import counted, listen
from tests.compare.nasty import Logged, even

import tracklayer as tl
from tracklayer.api import client, connect
from tracklayer.compare import reading
from tracklayer.errors import InvalidInput


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"local:{tmp_path_factory.mktemp('reading') / 'store.db'}"
    nasty.log(url, [Logged(f"run {at}", {"at": at}, {"loss": even(1.0, at)}) for at in range(25)])
    with connect(url) as there:
        there.create_experiment("other")
        there.create_experiment("third")
    return url


@pytest.mark.parametrize(("asked", "more"), [(None, {"list_experiments": 2}), ("nasty", {"get_experiment": 2})])
def test_the_calls_are_a_constant_and_one_for_each_page_of_runs(
    place: str,
    asked: str | None,
    more: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(client, "PAGE", 10)
    listen(caplog)
    found = tl.compare(place, experiment=asked)
    assert len(found.rows) == 25
    assert counted(caplog) == {"list_runs": 3, **more}


def test_several_experiments_and_what_was_asked_for(place: str) -> None:
    found = tl.compare(place, experiment=["nasty", "other"], filter="params.at < 3")
    assert (found.experiments, found.filter) == (("nasty", "other"), "params.at < 3")
    assert sorted(row.name for row in found.rows) == ["run 0", "run 1", "run 2"]
    assert {(held.provider, held.experiment) for row in found.rows for held in row.copies} == {("local", "nasty")}
    assert found.read_at is not None


def test_an_experiment_that_one_place_lacks_is_that_place_s_failure(place: str, tmp_path: Path) -> None:
    other = f"local:{tmp_path / 'other.db'}"
    nasty.log(other, [Logged("one", {})])
    found = tl.compare([place, other], experiment="third")
    assert found.places == (place,)
    assert [(failure.place, "'third'" in failure.reason) for failure in found.failures] == [(other, True)]


@pytest.mark.parametrize("error", [KeyError("runs"), InvalidInput("Run.id: should have at least 1 character")])
def test_whatever_is_wrong_with_a_place_is_told_in_one_line(
    place: str, tmp_path: Path, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = f"local:{tmp_path / 'broken.db'}"

    def read(self: tl.Client, *_: object, **__: object) -> object:
        if self.url == broken:
            raise error
        return whole(self)

    whole = tl.Client.experiments
    monkeypatch.setattr(tl.Client, "experiments", read)
    found = tl.compare([broken, place])
    assert (found.places, len(found.rows)) == ((place,), 25)
    (failure,) = found.failures
    said = str(error) if isinstance(error, InvalidInput) else "unexpected KeyError: 'runs'"
    assert (failure.place, failure.reason) == (broken, said)


def test_a_place_whose_package_is_missing_is_told_of_with_the_command_that_brings_it(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(url: str) -> tl.Client:
        if url == place:
            return connect(url)
        raise tl.DriverMissing("sagemaker: needs the package 'boto3'", "pip install 'tracklayer[sagemaker]'")

    monkeypatch.setattr(reading, "connect", lacking)
    found = tl.compare(["sagemaker://eu-west-1", place])
    assert (found.places, len(found.rows)) == ((place,), 25)
    assert "pip install 'tracklayer[sagemaker]'" in found.failures[0].reason


def test_directions_and_units_are_said_or_told_by_the_name(place: str) -> None:
    found = tl.compare(place, directions={"loss": "max"}, units={"loss": "bits"})
    assert (found.metrics, found.units) == ({"loss": "max"}, {"loss": "bits"})
    assert found.said == {"loss"}
    assert [found.rows[index].name for index in found.best("loss")] == ["run 24"]
    plain = tl.compare(place)
    assert (plain.metrics, plain.said, plain.units) == ({"loss": "min"}, frozenset(), {})


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"directions": {"loss": "up"}}, "the direction of 'loss' must be 'min' or 'max', not 'up'"),
        ({"directions": {"los": "min"}}, "no run has the metric 'los'"),
        ({"units": {"los": "s"}}, "no run has the metric 'los'"),
        ({"map": {"los": "loss"}}, "no run has the metric or param 'los'"),
        ({"experiment": []}, "experiment= names none"),
        ({"group_by": "rate"}, "no run has the param 'rate'"),
        ({"seed_params": ["rate"]}, "no run has the param 'rate'"),
        ({"prices": "nosuch.toml"}, "the price list nosuch.toml cannot be read"),
    ],
)
def test_what_is_said_of_the_runs_and_cannot_be_so_is_refused(
    place: str, arguments: dict[str, object], says: str
) -> None:
    with pytest.raises(tl.InvalidInput, match=says):
        tl.compare(place, **arguments)  # type: ignore[arg-type] # a mix
