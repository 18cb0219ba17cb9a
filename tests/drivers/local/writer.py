"""Writes to one run of a store, over and over: a process that other processes meet there.

Each batch is of `SIZE` points of the metric `loss` and one param, and its number is printed when it has been written.
Arguments: the store, the run, the number of this writer, how many batches (0: until killed).
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from tracklayer.drivers.local import LocalDriver
from tracklayer.model import Batch, Points, RunRef

SIZE = 500


def batch(writer: int, number: int) -> Batch:
    """Points that interleave with those of other writers, so that all meet in the same chunks."""
    steps = range(number * SIZE, (number + 1) * SIZE)
    points = Points.of("loss", [(step, writer, float(writer)) for step in steps])
    return Batch(params={f"{writer}.{number}": number}, tags={"last": str(writer)}, points=(points,))


def main() -> None:
    store, run, writer, batches = sys.argv[1:]
    driver = LocalDriver(Path(store))
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(int(batches)) if int(batches) else count():
        driver.write(RunRef(id=run), batch(int(writer), number))
        print(number, flush=True)
    driver.close()


if __name__ == "__main__":
    main()
