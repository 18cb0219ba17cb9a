"""Event files that are cut or damaged: what is sound is given, and what is not is said."""

from __future__ import annotations

import shutil
import struct
import sys
from pathlib import Path

import pytest
from contract_tests.witnesses.training.left import left
from tests.drivers.reading import read

from tracklayer.drivers.tensorboard import TensorboardDriver, frames
from tracklayer.drivers.tensorboard.frames import _masked, crc32c
from tracklayer.errors import DriverMissing, NotFound
from tracklayer.model import RunRef
from tracklayer.spi import open_driver


@pytest.fixture
def events(tmp_path: Path) -> Path:
    shutil.copytree(left("events") / "logs" / "plain" / "validation", tmp_path / "logs" / "run")
    return next((tmp_path / "logs" / "run").iterdir())


def framed(record: bytes) -> bytes:
    """A record as TFRecord frames it."""
    length = struct.pack("<Q", len(record))
    sums = [struct.pack("<I", _masked(crc32c()(part))) for part in (length, record)]
    return length + sums[0] + record + sums[1]


def event(step: int, value: bytes) -> bytes:
    """An event at second 1 with one value."""
    summary = b"\x0a" + bytes([len(value)]) + value
    return b"\x09" + struct.pack("<d", 1.0) + b"\x10" + bytes([step]) + b"\x2a" + bytes([len(summary)]) + summary


def simple(number: float) -> bytes:
    return b"\x0a\x04loss\x15" + struct.pack("<f", number)


def test_a_file_that_is_cut_anywhere_gives_what_is_whole(events: Path) -> None:
    whole = events.read_bytes()
    (size,) = struct.unpack("<Q", whole[:8])
    borders = {0, size + 16, len(whole)}
    for end in range(len(whole) + 1):
        events.write_bytes(whole[:end])
        run = TensorboardDriver(events.parents[1]).get_run(RunRef(id="run"))
        assert ("ends in the middle" in run.approximate.get("metrics", "")) == (end not in borders)
        assert set(run.metrics) == ({"loss"} if end == len(whole) else set())


@pytest.mark.parametrize("at", ["the length", "the record"])
def test_a_damaged_byte_costs_one_record_or_the_rest(events: Path, at: str) -> None:
    good = framed(event(2, simple(0.25)))
    bad = bytearray(framed(event(1, simple(0.5))))
    bad[1 if at == "the length" else 20] ^= 1
    events.write_bytes(events.read_bytes() + bytes(bad) + good)
    (run,) = read(TensorboardDriver(events.parents[1]), events.parents[1]).values()
    if at == "the length":
        assert "what follows is left out" in run.approximate["metrics"]
        assert run.metrics["loss"].last == 0.5
    else:
        assert run.approximate["metrics"] == f"{events.name}: 1 damaged records are left out"
        assert run.metrics["loss"].last == 0.25


@pytest.mark.parametrize(
    "value",
    [
        b"\x0a\xff\x7f",  # longer than its message
        b"\x0b\x0b",  # a group
        b"\x08" + b"\xff" * 11,  # a number without an end
        b"\x12\x02xx",  # a value of another kind
        b"\x08\x01",  # a tag that is a number
    ],
)
def test_a_record_that_is_no_event_is_left_out(events: Path, value: bytes) -> None:
    events.write_bytes(events.read_bytes() + framed(event(1, value)) + framed(event(3, simple(0.125))))
    (run,) = read(TensorboardDriver(events.parents[1]), events.parents[1]).values()
    assert run.approximate["metrics"] == f"{events.name}: 1 damaged records are left out"
    assert run.metrics["loss"].last == 0.125


def test_a_record_that_is_too_large_is_passed_over(events: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MOST", 100)
    events.write_bytes(events.read_bytes() + framed(b"x" * 200) + framed(event(3, simple(0.125))))
    (run,) = read(TensorboardDriver(events.parents[1]), events.parents[1]).values()
    assert run.metrics["loss"].last == 0.125


def test_a_time_that_is_none_is_left_out(events: Path) -> None:
    record = bytearray(event(3, simple(0.125)))
    record[1:9] = struct.pack("<d", float("nan"))
    events.write_bytes(events.read_bytes() + framed(bytes(record)))
    (run,) = read(TensorboardDriver(events.parents[1]), events.parents[1]).values()
    assert run.metrics["loss"].last == 0.5
    assert run.approximate["metrics.loss"] == "1 values that are no number or have no time are left out"


def test_a_folder_that_is_not_there_and_one_without_events(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="is not there"):
        open_driver(f"tensorboard:{tmp_path}/nothing").list_experiments()
    assert read(open_driver(f"tensorboard:{tmp_path}"), tmp_path) == {}


def test_what_is_missing_is_named_with_its_pip_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frames.crc32c.cache_clear()
    monkeypatch.setitem(sys.modules, "google_crc32c", None)
    with pytest.raises(DriverMissing, match=r"pip install 'tracklayer\[tensorboard\]'"):
        open_driver(f"tensorboard:{tmp_path}")
