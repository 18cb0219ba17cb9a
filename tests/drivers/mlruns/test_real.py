"""Folders that MLflow's own client wrote, by hand and by autologging, against what that client reads there."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import pytest
from contract_tests.witnesses.training.left import left
from tests.drivers.reading import as_mlflow_says, points, read

from tracklayer.drivers.mlruns import MLRUNS, MlrunsDriver
from tracklayer.errors import Unsupported
from tracklayer.layers.fitting.residue import Page, encoded
from tracklayer.layers.fitting.series import blocks
from tracklayer.layers.fitting.texts import slot
from tracklayer.model import Points
from tracklayer.spi import every, open_driver


@pytest.mark.parametrize("part", ["mlflow2", "mlflow3"])
def test_every_run_is_what_mlflow_says_of_it(part: str) -> None:
    folder = left(part)
    truth = json.loads((folder / "mlruns.json").read_text())
    driver = open_driver(f"mlruns:{folder}/mlruns")
    runs = read(driver, folder)
    assert set(runs) == set(truth)
    for one, wanted in truth.items():
        as_mlflow_says(driver, runs[one], wanted)
        assert runs[one].approximate == {}


def test_a_folder_that_was_moved_has_its_files_and_its_models(tmp_path: Path) -> None:
    shutil.copytree(left("mlflow3") / "mlruns", tmp_path / "moved")
    driver = MlrunsDriver(tmp_path / "moved")
    runs = {run.name: run for run in read(driver, tmp_path).values()}
    search = [file.path for file in every(partial(driver.list_artifacts, runs["search"].ref))]
    newest = [path for path in search if path.startswith("best/")]
    other = {path.partition("/")[0] for path in search if path.startswith("best-m-")}
    assert "best/MLmodel" in newest
    assert len(other) == 1, "two models of one name have two folders"
    with driver.open_artifact(runs["search"].ref, f"{other.pop()}/MLmodel") as file:
        assert b"model_uuid" in file.read()
    far = runs["far"]
    with driver.open_artifact(far.ref, "far.txt") as file:
        assert file.read() == b"far away", "an experiment with a place of its own for files"


def test_an_infinity_is_one() -> None:
    driver = MlrunsDriver(left("mlflow3") / "mlruns")
    (run,) = [run for run in read(driver, left("mlflow3")).values() if "endless" in run.metrics]
    assert list(points(driver, run, "endless").values) == [float("inf"), float("-inf")]


def test_what_tracklayer_kept_beside_a_run_comes_back(tmp_path: Path) -> None:
    """It wrote through a server whose store is a folder: long values and series are files among the run's."""
    shutil.copytree(left("mlflow2") / "mlruns", tmp_path / "mlruns")
    driver = MlrunsDriver(tmp_path / "mlruns")
    (parent,) = [run for run in read(driver, tmp_path).values() if run.name == "parent ✓"]
    place = next((tmp_path / "mlruns").glob(f"*/{parent.id}"))
    sidecars: dict[str, bytes] = {}
    (place / "params" / "long").write_text(slot("x" * 9_000, MLRUNS.limits.param_value, sidecars))
    (place / "params" / "deep").write_text("12")
    page = Page(typed={"deep": {"12"}})
    (place / "tags" / MLRUNS.names.tag.own("page0")).write_text(encoded(page).decode())
    sidecars |= blocks(Points.of("fine", [(1, 5, 0.5)]))
    (place / "artifacts" / ".tracklayer").mkdir()
    for key, data in sidecars.items():
        (place / "artifacts" / ".tracklayer" / key).write_bytes(data)
    run = read(driver, tmp_path)[parent.id]
    assert (run.params["long"], run.params["deep"]) == ("x" * 9_000, 12)
    assert list(points(driver, run, "fine").rows()) == [(1, 5, 0.5)]
    assert [file.path for file in every(partial(driver.list_artifacts, run.ref))] == ["empty.txt", "notes/hello.txt"]


def test_a_record_leads_nowhere_else(tmp_path: Path) -> None:
    """`artifact_uri: file:///home` must not make somebody's home the files of a run; nor may a link."""
    shutil.copytree(left("mlflow2") / "mlruns", tmp_path / "mlruns")
    secret = tmp_path / "home" / "artifacts"
    secret.mkdir(parents=True)
    (secret / "secret.txt").write_text("s3cr3t")
    driver = MlrunsDriver(tmp_path / "mlruns")
    runs = {run.name: run for run in read(driver, tmp_path / "mlruns").values()}
    place = next((tmp_path / "mlruns").glob(f"*/{runs['parent ✓'].id}"))
    meta = (place / "meta.yaml").read_text()
    shutil.rmtree(place / "artifacts")
    for uri in (secret.parent.as_uri(), secret.as_uri(), f"{tmp_path.as_uri()}/{place.name}/../home/artifacts"):
        lines = [line for line in meta.splitlines() if not line.startswith("artifact_uri")]
        (place / "meta.yaml").write_text("\n".join([*lines, f"artifact_uri: {uri}"]))
        with pytest.raises(Unsupported, match="no folder of MLflow's"):
            driver.list_artifacts(runs["parent ✓"].ref)
    (place / "meta.yaml").write_text(meta)
    (place / "artifacts").symlink_to(secret)
    with pytest.raises(Unsupported, match="no folder of MLflow's"):
        driver.open_artifact(runs["parent ✓"].ref, "secret.txt")
    (place / "tags" / "stolen").symlink_to(secret / "secret.txt")
    (place / "metrics" / "stolen").symlink_to(secret / "secret.txt")
    found = driver.get_run(runs["parent ✓"].ref)
    assert "stolen" not in {**found.tags, **found.metrics}
    assert driver.read_points(found.ref, "stolen").items == ()
