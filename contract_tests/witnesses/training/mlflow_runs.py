"""Runs that MLflow's own client writes, into a folder or a database; and what it reads there.

Any MLflow from version 2 on; `train` needs scikit-learn and LightGBM.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from mlflow.data.http_dataset_source import HTTPDatasetSource
from mlflow.data.meta_dataset import MetaDataset
from mlflow.entities import DatasetInput, InputTag, Metric, Param, RunTag, ViewType
from mlflow.tracking import MlflowClient


def write(place: str, elsewhere: Path) -> None:
    """By hand: whatever a run can hold. `elsewhere`: where the files of an experiment of its own go."""
    client: Any = MlflowClient(place)
    home = client.create_experiment("by hand", tags={"team/name": "näme", "mlflow.note.content": "an experiment"})
    tags = {"mlflow.user": "ada", "mlflow.source.name": "a.py", "mlflow.source.git.commit": "c0ffee"}
    parent = client.create_run(home, start_time=1_700_000_000_123, run_name="parent ✓", tags=tags).info.run_id
    points = [Metric("train/loss", 1 / (step + 1), 1_700_000_000_000 + step, step) for step in range(300)]
    points += [Metric("odd", math.nan, 1_700_000_000_000, 0), Metric("odd", 2.5, 1_700_000_000_001, 0)]
    points += [Metric("odd", -1.5, 1_700_000_000_001, -7), Metric("endless", math.inf, 1_700_000_000_000, 0)]
    points += [Metric("endless", -math.inf, 1_700_000_000_001, 1)]
    texts = {"lr": "0.1", "a/b.c d": "x" * 400, "naïve": "öß\n2nd line", "empty": ""}
    param: Any = Param
    tag: Any = RunTag
    notes = {"x/y": "slashed", "mlflow.note.content": "a run", "bare": ""}
    params, marks = [param(*pair) for pair in texts.items()], [tag(*pair) for pair in notes.items()]
    client.log_batch(parent, points, params, marks)
    client.log_text(parent, "hello", "notes/hello.txt")
    client.log_text(parent, "", "empty.txt")
    source: Any = HTTPDatasetSource
    kind: Any = MetaDataset
    data = kind(source("https://example.org/d.csv"), name="d", digest="c0ffee")
    client.log_inputs(parent, [DatasetInput(data._to_mlflow_entity(), [InputTag("mlflow.data.context", "train")])])
    client.set_terminated(parent, "FINISHED", end_time=1_700_000_100_456)
    child = client.create_run(home, run_name="child", tags={"mlflow.parentRunId": parent}).info.run_id
    client.log_metric(child, "loss", 0.5)
    client.set_terminated(child, "FAILED")
    killed = client.create_run(home, run_name="deleted").info.run_id
    client.set_terminated(killed, "KILLED")
    client.delete_run(killed)
    client.create_run(home, run_name="still running")
    gone = client.create_experiment("gone")
    client.log_param(client.create_run(gone).info.run_id, "p", "1")
    client.delete_experiment(gone)
    far = client.create_experiment("elsewhere", artifact_location=elsewhere.as_uri())
    client.log_text(client.create_run(far, run_name="far").info.run_id, "far away", "far.txt")


def train(place: str) -> None:
    """By autologging: scikit-learn's, with the runs of a search below it, and LightGBM's; each with its model."""
    import lightgbm  # noqa: PLC0415 -- not in every environment
    import mlflow.lightgbm  # noqa: PLC0415
    import mlflow.sklearn  # noqa: PLC0415
    from sklearn.datasets import make_classification  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.model_selection import GridSearchCV  # noqa: PLC0415

    mlflow.set_tracking_uri(place)
    mlflow.set_experiment("autologged")
    x, y = make_classification(60, 4, random_state=0)
    mlflow.sklearn.autolog(silent=True, log_models=False)
    with mlflow.start_run(run_name="search"):
        search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2).fit(x, y)
        for _ in range(2):  # two of one name
            mlflow.sklearn.log_model(
                search.best_estimator_, name="best", pip_requirements=["scikit-learn"], serialization_format="pickle"
            )
    mlflow.sklearn.autolog(disable=True)
    mlflow.lightgbm.autolog(silent=True, log_models=False)
    with mlflow.start_run(run_name="boosting"):
        data = lightgbm.Dataset(x, y)
        settings = {"objective": "binary", "num_leaves": 3, "verbose": -1, "num_threads": 1}
        boosted = lightgbm.train(settings, data, 12, valid_sets=[data])
        mlflow.lightgbm.log_model(boosted, name="boosted", pip_requirements=["lightgbm"])


def read(place: str) -> dict[str, Any]:
    """All runs, by id, as MLflow's own client gives them. Times are milliseconds."""
    client: Any = MlflowClient(place)
    found: dict[str, Any] = {}
    for home in client.search_experiments(view_type=ViewType.ALL):
        for run in client.search_runs([home.experiment_id], run_view_type=ViewType.ALL):
            info, data, one = run.info, run.data, run.info.run_id
            found[one] = {
                "experiment": home.name,
                "gone": home.lifecycle_stage == "deleted",
                "name": info.run_name,
                "status": info.status.lower(),
                "started": info.start_time,
                "ended": info.end_time,
                "deleted": info.lifecycle_stage == "deleted",
                "params": data.params,
                "tags": data.tags,
                "points": {
                    key: [[m.step, m.timestamp, m.value] for m in client.get_metric_history(one, key)]
                    for key in data.metrics
                },
                "inputs": [
                    [given.dataset.name, given.dataset.digest, {tag.key: tag.value for tag in given.tags}]
                    for given in run.inputs.dataset_inputs
                ],
                "files": _files(client, one, ""),
            }
    return found


def _files(client: Any, run: str, folder: str) -> dict[str, int]:
    """The files of a run with their sizes."""
    found: dict[str, int] = {}
    for entry in client.list_artifacts(run, folder):
        found |= _files(client, run, entry.path) if entry.is_dir else {entry.path: entry.file_size}
    return found
