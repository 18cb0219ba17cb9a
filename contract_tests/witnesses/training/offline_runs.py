"""Runs that W&B's own client writes offline, and what is in its files by its own messages."""

from __future__ import annotations

import json
import math
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import wandb
from wandb.proto import wandb_internal_pb2 as messages

CONFIG = {
    "lr": 0.1,
    "layers": 3,
    "model": {"kind": "cnn", "wide": True},
    "sizes": [1, 2],
    "none": None,
    "text": "1",
    "naïve": "ö",
}


def write(folder: Path) -> None:
    """Runs below `folder/wandb`."""
    os.environ |= {"WANDB_MODE": "offline", "WANDB_SILENT": "true", "WANDB_DIR": str(folder)}
    quiet = wandb.Settings(console="off")
    run = wandb.init(
        project="birds",
        id="whole",
        name="first",
        group="g",
        job_type="train",
        notes="a run",
        tags=["one", "two, three"],
        config=CONFIG,
        settings=quiet,
    )
    for step in range(1_500):
        run.log({"train/loss": 1 / (step + 1), "other": step * 2})
    run.log({"odd": math.nan, "endless": math.inf, "said": "words", "hist": wandb.Histogram([1, 2, 3])})
    run.log({"odd": -math.inf, "nested": {"a": 1, "b": {"c": 2.5}}, "flag": True}, step=5_000)
    run.summary["best"] = 0.01
    run.summary["train/loss"] = 0.005
    run.config.update({"late": "x" * 40_000, "lr": 0.2}, allow_val_change=True)  # longer than a block
    (Path(run.dir) / "notes.txt").write_text("hello")
    run.finish()
    failed = wandb.init(project="birds", id="failed", settings=quiet)
    failed.log({"loss": 2})
    failed.finish(exit_code=3)
    for step in range(2):
        again = wandb.init(project="fish", id="twice", config={"p": step}, resume="allow", settings=quiet)
        again.log({"loss": 1.5 - step}, step=step * 7)
        again.finish()


def read(folder: Path) -> dict[str, Any]:
    """Run -> its project, its config and its points: step, seconds, value."""
    found: dict[str, Any] = {}
    for path in sorted((folder / "wandb").glob("offline-run-*/*.wandb")):
        one: dict[str, Any] = {}
        for data in _records(path.read_bytes()):
            record: Any = messages.Record.FromString(data)
            if record.HasField("run"):
                one = found.setdefault(record.run.run_id, {"project": record.run.project, "config": {}, "points": {}})
            for config in (record.run.config, record.config):
                one.get("config", {}).update({item.key: json.loads(item.value_json) for item in config.update})
            row = {tuple(item.nested_key) or (item.key,): item.value_json for item in record.history.item}
            for keys, text in row.items():
                number = json.loads(text)
                if isinstance(number, (bool, int, float)) and not keys[0].startswith("_"):
                    series = one["points"].setdefault(".".join(keys), [])
                    series.append([record.history.step.num, json.loads(row["_timestamp",]), float(number)])
    return found


def _records(data: bytes) -> Iterator[bytes]:
    """As https://github.com/google/leveldb/blob/main/doc/log_format.md has it, behind a head of 7 bytes."""
    at, held = 7, b""
    while at + 7 <= len(data):
        if (left := 32_768 - at % 32_768) < 7:
            at += left
            continue
        crc, size, kind = struct.unpack_from("<IHB", data, at)
        piece = data[at + 7 : at + 7 + size]
        assert zlib.crc32(bytes([kind]) + piece) == crc
        at += 7 + size
        held = piece if kind in {1, 2} else held + piece
        if kind in {1, 4}:
            yield held
