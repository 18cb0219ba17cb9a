"""Runs in a place, written through its driver: what `scale`, `bulk` and `rate` move.

`python -m benchmarks.migrate.inside.store URL RUNS PARAMS METRICS STEPS FILES BYTES`
"""

from __future__ import annotations

import io
import os
import sys
from array import array
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from benchmarks.migrate.size import Size

import tracklayer as tl
from tracklayer.model import Batch, ExperimentDraft, Points, RunDraft, RunRef
from tracklayer.spi import Driver

BEGAN = datetime(2026, 1, 1, tzinfo=timezone.utc)
#: Points of one write, and bytes of one read of a file.
AT_ONCE, BLOCK = 50_000, 2**20
#: Runs an experiment.
EACH = 1_000


class Data(io.RawIOBase):
    """A file of so many bytes that is nowhere: each block of a megabyte begins with its number."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._block = os.urandom(BLOCK)
        self._number = 0

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        block = self._number.to_bytes(8, "big") + self._block[8:]
        count = min(len(into), self._left, BLOCK)
        into[:count] = block[:count]
        self._left -= count
        self._number += 1
        return count


def main(url: str, size: Size) -> None:
    with tl.connect(url) as client:
        driver = client.driver
        for number in range(size.runs):
            if number % EACH == 0:
                home = driver.create_experiment(ExperimentDraft(name=f"bench-{number // EACH:04}")).ref
            began = BEGAN + timedelta(minutes=number)
            draft = RunDraft(token=f"bench-{number:08}", name=f"run-{number:05}", started=began, user="ada")
            run = driver.create_run(home, draft).ref
            _log(driver, run, number, size.params)
            for points in _points(size.metrics, size.steps):
                driver.write(run, Batch(points=(points,)))
            for file in range(size.files):
                small = size.bytes <= BLOCK
                data = io.BytesIO(os.urandom(size.bytes)) if small else io.BufferedReader(Data(size.bytes), BLOCK)
                driver.put_artifact(run, f"model/file-{file}.bin", data)
            driver.write(run, Batch(status="finished", ended=began + timedelta(seconds=42)))


def _log(driver: Driver, run: RunRef, number: int, params: int) -> None:
    """Params of every type, and two tags."""
    kinds = (f"text {number}", number, number / 7, number % 2 == 0)
    given = {f"param-{each}": kinds[each % len(kinds)] for each in range(params)}
    driver.write(run, Batch(params=given, tags={"team": "benchmarks", "number": str(number)}))


def _points(metrics: int, steps: int) -> Iterator[Points]:
    for metric in range(metrics):
        for start in range(0, steps, AT_ONCE):
            some = range(start, min(steps, start + AT_ONCE))
            times = array("q", (1_767_225_600_000_000_000 + step * 1_000_000_000 for step in some))
            values = array("d", (1 / (1 + step + metric) for step in some))
            yield Points(key=f"metric-{metric}", steps=array("q", some), times=times, values=values)


if __name__ == "__main__":
    main(sys.argv[1], Size.read(sys.argv[2:]))
