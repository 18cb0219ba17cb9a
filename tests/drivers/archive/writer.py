"""Writes runs to an archive and seals, over and over, until it is killed. Arguments: the archive, a name of its own.

Each run has a param, some points and a file that say which it is; its number is printed when it is sealed.
"""

from __future__ import annotations

import sys
from io import BytesIO
from itertools import count
from pathlib import Path

from tracklayer.drivers.archive import ArchiveDriver
from tracklayer.model import Batch, Points, RunDraft


def main(path: str, name: str) -> None:
    driver = ArchiveDriver(Path(path))
    home = driver.get_experiment("e").ref
    print("ready", flush=True)
    sys.stdin.readline()
    for number in count():
        run = driver.create_run(home, RunDraft(token=f"{name}.{number}")).ref
        points = Points.of("loss", [(step, number, 0.0) for step in range(200)])
        driver.write(run, Batch(params={"number": number}, points=(points,)))
        driver.put_artifact(run, "number", BytesIO(b"%d of %a" % (number, name)))
        driver.put_artifact(run, "same", BytesIO(b"again %d" % (number // 2)))
        driver.close()
        print(number, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
