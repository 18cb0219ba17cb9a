"""The workspaces of the tests here, and what they open in them."""

from __future__ import annotations

from uuid import uuid4

from tracklayer.drivers.databricks import DatabricksDriver
from tracklayer.drivers.databricks.login import Login, WorkspaceAuth
from tracklayer.drivers.databricks.traits import PROVIDER
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.emulators.databricks import HOST
from tracklayer.model import ExperimentDraft, Run, RunDraft

#: Profile -> the host of its workspace.
PLACES = {"aws": HOST, "azure": "adb-4242.7.azuredatabricks.net", "google": "4242.7.gcp.databricks.com"}


def opened(url: str) -> DatabricksDriver:
    """The bare driver."""
    found = DatabricksDriver.open(url)
    assert isinstance(found, DatabricksDriver)
    return found


def rest_of(profile: str) -> Rest:
    """The API of a workspace."""
    login = Login(profile, PROVIDER)
    return Rest(login.host, WorkspaceAuth(login), provider=PROVIDER)


def new_run(driver: DatabricksDriver) -> Run:
    """A run in an experiment of its own."""
    experiment = driver.create_experiment(ExperimentDraft(name=f"e-{uuid4().hex[:12]}"))
    return driver.create_run(experiment.ref, RunDraft(token=uuid4().hex))
