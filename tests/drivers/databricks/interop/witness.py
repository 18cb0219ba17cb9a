"""The process of Databricks' own clients: MLflow's with `databricks` URIs, and databricks-sdk. Run as a script."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import mlflow
from contract_tests.servers.witness_client import Client
from contract_tests.witnesses.answering import answer
from databricks.sdk import WorkspaceClient
from databricks.sdk.service import ml


class Databricks:
    """What can be asked. `profile`: a section of the file of profiles."""

    def at(self, uri: str, what: str, **arguments: Any) -> Any:
        """What `witness_client.Client` can be asked, of one workspace."""
        return getattr(Client(uri), what)(**arguments)

    def within(self, variables: Mapping[str, str], call: str, **arguments: Any) -> Any:
        """The same as without these variables, but with them."""
        os.environ.update(variables)
        try:
            return getattr(self, call)(**arguments)
        finally:
            for name in variables:
                del os.environ[name]

    def make(self, uri: str, experiment: str, artifact_location: str | None = None) -> str:
        """Make an experiment by a client of a workspace."""
        client: Any = mlflow.MlflowClient(tracking_uri=uri)
        return str(client.create_experiment(experiment, artifact_location=artifact_location))

    def sdk_write(self, profile: str, experiment: str, params: Mapping[str, str], points: list[float]) -> str:
        """Make an experiment and a run with the SDK."""
        api = WorkspaceClient(profile=profile).experiments
        place = api.create_experiment(experiment).experiment_id
        made: Any = api.create_run(experiment_id=place, run_name="by the sdk", start_time=1_700_000_000_000)
        run = str(made.run.info.run_id)
        api.log_batch(
            run_id=run,
            params=[ml.Param(key, value) for key, value in params.items()],
            metrics=[
                ml.Metric(key="loss", timestamp=1_700_000_000_000 + step, step=step, value=value)
                for step, value in enumerate(points)
            ],
        )
        api.set_tag("stage", "dev", run_id=run)
        api.update_run(run_id=run, status=ml.UpdateRunStatus.FINISHED, end_time=1_700_000_005_000)
        return run

    def sdk_read(self, profile: str, run: str) -> dict[str, Any]:
        """A run as the SDK sees it, with its points and files."""
        api = WorkspaceClient(profile=profile).experiments
        found: Any = api.get_run(run).run
        return {
            "name": found.info.run_name,
            "status": found.info.status.value,
            "params": {one.key: one.value for one in found.data.params or ()},
            "tags": {one.key: one.value for one in found.data.tags or ()},
            "points": [[one.step, one.value] for one in api.get_history("loss", run_id=run)],
            "files": [one.path for one in api.list_artifacts(run_id=run)],
            "names": [one.name for one in api.search_experiments()],
        }

    def upload(self, profile: str, path: str, data: str) -> None:
        """Store a file in a volume."""
        WorkspaceClient(profile=profile).files.upload(path, BytesIO(base64.b64decode(data)), overwrite=True)

    def download(self, profile: str, path: str) -> str:
        """A file of a volume."""
        found: Any = WorkspaceClient(profile=profile).files.download(path).contents
        return base64.b64encode(found.read()).decode()

    def list(self, profile: str, path: str) -> list[str]:
        """The names of what a folder of a volume holds."""
        return [str(one.name) for one in WorkspaceClient(profile=profile).files.list_directory_contents(path)]


if __name__ == "__main__":
    answer(Databricks)
