"""What was copied is what was there, whatever stands between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from contract_tests.servers.mlflow_server import MlflowServer, shared_server
from contract_tests.targets import tight
from tests.migrate.nasty import EXPERIMENT, fill, portrait
from tests.migrate.unruly import client_of

import tracklayer as tl


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with shared_server(tmp_path_factory.getbasetemp()) as server:
        yield server


@pytest.fixture
def source(tmp_path: Path) -> Iterator[tl.Client]:
    with tl.connect(f"local:{tmp_path / 'source.db'}") as client:
        fill(client)
        yield client


@pytest.fixture(params=["plain", "like=local", "like=mlflow", "tight"])
def between(request: pytest.FixtureRequest) -> tl.Client:
    if request.param == "tight":
        return client_of(tight.TARGET.open())
    query = f"?{request.param}" if "=" in request.param else ""
    return tl.connect(f"memory://{uuid4().hex}{query}")


def test_there_and_back_nothing_is_lost(source: tl.Client, between: tl.Client, tmp_path: Path) -> None:
    there = tl.migrate(source, between)
    assert (there.failed, there.copied, there.experiments) == ((), 5, 3)
    assert portrait(between) == portrait(source)
    with tl.connect(f"local:{tmp_path / 'back.db'}") as back:
        assert tl.migrate(between, back).failed == ()
        assert portrait(back) == portrait(source)


def test_again_doubles_nothing_and_writes_nothing(source: tl.Client, between: tl.Client) -> None:
    first = tl.migrate(source, between)
    before = portrait(between)
    second = tl.migrate(source, between)
    assert (second.failed, second.copied, second.there, second.experiments) == ((), 1, 4, 0)  # one is still running
    assert second.runs == first.runs
    assert portrait(between) == before


def test_numbers_of_the_summary(source: tl.Client) -> None:
    with tl.connect(f"memory://{uuid4().hex}") as target:
        summary = tl.migrate(source, target)
        held = portrait(target)
    runs = [run for *_, runs in held.values() for run in runs.values()]
    assert summary.params == sum(len(run["params"]) for run in runs)
    assert summary.points == sum(len(points) for run in runs for points in run["points"].values())
    assert summary.files == sum(len(run["files"]) for run in runs)
    assert summary.bytes == sum(len(data) for run in runs for data in run["files"].values())
    assert (summary.orphans, summary.deleted, summary.ok) == (0, 0, True)
    assert (summary.source, summary.target) == (source.url, target.url)


def test_the_origin_is_the_first_place(source: tl.Client, tmp_path: Path) -> None:
    places = [tl.connect(f"local:{tmp_path / name}.db") for name in ("second", "third")]
    tl.migrate(source, places[0])
    tl.migrate(places[0], places[1])
    home = {run.name: run for run in source.runs(EXPERIMENT)}
    for run in places[1].runs(EXPERIMENT):
        assert run.origin is not None
        assert (run.origin.url, run.origin.experiment, run.origin.run) == (source.url, EXPERIMENT, home[run.name].id)
    found = tl.compare([source.url, *(place.url for place in places)])
    assert {len(row.copies) for row in found.rows} == {3}
    assert not any(row.differences for row in found.rows)


def test_a_real_server_loses_nothing(source: tl.Client, mlflow_server: MlflowServer, tmp_path: Path) -> None:
    with tl.connect(mlflow_server.tracklayer_url) as server, tl.connect(f"local:{tmp_path / 'back.db'}") as back:
        there = tl.migrate(source, server)
        assert (there.failed, there.copied, there.experiments) == ((), 5, 3)
        expected = portrait(source)
        assert portrait(server, *expected) == expected
        again = tl.migrate(source, server)
        assert (again.failed, again.copied, again.there, again.runs) == ((), 1, 4, there.runs)
        for home in expected:
            assert tl.migrate(server, back, experiment=home).failed == ()
        assert portrait(back) == expected
