"""The process of Oracle's own clients: MLflow with the plugin `oci-mlflow`, the SDK, ocifs, and AI Data Platform's SDK.

Nothing of them is patched: hosts, signers, credentials and retries are their own.
"""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from contract_tests.servers.witness_client import Client
from contract_tests.witnesses.answering import answer


class Oracle:
    """What can be asked. Bytes are base64. `profile`: a section of the configuration file."""

    def at(self, url: str, what: str, **arguments: Any) -> Any:
        """What `witness_client.Client` can be asked, of the MLflow server at a URL."""
        return getattr(Client(url), what)(**arguments)

    def at_as(self, profile: str, url: str, what: str, **arguments: Any) -> Any:
        """The same as another user, who is the process's for that long: there is no other way with the plugin."""
        self._become(profile)
        try:
            return self.at(url, what, **arguments)
        finally:
            self._become("DEFAULT")

    @staticmethod
    def _become(profile: str) -> None:
        ads: Any = import_module("ads")
        ads.set_auth("api_key", os.environ["OCI_CONFIG_FILE"], profile)

    def experiments(self, url: str) -> list[str]:
        """The names of the experiments that are there."""
        return [found.name for found in Client(url).client.search_experiments()]

    def log_folder(self, url: str, run: str, files: Mapping[str, str]) -> None:
        """Files with their folders, by `log_artifacts`."""
        with tempfile.TemporaryDirectory() as folder:
            for path, data in files.items():
                local = Path(folder) / path
                local.parent.mkdir(parents=True, exist_ok=True)
                local.write_bytes(base64.b64decode(data))
            Client(url).client.log_artifacts(run, folder)

    # -- the SDK: Object Storage

    def objects(self, uri: str, profile: str = "DEFAULT") -> dict[str, str]:
        """The objects below `oci://bucket@namespace/prefix`, by their names from there."""
        storage, namespace, bucket, prefix = _storage(uri, profile)
        pagination: Any = import_module("oci.pagination")
        listed = pagination.list_call_get_all_results(storage.list_objects, namespace, bucket, prefix=prefix)
        return {
            one.name.removeprefix(prefix): _told(storage.get_object(namespace, bucket, one.name).data.content)
            for one in listed.data.objects
        }

    def put_object(self, uri: str, data: str) -> None:
        """An object, by the SDK's own manager of uploads."""
        storage, namespace, bucket, name = _storage(uri, "DEFAULT")
        manager = import_module("oci.object_storage").UploadManager(storage)
        with tempfile.NamedTemporaryFile() as file:
            file.write(base64.b64decode(data))
            file.flush()
            manager.upload_file(namespace, bucket, name, file.name)

    # -- ocifs

    def found(self, uri: str) -> dict[str, str]:
        """The files below a URI as ocifs has them, by their names from there."""
        system = _filesystem()
        root = uri.removeprefix("oci://") + "/"
        return {path.removeprefix(root): _told(system.cat_file(path)) for path in system.find(uri)}

    def write_file(self, uri: str, data: str) -> None:
        """A file, by ocifs."""
        with _filesystem().open(uri, "wb") as file:
            file.write(base64.b64decode(data))

    # -- AI Data Platform's own SDK

    def platform_write(self, platform: str, workspace: str, experiment: str, params: Mapping[str, str]) -> str:
        """A run with params, and a point of `loss`."""
        client, models = _platform()
        place = (platform, workspace)
        made = client.create_experiment(*place, models.CreateExperimentDetails(name=experiment)).data
        details = models.CreateExperimentRunDetails(experiment_id=made.experiment_id, run_name="theirs", start_time=1)
        run = str(client.create_experiment_run(*place, details).data.run.info.run_id)
        logged = models.LogExperimentRunBatchDetails(
            run_id=run,
            params=[models.ExperimentRunParam(key=key, value=value) for key, value in params.items()],
            metrics=[models.ExperimentRunMetric(key="loss", value=0.5, timestamp=1_700_000_000_123, step=3)],
        )
        client.log_experiment_run_batch(*place, logged)
        return run

    def platform_read(self, platform: str, workspace: str, run: str) -> dict[str, Any]:
        """A run, the points of `loss`, and the files at the top."""
        client, _ = _platform()
        place = (platform, workspace)
        found = client.get_experiment_run_by_id(*place, run).data.run
        history = client.get_experiment_run_metric_history(*place, run, "loss").data
        listed = client.list_artifacts(*place, run).data
        return {
            "name": found.info.run_name,
            "status": found.info.status,
            "params": {one.key: one.value for one in found.data.params or ()},
            "points": [[one.step, one.timestamp, one.value] for one in history.metrics or ()],
            "root": listed.root_uri,
            "files": [[one.path, one.is_dir] for one in listed.files or ()],
        }

    def platform_delete(self, platform: str, workspace: str, run: str) -> None:
        """Delete a run."""
        client, models = _platform()
        client.delete_experiment_run(platform, workspace, models.DeleteExperimentRunDetails(run_id=run))


def _config(profile: str = "DEFAULT") -> dict[str, Any]:
    config: Any = import_module("oci.config")
    return dict(config.from_file(os.environ["OCI_CONFIG_FILE"], profile))


def _storage(uri: str, profile: str) -> tuple[Any, str, str, str]:
    place, _, name = uri.removeprefix("oci://").partition("/")
    bucket, _, namespace = place.partition("@")
    return import_module("oci.object_storage").ObjectStorageClient(_config(profile)), namespace, bucket, name


def _filesystem() -> Any:
    kind: Any = import_module("ocifs").OCIFileSystem
    return kind(config=os.environ["OCI_CONFIG_FILE"], profile="DEFAULT", skip_instance_cache=True)


def _platform() -> tuple[Any, Any]:
    sdk: Any = import_module("aidp_python_client.aidataplatform_dp")
    return sdk.MLOpsClient(_config()), sdk.models


def _told(data: bytes) -> str:
    return base64.b64encode(data).decode()


if __name__ == "__main__":
    answer(Oracle)
