"""Databases that MLflow's own client and server wrote, against what they say themselves."""

from __future__ import annotations

import json
import math
import shutil
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from sys import float_info

import pytest
from contract_tests.servers.mlflow_server import MlflowServer, shared_server
from contract_tests.witnesses.training.left import left
from tests.drivers.reading import as_mlflow_says, points, read

import tracklayer as tl
from tracklayer.drivers.mlflow_db import MlflowDbDriver
from tracklayer.drivers.mlflow_db.driver import ENDLESS
from tracklayer.model import Points
from tracklayer.spi import every, open_driver


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    with shared_server(tmp_path_factory.getbasetemp()) as server:
        yield server


@pytest.mark.parametrize("part", ["mlflow2", "mlflow3"])
def test_every_run_is_what_mlflow_says_of_it(part: str) -> None:
    folder = left(part)
    truth = json.loads((folder / "database.json").read_text())
    driver = open_driver(f"mlflow+sqlite:{folder}/mlflow.db")
    runs = read(driver, folder)
    assert set(runs) == set(truth)
    for one, wanted in truth.items():
        as_mlflow_says(driver, runs[one], wanted)
        assert set(runs[one].approximate.values()) <= {ENDLESS}
    (endless,) = [run for run in runs.values() if "metrics.endless" in run.approximate]
    assert list(points(driver, endless, "endless").values) == [float_info.max, -float_info.max]


def test_a_database_that_was_moved_has_its_files_and_its_models(tmp_path: Path) -> None:
    shutil.copytree(left("mlflow3") / "mlruns", tmp_path / "mlruns")
    shutil.copy(left("mlflow3") / "mlflow.db", tmp_path)
    driver = MlflowDbDriver(tmp_path / "mlflow.db")
    runs = {run.name: run for run in read(driver, tmp_path).values()}
    files = [file.path for file in every(partial(driver.list_artifacts, runs["search"].ref))]
    assert "best/MLmodel" in files
    assert len({path.partition("/")[0] for path in files if path.startswith("best")}) == 2


def test_a_database_that_is_being_written_is_read_as_it_is(tmp_path: Path) -> None:
    """In WAL mode, as MLflow's own `migrate-filestore` leaves it, with a writer that has not written it back."""
    shutil.copy(left("mlflow3") / "mlflow.db", tmp_path)
    writer = sqlite3.connect(tmp_path / "mlflow.db")
    writer.execute("PRAGMA journal_mode = WAL")
    writer.close()
    driver = MlflowDbDriver(tmp_path / "mlflow.db")
    assert driver.get_experiment("by hand").name
    assert [path.name for path in tmp_path.iterdir()] == ["mlflow.db"], "SQLite would have made two files beside it"
    writer = sqlite3.connect(tmp_path / "mlflow.db")
    writer.execute("INSERT INTO experiments VALUES (77, 'late', NULL, 'active', NULL, NULL, 'default')")
    writer.commit()
    found = driver.get_experiment("late")
    assert (found.id, found.created) == ("77", None)
    driver.close()
    writer.close()


def test_a_long_series_is_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracklayer.drivers.mlflow_db.driver.HISTORY", 7)
    folder = left("mlflow3")
    truth = json.loads((folder / "database.json").read_text())
    driver = MlflowDbDriver(folder / "mlflow.db")
    runs = [run for run in read(driver, folder).values() if run.name == "parent ✓"]
    as_mlflow_says(driver, runs[0], truth[runs[0].id])


def test_what_tracklayer_wrote_through_a_server_is_read_as_through_the_server(mlflow_server: MlflowServer) -> None:
    with tl.connect(mlflow_server.tracklayer_url) as client:
        client.create_experiment("read by file", tags={"t": "x" * 9_000}, description="d")
        with client.start_run("read by file", name="n" * 300, params={"i": 1, "f": 0.1, "b": True, "s": "1"}) as active:
            active.log_params({"long": "y" * 20_000, "ünï?": 2.0})
            active.log_metrics({"loss": math.inf}, step=1)
            active.log_points(Points.of("odd name?", [(0, 123_456_789, 1.0), (1, 5, math.nan), (2, 7, -math.inf)]))
            active.set_tag("deep/er", "z" * 9_000)
            active.log_text("hello", "notes/100%?.txt")
        through = client.run(active.url)
        series = {key: client.metric_history(through, key) for key in through.metrics}
        url = f"mlflow+sqlite:{mlflow_server.folder}/mlflow.db?artifacts={mlflow_server.files}"
        with tl.connect(url) as reader:
            assert reader.url == url
            assert reader.experiment("read by file") == client.experiment("read by file")
            found = reader.run(through.id)
            assert found == through
            assert {key: reader.metric_history(found, key) for key in found.metrics} == series
            assert [file.path for file in reader.artifacts(found)] == [file.path for file in client.artifacts(through)]
            assert isinstance(found.params["b"], bool)
