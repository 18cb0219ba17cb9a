"""The same runs in a place of ours, written through its driver.

`python -m benchmarks.compare.inside.store URL RUNS PARAMS METRICS STEPS`
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone

from benchmarks.compare.inside.content import LONG, STEP, Content, contents

import tracklayer as tl
from tracklayer.model import Batch, ExperimentDraft, ExperimentRef, Points, RunDraft, Source
from tracklayer.spi import Driver

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
NANOS = 1_000_000


def main(url: str, *size: int) -> None:
    with tl.connect(url) as client:
        home = client.driver.create_experiment(ExperimentDraft(name="bench")).ref
        for run in contents(*size):
            _write(client.driver, home, run)


def _write(driver: Driver, home: ExperimentRef, run: Content) -> None:
    began = EPOCH + timedelta(milliseconds=run.began)
    draft = RunDraft(
        token=run.name, name=run.name, started=began, user="ada", source=Source(command="train.py"), tags=run.tags
    )
    points = tuple(
        Points.of(key, [(step, (run.began + step * STEP) * NANOS, value) for step, value in enumerate(values)])
        for key, values in run.metrics.items()
    )
    ended = began + timedelta(milliseconds=LONG)
    status = "failed" if run.failed else "finished"
    driver.write(
        driver.create_run(home, draft).ref, Batch(params=run.params, points=points, status=status, ended=ended)
    )


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
