"""Small runs, each with a little of everything, every fourth the parent of those behind it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from io import BytesIO
from uuid import uuid4

import tracklayer as tl
from tracklayer.model import Batch, ExperimentDraft, Points, RunDraft, RunRef

EXPERIMENT = "small runs"
FAMILY = 4
#: Points that a run has.
POINTS = 6
BEGAN = datetime(2026, 1, 1, tzinfo=timezone.utc)
MILLISECOND = 1_000_000


def fill(client: tl.Client, count: int) -> dict[str, RunRef]:
    """An experiment of `count` runs that have ended: name -> run."""
    driver = client.driver
    home = driver.create_experiment(ExperimentDraft(name=EXPERIMENT, tags={"team": "red"})).ref
    made: dict[str, RunRef] = {}
    for number in range(count):
        first = number // FAMILY * FAMILY
        started = BEGAN + timedelta(seconds=number)
        run = driver.create_run(
            home,
            RunDraft(
                token=uuid4().hex,
                name=f"run {number}",
                started=started,
                parent=None if number == first else made[f"run {first}"],
            ),
        ).ref
        points = tuple(
            Points.of(key, [(step, (step + 1) * MILLISECOND, number / (step + 1)) for step in range(POINTS // 2)])
            for key in ("loss", "accuracy")
        )
        driver.write(run, Batch(params={"lr": number / 7, "layers": number}, tags={"n": str(number)}, points=points))
        driver.put_artifact(run, "notes.txt", BytesIO(f"notes of {number}".encode() * 50))
        driver.write(run, Batch(status="finished", ended=started + timedelta(minutes=1)))
        made[f"run {number}"] = run
    return made
