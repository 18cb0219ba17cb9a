"""Runs on an MLflow server, written by MLflow's own client: what the tools are to move. In the peer's environment.

`python -m benchmarks.migrate.inside.fill URL EXPERIMENT RUNS PARAMS METRICS STEPS FILES BYTES`

The runs began a day ago, one a minute. Some failed, some were killed, most are children; all have a user, a source, a
data set, tags, and one point that is not a number.
"""

from __future__ import annotations

import math
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import mlflow
from benchmarks.migrate.size import BATCH, Size
from mlflow import entities

#: MLflow is typed in parts only.
made_of: Any = entities
DAY, MINUTE = 86_400_000, 60_000
#: Of so many runs one failed or was killed; so many in a row are a parent and its children.
FAILED, KILLED, GROUP = 7, 11, 10


def main(url: str, experiment: str, size: Size) -> None:
    client: Any = mlflow.MlflowClient(url)
    home = client.create_experiment(experiment, tags={"team": "benchmarks"})
    first = time.time_ns() // 1_000_000 - DAY
    dice = random.Random(7)  # noqa: S311 -- no secret
    parent = ""
    for number in range(size.runs):
        begun = first + number * MINUTE + 17
        tags = {
            "bench.run": str(number),
            "note": f"run {number}: größer",
            "mlflow.user": "ada",
            "mlflow.source.name": "train.py",
            "mlflow.source.git.commit": f"{number:040x}",
        }
        if number % GROUP:
            tags["mlflow.parentRunId"] = parent
        run = client.create_run(home, start_time=begun, tags=tags, run_name=f"run-{number:05}").info.run_id
        parent = parent if number % GROUP else run
        client.log_batch(run, params=[made_of.Param(f"param-{each}", _text(dice, each)) for each in range(size.params)])
        points = [
            made_of.Metric(f"metric-{each}", _value(dice, each, step), begun + step * 10, step)
            for each in range(size.metrics)
            for step in range(size.steps)
        ]
        for start in range(0, len(points), BATCH):
            client.log_batch(run, metrics=points[start : start + BATCH])
        data = made_of.Dataset(f"data-{number % 3}", f"{number % 3:08x}", "local", "/data/train.csv", "{}", "{}")
        client.log_inputs(run, [made_of.DatasetInput(data, [made_of.InputTag("mlflow.data.context", "train")])])
        _put(client, run, size)
        status = "KILLED" if number % KILLED == 1 else "FAILED" if number % FAILED == 1 else "FINISHED"
        client.set_terminated(run, status, begun + 42_123)


def _text(dice: random.Random, number: int) -> str:
    """Text, a whole number, a number, or true."""
    return (f"text {dice.random()}", str(dice.randrange(10**9)), str(dice.random()), "True")[number % 4]


def _value(dice: random.Random, metric: int, step: int) -> float:
    return math.nan if (metric, step) == (0, 3) else dice.gauss(0, 1)


def _put(client: Any, run: str, size: Size) -> None:
    if not size.files:
        return
    with tempfile.TemporaryDirectory() as folder:
        for number in range(size.files):
            path = Path(folder) / ("model" if number else "") / f"file-{number}.bin"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(os.urandom(size.bytes))
        client.log_artifacts(run, folder)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Size.read(sys.argv[3:]))
