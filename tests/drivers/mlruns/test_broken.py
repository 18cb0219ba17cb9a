"""Folders that are damaged, or none of MLflow's: one line that says so, or as much as is sound, and what is missing."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from contract_tests.witnesses.training.left import left
from tests.drivers.reading import read

from tracklayer.drivers.mlruns import MlrunsDriver, metrics
from tracklayer.errors import DriverMissing, InvalidInput, NotFound
from tracklayer.model import RunRef
from tracklayer.spi import open_driver


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(left("mlflow2") / "mlruns", tmp_path / "mlruns")
    return tmp_path / "mlruns"


def place_of(folder: Path, name: str) -> Path:
    (run,) = [run for run in read(MlrunsDriver(folder), folder).values() if run.name == name]
    return next(folder.glob(f"*/{run.id}"))


@pytest.mark.parametrize(
    ("meta", "says"),
    [
        (b"", "meta.yaml is empty"),
        (b"- a list", "meta.yaml is no record"),
        (b"{", "meta.yaml cannot be read"),
        (b"\xff\xfe\x00", "meta.yaml cannot be read"),
        (b"!!python/object/apply:os.system ['touch /tmp/never']", "meta.yaml is no record"),
        (b"[" * 100_000, "meta.yaml is no record"),
        (b"- " * 100_000, "meta.yaml is no record"),
        (b"name: &x [1]\nb: {*x : 1, c: {d: e}}\n? {c: d}\n: e\n", "meta.yaml does not say it"),
        (b"a" * 2**21, "meta.yaml is no record"),
    ],
    ids=["empty", "a list", "cut", "no text", "code", "deep", "deep lists", "odd keys", "long"],
)
def test_a_run_whose_record_is_damaged_is_there_with_all_else(folder: Path, meta: bytes, says: str) -> None:
    place = place_of(folder, "parent ✓")
    (place / "meta.yaml").write_bytes(meta)
    run = read(MlrunsDriver(folder), folder)[place.name]
    assert run.approximate["started"].startswith(says)
    assert set(run.approximate) | {"name"} == {"name", "status", "started", "ended"}
    assert run.params["lr"] == "0.1"
    assert run.metrics["train/loss"].last_step == 299


def test_a_run_without_a_record_is_there(folder: Path) -> None:
    place = place_of(folder, "parent ✓")
    (place / "meta.yaml").unlink()
    assert read(MlrunsDriver(folder), folder)[place.name].approximate["status"].startswith("meta.yaml: No such file")


def test_an_experiment_whose_record_is_damaged_has_its_folders_name(folder: Path) -> None:
    home = place_of(folder, "parent ✓").parent
    (home / "meta.yaml").write_text("")
    driver = MlrunsDriver(folder)
    found = driver.get_experiment(home.name)
    assert (found.id, found.approximate["name"]) == (home.name, "meta.yaml is empty")
    assert len(read(driver, folder)) == len(list(folder.glob("*/*/metrics"))) + 1


def test_lines_that_are_none_are_left_out_and_counted(folder: Path) -> None:
    place = place_of(folder, "parent ✓")
    with (place / "metrics" / "train" / "loss").open("a") as file:
        file.write(f"words\n1 2 {2**63}\n\n1700000009999 0.25 7 data set 8a506ec6\n1700000009999 0.5\n1700 0.5 3")
    (place / "tags" / "odd").write_bytes(b"\xff")
    driver = MlrunsDriver(folder)
    run = read(driver, folder)[place.name]
    assert run.approximate == {
        "metrics.train/loss": "lines of its file that cannot be read, and are left out: 4",
        "tags.odd": "its file is no UTF-8",
    }
    found = [row for part in driver.read_points(run.ref, "train/loss").items for row in part.rows()]
    assert found[-2:] == [(7, 1_700_000_009_999_000_000, 0.25), (0, 1_700_000_009_999_000_000, 0.5)]


def test_a_long_series_is_read_block_by_block(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "BLOCK", 100)
    place = place_of(folder, "parent ✓")
    path = place / "metrics" / "train" / "loss"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:5], "9" * 1_000, *lines[5:]]) + "\n")
    run = read(MlrunsDriver(folder), folder)[place.name]  # which reads every series whole
    assert run.metrics["train/loss"].last_step == 299
    assert run.approximate["metrics.train/loss"].endswith(": 1")


@pytest.mark.parametrize("made", ["nothing", "a file", "an empty folder", "the folder above"])
def test_what_is_no_such_folder_is_said_in_one_line(tmp_path: Path, folder: Path, made: str) -> None:
    path = {"a file": tmp_path / "file", "the folder above": folder.parent}.get(made, tmp_path / "other")
    if made == "a file":
        path.write_text("x")
    elif made == "an empty folder":
        path.mkdir()
    driver = open_driver(f"mlruns:{path}")
    for ask in (driver.list_experiments, lambda: driver.get_run(RunRef(id="r"))):
        with pytest.raises(NotFound) as caught:
            ask()
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
        assert (f"it is {folder}?" in str(caught.value)) == (made == "the folder above")


@pytest.mark.parametrize("url", ["mlruns://host/x", "mlruns:/x#y", "mlruns:/x?nosuch=1", "mlruns:/x?artifacts="])
def test_a_url_that_names_no_folder_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        open_driver(url)


def test_what_is_missing_is_named_with_its_pip_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(DriverMissing, match=r"pip install 'tracklayer\[mlruns\]'"):
        open_driver(f"mlruns:{tmp_path}")


def test_a_folder_that_is_not_named_is_mlruns_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_driver("mlruns:").url == f"mlruns:{tmp_path}/mlruns"
    assert open_driver("mlruns:a%3Fb?artifacts=s3://bucket/x").url == f"mlruns:{tmp_path}/a%3Fb?artifacts=s3://bucket/x"
