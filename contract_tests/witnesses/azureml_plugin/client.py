"""The process of Microsoft's own clients: MLflow with the plugin `azureml-mlflow`, the SDK, and that of Blob Storage.

Nothing of them is patched: hosts, credentials and retries are their own.
"""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import mlflow
from contract_tests.servers.witness_client import Client, mlflow_entities
from contract_tests.witnesses.answering import answer

#: Where a workspace's storage account has the files of runs.
CONTAINER = "azureml"


class Plugin(Client):
    """MLflow's client, asked as the plugin can answer."""

    def read_files(self, run: str) -> dict[str, str]:
        """All at once: a folder alone cannot be listed, for MLflow asks for logged models then, which Azure has not."""
        with tempfile.TemporaryDirectory() as folder:
            root = Path(self.client.download_artifacts(run, "", folder))
            files = sorted(path for path in root.rglob("*") if path.is_file())
            return {file.relative_to(root).as_posix(): _told(file.read_bytes()) for file in files}

    def list_files(self, run: str, folder: str | None = None) -> list[str]:
        """What a folder of a run holds."""
        return [file.path for file in self.client.list_artifacts(run, folder)]

    def log(self, run: str, **many: Sequence[Sequence[Any]]) -> None:
        """Metrics, params and tags, in one batch. `metrics`: key, value, milliseconds, step."""
        kinds = {"metrics": "Metric", "params": "Param", "tags": "RunTag"}
        made = {kind: [getattr(mlflow_entities, kinds[kind])(*one) for one in items] for kind, items in many.items()}
        self.client.log_batch(run, **made)

    def log_later(self, run: str, metrics: Sequence[Sequence[Any]]) -> None:
        """The same asynchronously, by the plugin's own call."""
        points = [mlflow_entities.Metric(*one) for one in metrics]
        self.client.log_batch(run, points, synchronous=False).wait()

    def write_files(self, run: str, files: Mapping[str, str]) -> None:
        """Files with their folders, by `log_artifacts`."""
        with tempfile.TemporaryDirectory() as folder:
            for path, data in files.items():
                local = Path(folder) / path
                local.parent.mkdir(parents=True, exist_ok=True)
                local.write_bytes(base64.b64decode(data))
            self.client.log_artifacts(run, folder)

    def end(self, run: str, status: str) -> str:
        """End a run; its status afterwards."""
        self.client.set_terminated(run, status)
        return str(self.client.get_run(run).info.status)

    def rename_experiment(self, experiment: str, name: str) -> None:
        """Rename one by its id."""
        self.client.rename_experiment(experiment, name)


class Microsoft:
    """What can be asked. Bytes are base64."""

    def at(self, url: str, what: str, **arguments: Any) -> Any:
        """What `Plugin` can be asked, of the workspace at a URL, which becomes the process's tracking URI."""
        return getattr(Plugin(url), what)(**arguments)

    def as_job(self, variables: Mapping[str, str], url: str, what: str, **arguments: Any) -> Any:
        """The same as a job, whose environment the process has for that long."""
        before = dict(os.environ)
        os.environ.update(variables)
        try:
            return self.at(url, what, **arguments)
        finally:
            os.environ.clear()
            os.environ.update(before)

    def crossing(self, active: str, url: str, experiment: str, path: str, text: str) -> str:
        """A run with a file, by a client of `url`, while `active` is the process's tracking URI."""
        mlflow.set_tracking_uri(active)
        client: Any = mlflow.MlflowClient(tracking_uri=url)
        run = client.create_run(client.create_experiment(experiment)).info.run_id
        client.log_text(run, text, path)
        return str(run)

    def workspace(self, subscription: str, group: str, name: str) -> dict[str, str]:
        """A workspace, as the SDK finds it."""
        kind: Any = import_module("azure.ai.ml").MLClient
        credential: Any = import_module("azure.identity").DefaultAzureCredential()
        found = kind(credential, subscription, group, name).workspaces.get(name)
        return {"name": found.name, "region": found.location, "url": found.mlflow_tracking_uri}

    def blobs(self, account: str, run: str) -> dict[str, str]:
        """The files of a run as they lie in Blob Storage. `account`: a connection string."""
        container, prefix = _container(account), f"ExperimentRun/dcid.{run}/"
        names = [blob.name for blob in container.list_blobs(name_starts_with=prefix)]
        return {name.removeprefix(prefix): _told(container.download_blob(name).readall()) for name in names}

    def change_blob(self, account: str, run: str, path: str, data: str) -> None:
        """Put other bytes where a run's file lies."""
        name = f"ExperimentRun/dcid.{run}/{path}"
        _container(account).upload_blob(name, base64.b64decode(data), overwrite=True)


def _container(account: str) -> Any:
    kind: Any = import_module("azure.storage.blob").ContainerClient
    return kind.from_connection_string(account, CONTAINER)


def _told(data: bytes) -> str:
    return base64.b64encode(data).decode()


if __name__ == "__main__":
    answer(Microsoft)
