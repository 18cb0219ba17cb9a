"""Points a second, written to one run and read back: `local:`, MLflow's SQLite store, and a plain file of JSON lines.

`python benchmarks/local_points.py [POINTS] [ROUNDS]` lets the three take turns, and prints the medians and the ratios.
Each stands for what its users would write: columns handed over whole; batches of 1,000, all that MLflow takes at once
(MAX_METRICS_PER_BATCH in mlflow/utils/validation.py); one line a point.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

os.environ |= {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_LOGGING_LEVEL": "ERROR"}

from mlflow import MlflowClient
from mlflow.entities import Metric

import tracklayer as tl

#: Writes the points, and gives what reads them back and counts them.
Subject = Callable[[Path, range, list[float]], Callable[[], int]]
BATCH = 1_000


def ours(folder: Path, steps: range, values: list[float]) -> Callable[[], int]:
    """tracklayer's embedded store."""
    place = f"local:{folder / 'store.db'}"
    with tl.start_run("points", to=place) as run:
        run.log_points(tl.Points(key="loss", steps=steps, times=steps, values=values))

    def read() -> int:
        with tl.connect(place) as client:
            return len(client.metric_history(run.id, "loss"))

    return read


def mlflow(folder: Path, steps: range, values: list[float]) -> Callable[[], int]:
    """MLflow's own client on its own SQLite store: no server between."""
    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    run = client.create_run(client.create_experiment("points")).info.run_id
    for start in steps[::BATCH]:
        batch = steps[start : start + BATCH]
        client.log_batch(run, metrics=[Metric("loss", values[step], step, step) for step in batch])
    return lambda: len(client.get_metric_history(run, "loss"))


def lines(folder: Path, steps: range, values: list[float]) -> Callable[[], int]:
    """A file with a JSON object a line."""
    path = folder / "points.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for step in steps:
            file.write(json.dumps({"step": step, "time": step, "value": values[step]}) + "\n")

    def read() -> int:
        with path.open(encoding="utf-8") as file:
            return len([json.loads(line) for line in file])

    return read


SUBJECTS: dict[str, Subject] = {"tracklayer local:": ours, "mlflow sqlite": mlflow, "json lines": lines}


def main(points: int, rounds: int) -> None:
    """Measure and print."""
    steps, values = range(points), [1 / (step + 1) for step in range(points)]
    rates: dict[str, dict[str, list[float]]] = {name: {"write": [], "read": []} for name in SUBJECTS}
    for _ in range(rounds):
        for name, subject in SUBJECTS.items():
            with tempfile.TemporaryDirectory() as folder:
                began = time.perf_counter()
                read = subject(Path(folder), steps, values)
                wrote = time.perf_counter()
                count = read()
                done = time.perf_counter()
            assert count == points, f"{name} gave {count} of {points} points back"
            rates[name]["write"].append(points / (wrote - began))
            rates[name]["read"].append(points / (done - wrote))
    print(f"medians of {rounds} rounds of {points:,} points\n{'points a second':<24}{'write':>12}{'read':>12}")
    medians = {name: {what: median(taken) for what, taken in both.items()} for name, both in rates.items()}
    for name, both in medians.items():
        print(f"{name:<24}{both['write']:>12,.0f}{both['read']:>12,.0f}")
    first, *peers = SUBJECTS
    for peer in peers:
        ratios = ", ".join(f"{what} {medians[first][what] / medians[peer][what]:.1f}" for what in ("write", "read"))
        print(f"{first} over {peer}: {ratios} times")


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    main(*given, *(100_000, 3)[len(given) :])
