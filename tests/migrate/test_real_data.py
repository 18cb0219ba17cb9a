"""What real tools left on a disk, moved through every place and home again; at home it is what those tools say of it.

MLflow's own client and its autologging (scikit-learn with the runs of a search, LightGBM, models, data sets), in a
folder and in a database; TensorBoard's and W&B's own writers.

`TRACKLAYER_REAL=all pytest tests/migrate/test_real_data.py` takes all of it through the clouds, which takes minutes;
here what MLflow left of two experiments goes there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from contract_tests.witnesses.places import PLACES
from contract_tests.witnesses.training.left import left
from tests.drivers.reading import as_mlflow_says

import tracklayer as tl
from tracklayer.migrate import Certificate, MigrationSummary
from tracklayer.spi import open_driver

EVERYTHING = os.environ.get("TRACKLAYER_REAL") == "all"


@dataclass(frozen=True)
class Left:
    """What a tool left: its place, an experiment of it that goes through the clouds, what MLflow says of its runs."""

    part: str
    place: str
    carried: str | None = None
    truth: str | None = None

    @property
    def url(self) -> str:
        return self.place.format(left(self.part))

    def says(self) -> Mapping[str, Any] | None:
        """Run -> what MLflow's own client reads of it."""
        return None if self.truth is None else json.loads((left(self.part) / self.truth).read_text())


LEFT = (
    Left("mlflow3", "mlruns:{}/mlruns", "by hand", "mlruns.json"),
    Left("mlflow3", "mlflow+sqlite:{}/mlflow.db", "autologged", "database.json"),
    Left("mlflow2", "mlruns:{}/mlruns", None, "mlruns.json"),
    Left("events", "tensorboard:{}/logs"),
    Left("offline", "wandb:{}/wandb"),
)


@dataclass(frozen=True)
class Gathered:
    """All of it in one place. `carried`: the runs there that go through the clouds."""

    url: str
    runs: frozenset[str]
    carried: frozenset[str]


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory, urls: Mapping[str, str]) -> Gathered:
    """What all tools left, in one store; experiments of one name stay apart."""
    del urls  # whose stage it is made on
    place = f"local:{tmp_path_factory.mktemp('gathered') / 'store.db'}"
    runs: set[str] = set()
    carried: set[str] = set()
    for one in LEFT:
        with tl.connect(one.url) as source:
            wanted = {run.id for run in source.runs()}
            done = tl.migrate(source, place, on_conflict="rename")
            assert proven(done, len(wanted)).counts.points > 0
            assert set(done.runs) == wanted
            chosen = {run.id for run in source.runs(one.carried)} if one.carried else set()
        runs |= set(done.runs.values())
        carried |= {done.runs[run] for run in (wanted if EVERYTHING else chosen)}
    return Gathered(place, frozenset(runs), frozenset(carried))


def proven(done: MigrationSummary, runs: int) -> Certificate:
    """The certificate of a migration that lost nothing of so many runs, and explains nothing away."""
    found = done.certificate
    assert found is not None
    assert (done.failed, done.copied, done.orphans) == ((), runs, 0), done.target
    assert (found.clean, found.differences, found.explained, found.unread) == (True, (), (), ()), done.target
    assert len(found.runs) == runs
    return found


def travel(places: Iterable[str], runs: Collection[str]) -> set[str]:
    """Move runs from place to place, proven each time, and in the last what their tools say; all root digests seen."""
    with ExitStack() as stack:
        way = [stack.enter_context(tl.connect(place)) for place in places]
        roots = set()
        for source, target in pairwise(way):
            done = tl.migrate(source, target, filter=only(runs), on_conflict="rename")
            roots.add(proven(done, len(runs)).root)
            assert dict(done.approximate) == {}, "what a tool did not hold exactly is what it is from here on"
            runs = frozenset(done.runs.values())
        as_their_tools_say(way[-1], len(runs))
    return roots


def only(runs: Iterable[str]) -> str:
    """A filter for runs by their URLs: others' are in the same places."""
    ids = ", ".join(repr(url.rpartition("#")[2]) for url in sorted(runs))
    return f"attributes.run_id IN ({ids})"


def as_their_tools_say(home: tl.Client, count: int) -> None:
    """The runs that came home are what MLflow's own client said of them before they left."""
    runs = list(home.runs())
    assert len(runs) == count
    origins = {run.id: run.origin for run in runs if run.origin is not None}
    said = {one.url: one.says() for one in LEFT}
    driver = open_driver(home.url)
    for run in runs:
        origin = origins[run.id]
        truth = said[origin.url]
        if truth is not None:
            above = run.parent and run.parent.model_copy(update={"id": origins[run.parent.id].run})
            as_mlflow_says(driver, run.model_copy(update={"parent": above}), truth[origin.run])
    driver.close()


def test_through_an_archive_and_home_again(gathered: Gathered, tmp_path: Path) -> None:
    way = (gathered.url, f"archive:{tmp_path / 'archive'}", f"local:{tmp_path / 'home.db'}")
    assert len(travel(way, gathered.runs)) == 1, "the same runs in each place"


def test_through_every_place_and_home_again(gathered: Gathered, urls: Mapping[str, str], tmp_path: Path) -> None:
    way = (gathered.url, *(urls[place] for place in PLACES), f"local:{tmp_path / 'home.db'}")
    assert len(travel(way, gathered.carried)) == 1, "the same runs in each place"
