"""Weights & Biases, offline: a process of its own writes what is logged to a file, to be sent later."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from benchmarks.logging.subjects.subject import Calls, Subject

#: The file is LevelDB's log: blocks, in which a record's pieces have a header of 7 bytes: checksum, length, type.
BLOCK, HEADER = 32_768, 7
WHOLE, LAST = 1, 4


class WandbOffline(Subject):
    """`run.log`; what `wandb sync` would send is what is in its file, which needs no repair after a kill."""

    module = "wandb"

    def start(self) -> Calls:
        run = self._run = self.api.init(project="bench")
        return Calls(
            lambda step, value: run.log({"loss": value}, step=step),
            lambda step, values: run.log(values, step=step),
        )

    def finish(self) -> None:
        self._run.finish()

    def steps(self, key: str) -> list[int]:
        record = import_module("wandb.proto.wandb_internal_pb2").Record
        found = []
        for path in self.folder.glob("wandb/*run-*/*.wandb"):
            for data in records(path):
                history = record.FromString(data).history
                if any(key in (item.key, *item.nested_key) for item in history.item):
                    found.append(history.step.num)
        return found

    def recover(self) -> str:
        return "records of its file, which `wandb sync` would send"


def records(path: Path) -> Iterator[bytes]:
    """The whole records of a file of W&B; one that was not written to its end is none."""
    data = path.read_bytes()
    place, record = HEADER, b""  # the file begins with 7 bytes of its own
    while place + HEADER <= len(data):
        left = BLOCK - place % BLOCK
        if left < HEADER:
            place += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, place)
        if kind == 0 or place + HEADER + length > len(data):
            return
        record += data[place + HEADER : place + HEADER + length]
        place += HEADER + length
        if kind in (WHOLE, LAST):
            yield record
            record = b""
