"""Runs in MLflow's own SQLite store. MLflow's client writes the first, SQL all that are like it.

`python -m benchmarks.compare.inside.fill FILE RUNS PARAMS METRICS STEPS`

MLflow's client takes a tenth of a second a run, so that 10,000 would take longer than all that is measured. Each row of
the first run is written again, with other values, for every other run: the store holds what the client would have made.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import mlflow
from benchmarks.compare.inside.content import LONG, STEP, Content, contents
from mlflow import entities

#: MLflow is typed in parts only.
made_of: Any = entities
#: The tables that hold a run, the runs themselves first.
TABLES = ("runs", "params", "tags", "metrics", "latest_metrics")


def main(file: str, *size: int) -> None:
    first, *others = contents(*size)
    run = _logged(f"sqlite:///{file}", first)
    db = sqlite3.connect(file)
    db.row_factory = sqlite3.Row
    templates = {
        table: [dict(row) for row in db.execute(f"SELECT * FROM {table} WHERE run_uuid = ?", (run,))]  # noqa: S608
        for table in TABLES
    }
    with db:
        for other in others:
            for table, rows in templates.items():
                for row in _copies(table, rows, other):
                    marks = ", ".join("?" * len(row))
                    db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))  # noqa: S608
    db.close()


def _logged(uri: str, run: Content) -> str:
    client: Any = mlflow.MlflowClient(uri)
    home = client.create_experiment("bench")
    tags = {"mlflow.user": "ada", "mlflow.source.name": "train.py", **run.tags}
    made: str = client.create_run(home, start_time=run.began, tags=tags, run_name=run.name).info.run_id
    points = [
        made_of.Metric(key, value, run.began + step * STEP, step)
        for key, values in run.metrics.items()
        for step, value in enumerate(values)
    ]
    client.log_batch(made, metrics=points, params=[made_of.Param(*pair) for pair in run.params.items()])
    client.set_terminated(made, "FINISHED", run.began + LONG)
    return made


def _copies(table: str, rows: list[dict[str, Any]], run: Content) -> Iterator[dict[str, Any]]:
    """The rows of another run, out of those of the first."""
    own: dict[str, Any] = {"run_uuid": UUID(int=run.number + 2**120).hex}
    for row in rows:
        if table == "runs":
            own |= {
                "name": run.name,
                "status": "FAILED" if run.failed else "FINISHED",
                "start_time": run.began,
                "end_time": run.began + LONG,
                "artifact_uri": row["artifact_uri"].replace(row["run_uuid"], own["run_uuid"]),
            }
        elif table == "params":
            own["value"] = run.params[row["key"]]
        elif table == "tags":
            own["value"] = {**run.tags, "mlflow.runName": run.name}.get(row["key"], row["value"])
        else:
            own |= {"value": run.metrics[row["key"]][row["step"]], "timestamp": run.began + row["step"] * STEP}
        yield row | own


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
