"""What a fluent `mlflow.log_metric` takes: `python -m benchmarks.plugin.calls PLACE CALLS FILE`, in its own process.

FILE gets the microseconds of a call (median, 99th percentile), and those of all of them until the run has ended; the
points are read back and counted.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from statistics import median

import mlflow

METRIC = "loss"
#: Calls that are not counted: connections are opened, tables are looked up.
FIRST = 20


def main(place: str, calls: int, file: str) -> None:
    mlflow.set_tracking_uri(place)
    mlflow.set_experiment("bench")
    taken = []
    with mlflow.start_run() as run:
        for step in range(FIRST):
            mlflow.log_metric(METRIC, 0.5, step=step)
        began = time.perf_counter()
        for step in range(FIRST, FIRST + calls):
            before = time.perf_counter()
            mlflow.log_metric(METRIC, 1 / step, step=step)
            taken.append((time.perf_counter() - before) * 1e6)
    whole = (time.perf_counter() - began) / calls * 1e6
    kept = len(mlflow.MlflowClient().get_metric_history(run.info.run_id, METRIC))
    if kept != FIRST + calls:
        sys.exit(f"{place} holds {kept} points of {FIRST + calls}")
    taken.sort()
    said = {"call": median(taken), "p99": taken[int(len(taken) * 0.99)], "whole": whole}
    Path(file).write_text(json.dumps(said), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
