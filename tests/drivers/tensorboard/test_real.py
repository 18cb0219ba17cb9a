"""Folders that TensorBoard's and tensorboardX's writers left, against what TensorBoard's own reader finds there."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import pytest
from contract_tests.witnesses.training.left import left
from tests.drivers.reading import points, read, rows

from tracklayer.drivers import _spool
from tracklayer.drivers._left import moment, nanoseconds
from tracklayer.drivers.tensorboard import TensorboardDriver
from tracklayer.errors import Conflict, InvalidInput, NotFound
from tracklayer.model import RunRef
from tracklayer.spi import every, open_driver

BEGAN = 1_700_000_000.25


def test_every_series_is_what_tensorboard_says_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_spool, "HELD", 30)  # so that a series lies in many chunks, and these in a file
    monkeypatch.setattr(_spool, "PAGE", 20)
    monkeypatch.setattr(_spool, "SMALL", 100)
    folder = left("events")
    truth = json.loads((folder / "logs.json").read_text())
    driver = open_driver(f"tensorboard:{folder}/logs")
    runs = read(driver, folder)
    assert {run.name for run in runs.values()} == set(runs) == set(truth)
    for one, series in truth.items():
        assert set(runs[one].metrics) == set(series)
        for key, wanted in series.items():
            found = points(driver, runs[one], key).rows()
            assert rows(found) == rows([(step, nanoseconds(time), value) for step, time, value in wanted])


def test_params_texts_and_times_are_those_that_were_written() -> None:
    driver = TensorboardDriver(left("events") / "logs")
    runs = read(driver, left("events"))
    modern, plain, tried = runs["modern"], runs["plain"], runs["plain/tried"]
    assert modern.params == {"units": 64.0, "activation": "relu", "bias": False}
    assert modern.tags == {"config": "a: 1"}
    assert (modern.status, modern.started, modern.ended) == (
        "finished",
        moment(nanoseconds(BEGAN)),
        moment(nanoseconds(BEGAN + 100)),
    )
    assert modern.approximate == {}
    assert tried.params == {"lr": 0.1, "batch": 32.0, "model": "svm", "shuffle": True}
    assert plain.tags == {"note/text_summary": "**bold** text", "said/text_summary": "second"}
    assert set(plain.approximate) == {"status", "started", "ended", "tags.said/text_summary"}
    files = [file.path for file in every(partial(driver.list_artifacts, modern.ref))]
    assert "hparams.yaml" in files
    assert sum("tfevents" in path for path in files) == 2
    assert all("/" not in file.path for file in every(partial(driver.list_artifacts, plain.ref))), "but not other runs'"


def test_a_folder_whose_own_files_are_a_run(tmp_path: Path) -> None:
    shutil.copytree(left("events") / "logs" / "plain", tmp_path / "plain")
    driver = open_driver(f"tensorboard:{tmp_path}/plain")
    runs = read(driver, tmp_path)
    assert {one: run.name for one, run in runs.items()} == {
        ".": "plain",
        "tried": "tried",
        "validation": "validation",
    }
    assert driver.get_experiment("plain").id == "plain"


def test_what_grows_is_read_anew_and_a_page_of_what_has_grown_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_spool, "HELD", 10)
    monkeypatch.setattr(_spool, "PAGE", 10)
    shutil.copytree(left("events") / "logs" / "modern", tmp_path / "modern")
    first, second = sorted((tmp_path / "modern").glob("*tfevents*"))
    late = second.read_bytes()
    second.unlink()
    driver = TensorboardDriver(tmp_path)
    run = RunRef(id="modern")
    assert driver.get_run(run).metrics["loss"].last_step == 49
    page = driver.read_points(run, "loss")
    assert page.after is not None
    second.write_bytes(late)
    assert driver.read_points(run, "loss", page.after).items[0].key == "loss", "the rest of what was begun"
    assert driver.get_run(run).metrics["loss"].last_step == 99
    with pytest.raises(Conflict, match="read it anew"):
        driver.read_points(run, "loss", page.after)
    assert first.exists()


def test_links_are_not_followed(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    shutil.copytree(left("events") / "logs" / "plain" / "validation", logs / "run")
    secret = tmp_path / "secret.txt"
    secret.write_text("s3cr3t")
    (logs / "run" / "stolen.txt").symlink_to(secret)
    (logs / "other").symlink_to(left("events") / "logs" / "modern")
    driver = TensorboardDriver(logs)
    assert set(read(driver, logs)) == {"run"}
    for one in ("other", "../logs/run", "run/../run", "/", ""):
        with pytest.raises((NotFound, InvalidInput)):
            driver.get_run(RunRef(id=one))
    with pytest.raises(NotFound):
        driver.open_artifact(RunRef(id="run"), "stolen.txt")
