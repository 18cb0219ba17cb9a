"""`.wandb` files that are cut or damaged: what is sound is given, and what is not is said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from contract_tests.witnesses.training.left import left
from tests.drivers.reading import read

from tracklayer.drivers.wandb import WandbDriver
from tracklayer.drivers.wandb.blocks import BLOCK, records
from tracklayer.errors import NotFound
from tracklayer.model import RunRef
from tracklayer.spi import open_driver

WHOLE = RunRef(id="whole")


@pytest.fixture
def record(tmp_path: Path) -> Path:
    place = next((left("offline") / "wandb").glob("*-whole"))
    shutil.copytree(place, tmp_path / "wandb" / place.name)
    return tmp_path / "wandb" / place.name / "run-whole.wandb"


def test_a_file_that_is_cut_gives_what_is_whole(record: Path) -> None:
    data = record.read_bytes()
    last = -1
    for end in (200, 2_000, BLOCK - 3, BLOCK, BLOCK + 3, 3 * BLOCK + 100, len(data) - 1):
        record.write_bytes(data[:end])
        run = WandbDriver(record.parents[1]).get_run(WHOLE)
        assert run.status == "running"
        assert "status" in run.approximate
        step = run.metrics["train/loss"].last_step if "train/loss" in run.metrics else -1
        assert step >= last
        last = step
    assert last == 1_499
    assert "ends in the middle of a record" in run.approximate["metrics"]


def test_damage_costs_no_more_than_the_rest_of_its_block(record: Path) -> None:
    data = bytearray(record.read_bytes())
    data[2 * BLOCK + 100] ^= 1
    record.write_bytes(bytes(data))
    run = read(WandbDriver(record.parents[1]), record.parents[1])["whole"]
    assert "damaged records are left out" in run.approximate["metrics"]
    assert run.status == "finished"
    assert run.metrics["train/loss"].last_step == 1_499
    assert run.params["lr"] == 0.2


def test_a_file_that_is_none_of_wandbs_is_said_to_be_none(record: Path) -> None:
    record.write_bytes(b"words" * 100)
    (run,) = read(WandbDriver(record.parents[1]), record.parents[1]).values()
    assert (run.id, run.experiment.id) == ("whole", "uncategorized")
    assert run.approximate["metrics"] == "run-whole.wandb: it is no file of W&B's"


def test_a_record_that_is_none_is_left_out(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = [b"\x12\x03\x0a\x01\x08", b"\x12\x06\x0a\x04\x82\x01\x01{", b"\x0b", b"\x2a\x00\x12\xff"]
    monkeypatch.setattr("tracklayer.drivers.wandb.record.records", lambda *args: [*odd, *records(*args)])
    run = read(WandbDriver(record.parents[1]), record.parents[1])["whole"]
    assert "damaged records are left out" in run.approximate["metrics"]
    assert run.metrics["train/loss"].last_step == 1_499


def test_a_run_that_comes_later_is_found(record: Path) -> None:
    driver = WandbDriver(record.parents[1])
    assert {one.name for one in driver.list_experiments().items} == {"birds"}
    other = next((left("offline") / "wandb").glob("*-twice"))
    shutil.copytree(other, record.parents[1] / other.name)
    assert {one.name for one in driver.list_experiments().items} == {"birds", "fish"}


def test_a_folder_that_is_not_there_and_one_without_runs(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="is not there"):
        open_driver(f"wandb:{tmp_path}/nothing").list_experiments()
    assert read(open_driver(f"wandb:{tmp_path}"), tmp_path) == {}
