"""Folders that W&B's own client wrote offline, against what its own messages say is in them."""

from __future__ import annotations

import json
import math
import shutil
from functools import partial
from pathlib import Path

import pytest
from contract_tests.witnesses.training.left import left
from tests.drivers.reading import points, read, rows

from tracklayer.drivers import _spool
from tracklayer.drivers._left import nanoseconds
from tracklayer.drivers.wandb import WandbDriver
from tracklayer.spi import every, open_driver


def test_every_series_is_what_was_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_spool, "HELD", 400)
    monkeypatch.setattr(_spool, "PAGE", 200)
    folder = left("offline")
    truth = json.loads((folder / "wandb.json").read_text())
    driver = open_driver(f"wandb:{folder}/wandb")
    runs = read(driver, folder / "wandb")
    assert set(runs) == set(truth) == {"whole", "failed", "twice"}
    for one, wanted in truth.items():
        run = runs[one]
        assert run.experiment.id == wanted["project"]
        assert {key for key in run.metrics if not key.startswith("system/")} == set(wanted["points"])
        for key, series in wanted["points"].items():
            found = points(driver, run, key).rows()
            assert rows(found) == rows([(step, nanoseconds(time), value) for step, time, value in series])


def test_what_a_run_says_of_itself() -> None:
    driver = WandbDriver(left("offline") / "wandb")
    runs = read(driver, left("offline") / "wandb")
    whole = runs["whole"]
    assert (whole.name, whole.description, whole.status) == ("first", "a run", "finished")
    assert whole.params == {
        "lr": 0.2,
        "layers": 3,
        "model.kind": "cnn",
        "model.wide": True,
        "sizes": "[1, 2]",
        "none": "null",
        "text": "1",
        "naïve": "ö",
        "late": "x" * 40_000,
    }
    assert {key: type(value) for key, value in whole.params.items()}["layers"] is int
    tags = dict(whole.tags)
    assert tags.pop("wandb.host")
    assert tags == {
        "wandb.group": "g",
        "wandb.job_type": "train",
        "wandb.tags": '["one", "two, three"]',
        "wandb.summary.best": "0.01",
        "wandb.summary.said": "words",
        "wandb.summary.train/loss": "0.005",
    }
    assert set(whole.approximate) == {"ended", "metrics"}
    assert whole.approximate["metrics"].startswith("left out, as no numbers: said, hist; ")
    assert [math.isnan(value) or value for value in points(driver, whole, "odd").values] == [True, -math.inf]
    assert (list(points(driver, whole, "flag").values), list(points(driver, whole, "nested.b.c").steps)) == (
        [1.0],
        [5_000],
    )
    assert whole.source is not None
    assert whole.source.command is not None
    assert "training.make offline" in whole.source.command
    assert any(key.startswith("system/") for run in runs.values() for key in run.metrics)
    assert (runs["failed"].status, runs["twice"].status) == ("failed", "finished")
    assert runs["twice"].params == {"p": 1}, "two folders of one run are one run"
    assert list(points(driver, runs["twice"], "loss").values) == [1.5, 0.5]


def test_the_files_of_a_run_are_those_it_saved_and_its_record(tmp_path: Path) -> None:
    shutil.copytree(left("offline") / "wandb", tmp_path / "wandb", symlinks=True)
    (tmp_path / "secret").write_text("s3cr3t")
    place = next((tmp_path / "wandb").glob("*-whole"))
    (place / "files" / "stolen").symlink_to(tmp_path / "secret")
    driver = WandbDriver(tmp_path / "wandb")
    runs = read(driver, tmp_path)
    files = {file.path: file.size for file in every(partial(driver.list_artifacts, runs["whole"].ref))}
    assert {"notes.txt", f"wandb/{place.name}/run-whole.wandb"} <= set(files)
    assert "stolen" not in files
    twice = [file.path for file in every(partial(driver.list_artifacts, runs["twice"].ref))]
    assert sum(path.endswith(".wandb") for path in twice) == 2
