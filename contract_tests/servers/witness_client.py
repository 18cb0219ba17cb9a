"""The witness's own process: MLflow's client, asked by lines of JSON on stdin. See `witness.py`."""

from __future__ import annotations

import base64
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import mlflow
from mlflow import MlflowClient, entities

#: MLflow is typed in parts only.
mlflow_entities: Any = entities


class Client:
    """What can be asked."""

    def __init__(self, url: str) -> None:
        mlflow.set_tracking_uri(url)
        self.client: Any = MlflowClient(url)

    def write_run(
        self,
        experiment: str,
        *,
        name: str | None = None,
        start: int | None = None,
        end: int | None = None,
        status: str | None = None,
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        metrics: Sequence[tuple[str, float, int, int]] = (),
        datasets: Sequence[Mapping[str, str]] = (),
        files: Mapping[str, str] | None = None,
    ) -> str:
        found = self.client.get_experiment_by_name(experiment)
        place = found.experiment_id if found else self.client.create_experiment(experiment)
        run = self.client.create_run(place, start_time=start, tags=tags, run_name=name).info.run_id
        self.client.log_batch(
            run,
            [mlflow_entities.Metric(*metric) for metric in metrics],
            [mlflow_entities.Param(key, value) for key, value in (params or {}).items()],
        )
        inputs = [
            mlflow_entities.DatasetInput(
                mlflow_entities.Dataset(**{key: text for key, text in one.items() if key != "context"}),
                [mlflow_entities.InputTag("mlflow.data.context", one["context"])] if "context" in one else [],
            )
            for one in datasets
        ]
        if inputs:
            self.client.log_inputs(run, inputs)
        for path, data in (files or {}).items():
            self._write_file(run, path, base64.b64decode(data))
        if status is not None:
            self.client.set_terminated(run, status, end)
        return str(run)

    def _write_file(self, run: str, path: str, data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            local = Path(folder) / Path(path).name
            local.write_bytes(data)
            self.client.log_artifact(run, str(local), str(Path(path).parent) if "/" in path else None)

    def read_run(self, run: str) -> dict[str, Any]:
        found = self.client.get_run(run)
        return {
            "experiment": found.info.experiment_id,
            "name": found.info.run_name,
            "status": found.info.status,
            "user": found.info.user_id,
            "start": found.info.start_time,
            "end": found.info.end_time,
            "stage": found.info.lifecycle_stage,
            "params": found.data.params,
            "tags": found.data.tags,
            "last": found.data.metrics,
            "datasets": [
                {
                    "name": one.dataset.name,
                    "digest": one.dataset.digest,
                    "source_type": one.dataset.source_type,
                    "source": one.dataset.source,
                    "schema": one.dataset.schema,
                    "profile": one.dataset.profile,
                    "tags": {tag.key: tag.value for tag in one.tags},
                }
                for one in found.inputs.dataset_inputs
            ],
        }

    def read_points(self, run: str, key: str) -> list[list[float]]:
        return [[one.step, one.timestamp, one.value] for one in self.client.get_metric_history(run, key)]

    def read_files(self, run: str) -> dict[str, str]:
        found: dict[str, str] = {}
        folders = [""]
        while folders:
            for file in self.client.list_artifacts(run, folders.pop() or None):
                if file.is_dir:
                    folders.append(file.path)
                else:
                    with tempfile.TemporaryDirectory() as folder:
                        local = self.client.download_artifacts(run, file.path, folder)
                        found[file.path] = base64.b64encode(Path(local).read_bytes()).decode()
        return found

    def read_experiment(self, name: str) -> dict[str, Any]:
        found = self.client.get_experiment_by_name(name)
        return {"id": found.experiment_id, "stage": found.lifecycle_stage, "tags": found.tags}

    def search(self, experiment: str, filter: str = "", view: str = "ACTIVE_ONLY") -> list[str]:
        runs = self.client.search_runs([experiment], filter, mlflow_entities.ViewType.from_string(view.lower()), 1000)
        return [run.info.run_id for run in runs]

    def log_model(self, run: str, name: str, files: Mapping[str, str]) -> str:
        """A model of the run, which lies beside it; `files`: path -> text. Gives its id."""
        home = self.client.get_run(run).info.experiment_id
        model = self.client.create_logged_model(home, name, source_run_id=run)
        with tempfile.TemporaryDirectory() as folder:
            for path, text in files.items():
                place = Path(folder, path)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text)
            self.client.log_model_artifacts(model.model_id, folder)
        self.client.finalize_logged_model(model.model_id, "READY")
        self.client.log_outputs(run, [mlflow_entities.LoggedModelOutput(model_id=model.model_id, step=0)])
        return str(model.model_id)

    def delete_run(self, run: str) -> None:
        self.client.delete_run(run)

    def restore_run(self, run: str) -> None:
        self.client.restore_run(run)

    def delete_experiment(self, experiment: str) -> None:
        self.client.delete_experiment(experiment)

    def set_tags(self, run: str, tags: Mapping[str, str]) -> None:
        self.client.log_batch(run, tags=[mlflow_entities.RunTag(key, value) for key, value in tags.items()])


def main(url: str) -> None:
    client = Client(url)
    answers = sys.stdout
    sys.stdout = sys.stderr  # MLflow prints links
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer = {"said": getattr(client, asked.pop("do"))(**asked)}
        except Exception as error:  # noqa: BLE001 -- told to whoever asked
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
