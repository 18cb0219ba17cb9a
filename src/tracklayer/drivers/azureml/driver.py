"""Azure Machine Learning: the MLflow driver, at a workspace's address, with Azure's tokens and Azure's files.

Nothing is global: two workspaces, or two clouds, live side by side in one process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from tracklayer.drivers.azure import CREDENTIALS, Bearer, Blobs, Identity, Tokens
from tracklayer.drivers.azureml.artifacts import HistoryFiles
from tracklayer.drivers.azureml.auth import JobToken
from tracklayer.drivers.azureml.config import AzuremlConfig, Workspace
from tracklayer.drivers.azureml.errors import failure
from tracklayer.drivers.azureml.traits import AZUREML, PROVIDER
from tracklayer.drivers.azureml.wire import shown, without_status
from tracklayer.drivers.azureml.workspaces import Discovery
from tracklayer.drivers.mlflow import search
from tracklayer.drivers.mlflow.artifacts import Artifacts
from tracklayer.drivers.mlflow.config import TOKEN
from tracklayer.drivers.mlflow.driver import MlflowDriver
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.drivers.mlflow.shapes import Runs
from tracklayer.errors import InvalidInput
from tracklayer.model import Batch, ExperimentRef, Owner, Run, RunDraft, RunRef, View
from tracklayer.spi import Driver

#: The services of a workspace's host that are asked.
TRACKING, HISTORY = "mlflow/v2.0", "history/v1.0"
#: Runs that are looked for at once, to delete or restore them.
PAGE = 1_000


class AzuremlDriver(MlflowDriver):
    """One workspace, `azureml://SUBSCRIPTION/GROUP/WORKSPACE` or its own MLflow tracking URI."""

    traits = AZUREML
    credentials = (*CREDENTIALS, TOKEN)
    _experiment_files = False

    def __init__(self, config: AzuremlConfig, credential: Any = None) -> None:
        """`credential`: azure-identity's, of whoever asks; the environment's own if not said."""
        job = config.job if credential is None else None
        tokens: Tokens
        find: Callable[[], str]
        if job is None:
            tokens = Identity(config.cloud, credential, provider=PROVIDER)
            find = Discovery(config, tokens, provider=PROVIDER).host
        else:
            tokens, find = JobToken(job, config.at(job.host, HISTORY), provider=PROVIDER), partial(str, job.host)
        auth = Bearer(tokens)

        def rest(service: str) -> Rest:
            return Rest(
                lambda: config.at(find(), service), auth, provider=PROVIDER, read=config.patience, failure=failure
            )

        artifacts = Artifacts(HistoryFiles(rest(HISTORY), config.workspace, Blobs(PROVIDER)), provider=PROVIDER)
        super().__init__(config.url, rest(TRACKING), traits=AZUREML, artifacts=artifacts)
        self._job = config.job and config.job.run
        self._studio = config.studio

    @classmethod
    def open(cls, url: str, /) -> Driver:
        return cls(AzuremlConfig.read(url))

    # -- what differs from any MLflow server

    def create_run(self, experiment: ExperimentRef, draft: RunDraft, /) -> Run:
        return super().create_run(experiment, shown(draft))

    def write(self, run: RunRef, batch: Batch, /) -> None:
        super().write(run, without_status(batch) if run.id == self._job else batch)

    def delete(self, owner: Owner, /) -> None:
        """An experiment is deleted only when it is empty: its runs go before it, the keeper of its sidecars too."""
        if isinstance(owner, ExperimentRef):
            for run in self._all(owner, "active"):
                super().delete(run)
        super().delete(owner)

    def restore(self, owner: Owner, /) -> None:
        """An experiment comes back with its runs, all of them: so MLflow's own servers do."""
        super().restore(owner)
        if isinstance(owner, ExperimentRef):
            for run in self._all(owner, "deleted"):
                super().restore(run)

    def _all(self, experiment: ExperimentRef, view: View) -> Iterator[RunRef]:
        """The runs of an experiment that are so now, while they are changed: the first page is asked for anew."""
        body = {"experiment_ids": [experiment.id], "run_view_type": search.VIEWS[view], "max_results": PAGE}
        known: set[str] = set()
        while True:
            found = [run.info.id for run in self._rest.call("POST", "runs/search", Runs, body=body).runs]
            new = [one for one in found if one not in known]
            if not new:
                return
            yield from (RunRef(id=one) for one in new)
            known.update(new)

    def console(self, run: Run, /) -> str | None:
        return self._studio(run.id)

    def _meet(self) -> None:
        """There is no version to ask for: `/version` is not among what the service has."""


def from_ml_client(client: Any) -> AzuremlDriver:
    """The workspace that an `azure.ai.ml.MLClient` is for, with its credential.

    * `tracklayer.connect(driver.url)` opens the same place with the environment's credentials. * `InvalidInput`.
    """
    names = {"subscription": client.subscription_id, "group": client.resource_group_name, "name": client.workspace_name}
    if not all(names.values()):
        message = "the MLClient is for no workspace: give it a subscription_id, resource_group_name and workspace_name"
        raise InvalidInput(message)
    config = AzuremlConfig.read(Workspace(**names).url)
    return AzuremlDriver(config, getattr(client, "_credential", None))
