"""Files that are damaged, or no database of MLflow's, and databases of older versions."""

from __future__ import annotations

import shutil
import sqlite3
from functools import partial
from pathlib import Path

import pytest
from contract_tests.witnesses.training.left import left
from tests.drivers.reading import read

from tracklayer.drivers.mlflow_db import MlflowDbDriver
from tracklayer.errors import NotFound, PermissionDenied, ProviderError, Unavailable, Unsupported
from tracklayer.model import Query, Run, RunRef
from tracklayer.spi import open_driver


@pytest.fixture
def database(tmp_path: Path) -> Path:
    shutil.copy(left("mlflow3") / "mlflow.db", tmp_path)
    shutil.copytree(left("mlflow3") / "mlruns", tmp_path / "mlruns")
    return tmp_path / "mlflow.db"


def read_all(driver: MlflowDbDriver) -> list[Run]:
    homes = tuple(home.ref for home in driver.list_experiments().items)
    return list(driver.list_runs(Query(experiments=homes)).items)


@pytest.mark.parametrize(
    ("data", "kind", "says"),
    [
        (None, NotFound, "there is no such file: check the path"),
        (b"", Unavailable, "is no database of MLflow's"),
        (b"words" * 2_000, Unavailable, "not a database"),
        ("cut", Unavailable, "malformed"),
        ("locked", Unavailable, "another process is writing"),
    ],
    ids=["nothing", "empty", "words", "cut", "locked"],
)
def test_what_cannot_be_read_is_said_in_one_line(
    database: Path, data: bytes | str | None, kind: type[ProviderError], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = None
    if data is None:
        database.unlink()
    elif data == "cut":
        database.write_bytes(database.read_bytes()[:30_000])
    elif data == "locked":
        monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0))
        writer = sqlite3.connect(database, isolation_level=None)
        writer.execute("BEGIN EXCLUSIVE")
    elif isinstance(data, bytes):
        database.write_bytes(data)
    driver = open_driver(f"mlflow+sqlite:{database}")
    for ask in (driver.list_experiments, lambda: driver.get_run(RunRef(id="r"))):
        with pytest.raises(kind) as caught:
            ask()
        assert says in str(caught.value)
        assert str(database) in str(caught.value)
        assert caught.value.retryable == (data == "locked")
    if writer is not None:
        writer.close()


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises((NotFound, PermissionDenied)):
        open_driver(f"mlflow+sqlite:{tmp_path}").list_experiments()


def test_a_schema_of_before_data_sets_and_models_is_read(database: Path) -> None:
    """As of MLflow 1.x: no data sets, no models, no workspaces, no creation times, and no index by key."""
    with sqlite3.connect(database) as db:
        for table in ("inputs", "input_tags", "datasets", "logged_models"):
            db.execute(f"DROP TABLE {table}")
        db.execute("DROP INDEX index_metrics_run_uuid_key_step")
        db.execute(
            "CREATE TABLE old AS SELECT experiment_id, name, artifact_location, lifecycle_stage FROM experiments"
        )
        db.execute("DROP TABLE experiments")
        db.execute("ALTER TABLE old RENAME TO experiments")
    db.close()
    driver = MlflowDbDriver(database)
    runs = {run.name: run for run in read(driver, database.parent).values()}
    assert runs["parent ✓"].inputs == ()
    assert runs["search"].metrics
    assert driver.get_experiment("by hand").created is None


def test_files_that_are_not_on_this_machine_are_said_to_be_elsewhere(database: Path) -> None:
    with sqlite3.connect(database) as db:
        db.execute(
            "UPDATE runs SET artifact_uri = 'mlflow-artifacts:/1/' || run_uuid || '/artifacts' WHERE name = 'child'"
        )
        db.execute("UPDATE runs SET artifact_uri = '/nobodys/1/' || run_uuid || '/artifacts' WHERE name = 'far'")
        db.execute("UPDATE runs SET artifact_uri = '/etc' WHERE name = 'still running'")
    db.close()
    driver = MlflowDbDriver(database)
    found = {run.name: run.id for run in read_all(driver)}
    for name, says in (
        ("child", "mlflow-artifacts:"),
        ("far", "which is not on this machine"),
        ("still running", "no folder of MLflow's"),
    ):
        with pytest.raises(Unsupported, match=says):
            driver.list_artifacts(RunRef(id=found[name]))
        assert driver.get_sidecars(RunRef(id=found[name])) == {}
    served = MlflowDbDriver(database, str(database.parent / "mlruns"))
    assert served.list_artifacts(RunRef(id=found["child"])).items == ()
