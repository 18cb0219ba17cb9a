"""Training as MLflow's users write it, and what MLflow's own client then says of it.

`python -m ...train OUT.json PARTS NAME=URI...`. Nothing here knows of tracklayer: a tracking URI is all that differs
between places, and that Databricks names an experiment by a path.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.data.numpy_dataset import from_numpy

#: What differs between two runs of the same code on the same machine.
VOLATILE = {"mlflow.parentRunId", "mlflow.log-model.history", "mlflow.autologging", "mlflow.runName"}
X = np.random.default_rng(0).normal(size=(60, 3))
Y = (X @ [1.0, -2.0, 0.5] > 0).astype(int)


def sklearn() -> None:
    """A fit, an evaluation behind it, and a grid with a child run for each candidate."""
    from sklearn.linear_model import Ridge  # noqa: PLC0415 -- each part needs its own library
    from sklearn.model_selection import GridSearchCV  # noqa: PLC0415 -- likewise

    mlflow.sklearn.autolog(max_tuning_runs=2)
    with mlflow.start_run(run_name="sklearn"):
        model = Ridge().fit(X, Y)
        model.score(X, Y)
    with mlflow.start_run(run_name="grid"):
        GridSearchCV(Ridge(), {"alpha": [0.5, 2.0]}, cv=2).fit(X, Y)
    mlflow.sklearn.autolog(disable=True)


def xgboost() -> None:
    """Fifteen rounds."""
    import xgboost as xgb  # noqa: PLC0415 -- likewise

    mlflow.xgboost.autolog()
    rows = xgb.DMatrix(X, label=Y)
    with mlflow.start_run(run_name="xgboost"):
        xgb.train(
            {"max_depth": 2, "seed": 0, "nthread": 1},
            rows,
            num_boost_round=15,
            evals=[(rows, "train")],
            verbose_eval=False,
        )
    mlflow.xgboost.autolog(disable=True)


def lightgbm() -> None:
    """Ten rounds."""
    import lightgbm as lgb  # noqa: PLC0415 -- likewise

    mlflow.lightgbm.autolog()
    rows = lgb.Dataset(X, label=Y)
    with mlflow.start_run(run_name="lightgbm"):
        given = {"objective": "binary", "metric": ["auc", "binary_logloss"], "seed": 0, "num_threads": 1, "verbose": -1}
        lgb.train(given, rows, num_boost_round=10, valid_sets=[rows], valid_names=["train"])
    mlflow.lightgbm.autolog(disable=True)


def own() -> None:
    """What a user logs by hand, checkpoints of a model among it."""
    from sklearn.linear_model import LinearRegression  # noqa: PLC0415 -- likewise

    with mlflow.start_run(run_name="own", tags={"team": "vision"}) as run:
        mlflow.log_params({"lr": 0.1, "layers": [1, 2]})
        mlflow.log_input(from_numpy(X, name="numbers"), context="training")
        for step in range(3):
            fitted = LinearRegression().fit(X, Y + step)
            kept = mlflow.sklearn.log_model(fitted, name="step", step=step, pip_requirements=["scikit-learn"])
            mlflow.log_metric("error", 1 / (step + 1), step=step, model_id=kept.model_id)
        mlflow.log_dict({"a": 1}, "notes/about.json")
        mlflow.set_tag("mlflow.note.content", "by hand")
    MlflowClient().log_metric(run.info.run_id, "late", 1.0)


def lightning() -> None:
    """Two epochs by Lightning, with a checkpoint after each."""
    import torch  # noqa: PLC0415 -- likewise
    from lightning.pytorch import LightningModule, Trainer, seed_everything  # noqa: PLC0415 -- likewise
    from torch.utils.data import DataLoader, TensorDataset  # noqa: PLC0415 -- likewise

    class Line(LightningModule):  # type: ignore[misc] # Lightning is not here
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(3, 1)

        def forward(self, rows: Any) -> Any:
            return self.layer(rows)

        def training_step(self, batch: Any) -> Any:
            loss = torch.nn.functional.mse_loss(self(batch[0])[:, 0], batch[1])
            self.log("train_loss", loss, on_step=True, on_epoch=True)
            return loss

        def validation_step(self, batch: Any) -> None:
            self.log("val_loss", torch.nn.functional.mse_loss(self(batch[0])[:, 0], batch[1]))

        def configure_optimizers(self) -> Any:
            return torch.optim.Adam(self.parameters(), lr=0.05)

    seed_everything(0, verbose=False)
    rows = DataLoader(TensorDataset(torch.tensor(X).float(), torch.tensor(Y).float()), batch_size=20)
    mlflow.pytorch.autolog(checkpoint_monitor="val_loss", checkpoint_save_best_only=False)
    with mlflow.start_run(run_name="lightning"), tempfile.TemporaryDirectory() as folder:
        quiet = {"enable_progress_bar": False, "enable_model_summary": False, "logger": False}
        Trainer(max_epochs=2, accelerator="cpu", default_root_dir=folder, **quiet).fit(Line(), rows, rows)
    mlflow.pytorch.autolog(disable=True)


def keras() -> None:
    """Three epochs by Keras."""
    import keras as k  # noqa: PLC0415 -- likewise

    k.utils.clear_session()  # a name that was given before is not given again
    k.utils.set_random_seed(0)
    mlflow.keras.autolog()
    with mlflow.start_run(run_name="keras"):
        model = k.Sequential([k.Input((3,)), k.layers.Dense(1, name="line")], name="net")
        model.compile(optimizer=k.optimizers.Adam(0.05), loss="mse", metrics=["mae"])
        model.fit(X, Y, epochs=3, batch_size=20, validation_split=0.2, verbose=0)
    mlflow.keras.autolog(disable=True)


PARTS = {
    "sklearn": sklearn,
    "xgboost": xgboost,
    "lightgbm": lightgbm,
    "lightning": lightning,
    "keras": keras,
    "own": own,
}


def read(experiment: str) -> dict[str, Any]:
    """All that the client finds, without ids and times."""
    client = MlflowClient()
    home: Any = client.get_experiment_by_name(experiment)
    listed = client.search_runs([home.experiment_id], order_by=["attributes.start_time ASC"])
    runs: list[Any] = [client.get_run(run.info.run_id) for run in listed]  # MLflow 3.0 lists runs without their models
    found: dict[str, Any] = {}
    for run in runs:
        parent = run.data.tags.get("mlflow.parentRunId")
        name = run.info.run_name if parent is None else f"child of alpha={run.data.params['alpha']}"
        found[name] = {
            "status": run.info.status,
            "params": run.data.params,
            "metrics": {key: value for key, value in run.data.metrics.items() if not timed(key)},
            "histories": {
                key: [(one.step, one.value) for one in client.get_metric_history(run.info.run_id, key)]
                for key in run.data.metrics
                if not timed(key)
            },
            "tags": {key: text for key, text in run.data.tags.items() if key not in VOLATILE},
            "inputs": [(one.dataset.name, one.dataset.digest, one.dataset.schema) for one in run.inputs.dataset_inputs],
            "files": _files(client, run.info.run_id, ""),
            "models": sorted(_models(client, run), key=lambda one: (one["name"], one["step"])),
            "by run": _by_run(run),
            "child": parent is not None,
        }
    return found


def _files(client: MlflowClient, run: str, path: str) -> list[str]:
    found: list[str] = []
    for file in client.list_artifacts(run, path or None):
        found += _files(client, run, file.path) if file.is_dir else [file.path]
    return sorted(found)


def _models(client: MlflowClient, run: Any) -> list[dict[str, Any]]:
    made = run.outputs.model_outputs if run.outputs else []
    return [_model(client, one.model_id, one.step) for one in made]


def _by_run(run: Any) -> dict[str, Any]:
    """Models by the name that the run gave them; which one of several of a name, MLflow does not say."""
    names = {mlflow.get_logged_model(one.model_id).name for one in run.outputs.model_outputs} if run.outputs else set()
    return {name: sorted(mlflow.models.get_model_info(f"runs:/{run.info.run_id}/{name}").flavors) for name in names}


def timed(metric: str) -> bool:
    """Is it how long something took?"""
    return metric.endswith("_time")


def _model(client: MlflowClient, model_id: str, step: int) -> dict[str, Any]:
    model = client.get_logged_model(model_id)
    with tempfile.TemporaryDirectory() as folder:
        loaded = mlflow.pyfunc.load_model(f"models:/{model_id}", dst_path=folder)
        files = sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())
        single = {"pytorch", "keras"} & set(loaded.metadata.flavors)
        predicted = loaded.predict(X[:3].astype("float32") if single else X[:3])
    about = loaded.metadata
    return {
        "name": model.name,
        "step": step,
        "status": str(model.status),
        "kind": model.model_type,
        "params": model.params,
        "metrics": sorted(
            (
                (one.key, one.step, one.value, one.dataset_name, one.dataset_digest)
                for one in model.metrics or ()
                if not timed(one.key)
            ),
            key=str,
        ),
        "tags": sorted(key for key in model.tags if key not in VOLATILE),
        "signature": about.signature and about.signature.to_dict(),
        "flavors": sorted(about.flavors),
        "files": files,
        "predicted": np.asarray(predicted).tolist(),
    }


def main(out: str, parts: list[str], places: list[str]) -> None:
    """Train in each place in turn."""
    found = {}
    for place in places:
        name, _, uri = place.partition("=")
        experiment = ("/Shared/" if name == "databricks" else "") + " and ".join(parts)
        mlflow.set_tracking_uri(uri)
        mlflow.set_experiment(experiment)
        for part in parts:
            PARTS[part]()
        found[name] = read(experiment)
    Path(out).write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2].split(","), sys.argv[3:])
