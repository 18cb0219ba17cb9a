"""Databricks: the MLflow driver in a workspace, with its paths, its signed URLs and its SDK's credentials."""

from __future__ import annotations

import threading
from collections.abc import Callable

from msgspec import Struct

from tracklayer.drivers._stores import BlobFiles, GcsFiles, S3Files
from tracklayer.drivers.databricks.artifacts import RunFiles
from tracklayer.drivers.databricks.config import DatabricksConfig
from tracklayer.drivers.databricks.dbfs import DbfsFiles
from tracklayer.drivers.databricks.errors import failure
from tracklayer.drivers.databricks.login import CREDENTIALS, Login, WorkspaceAuth
from tracklayer.drivers.databricks.names import FOLDER, Folder, parent
from tracklayer.drivers.databricks.traits import DATABRICKS, MAINTAINED, PROVIDER, TAGS_PER_CREATE
from tracklayer.drivers.databricks.volumes import VolumeFiles
from tracklayer.drivers.mlflow import wire
from tracklayer.drivers.mlflow.artifacts import Artifacts
from tracklayer.drivers.mlflow.driver import MlflowDriver
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.drivers.mlflow.shapes import NewExperiment, Nothing
from tracklayer.errors import AlreadyExists, NotFound
from tracklayer.model import Experiment, ExperimentDraft, ExperimentRef
from tracklayer.spi import Cursor, Driver, Page


class Me(Struct):
    """Who asks."""

    userName: str  # noqa: N815 -- SCIM's


class DatabricksDriver(MlflowDriver):
    """One workspace, `databricks://PROFILE` or `databricks://`."""

    traits = DATABRICKS
    credentials = CREDENTIALS
    _experiment_files = False
    _pages = "/ml"

    def __init__(self, url: str, rest: Rest, folder: str | None = None, artifacts: Artifacts | None = None) -> None:
        """`folder`: where experiments go whose name is no path; the home of whoever asks, if not said."""
        own = (RunFiles(rest), VolumeFiles(rest), DbfsFiles(rest))
        others = (S3Files(provider=PROVIDER), GcsFiles(provider=PROVIDER), BlobFiles(provider=PROVIDER))
        kinds = artifacts or Artifacts(*own, *others, provider=PROVIDER)
        super().__init__(url, rest, traits=DATABRICKS, artifacts=kinds)
        self._folder = Folder(_home(rest) if folder is None else lambda: folder)

    @classmethod
    def open(cls, url: str, /) -> Driver:
        config = DatabricksConfig.read(url)
        login = Login(config.profile, PROVIDER)
        auth = WorkspaceAuth(login)
        rest = Rest(login.host, auth, provider=PROVIDER, read=config.patience, failure=failure)
        return cls(config.url, rest, config.folder)

    # -- experiments

    def create_experiment(self, draft: ExperimentDraft, /) -> Experiment:
        path, tag = self._folder.path(draft.name), self._folder.tag(draft.name)
        self._refuse_taken(draft.name, path)
        own = {} if tag is None else {FOLDER: tag}
        body = wire.new_experiment(draft.model_copy(update={"name": path, "tags": {**own, **draft.tags}}))
        tags, body["tags"] = body["tags"], body["tags"][:TAGS_PER_CREATE]
        try:
            made = self._create("experiments/create", NewExperiment, body, None)
        except NotFound:  # its folder is not there
            self._rest.call("POST", "/api/2.0/workspace/mkdirs", Nothing, body={"path": parent(path)})
            made = self._create("experiments/create", NewExperiment, body, None)
        for one in tags[TAGS_PER_CREATE:]:
            whole = {"experiment_id": made.experiment_id, **one}
            self._rest.call("POST", "experiments/set-experiment-tag", Nothing, body=whole)
        return self.get_experiment(ExperimentRef(id=made.experiment_id))

    def get_experiment(self, which: str | ExperimentRef, /) -> Experiment:
        found = super().get_experiment(which if isinstance(which, ExperimentRef) else self._folder.path(which))
        return self._named(found)

    def list_experiments(self, after: Cursor | None = None, /) -> Page[Experiment]:
        page = super().list_experiments(after)
        return Page(tuple(map(self._named, page.items)), page.after)

    def _refuse_taken(self, name: str, path: str) -> None:
        """A deleted experiment keeps its name too: else it could not come back. Databricks would give it away."""
        try:
            super().get_experiment(path)
        except NotFound:
            return
        message = f"there is an experiment {name!r}, or a deleted one: {path}"
        raise AlreadyExists(message, provider=PROVIDER, operation="experiments/create")

    def _named(self, found: Experiment) -> Experiment:
        """The experiment by its name, without the tags that Databricks gives it."""
        tags = {key: text for key, text in found.tags.items() if key not in MAINTAINED}
        return found.model_copy(update={"name": self._folder.name(found.name, tags.pop(FOLDER, None)), "tags": tags})

    # -- the server

    def _meet(self) -> None:
        """A workspace tells no version: it has whatever Databricks runs today."""


def _home(rest: Rest) -> Callable[[], str]:
    """What finds the home of whoever asks, once."""
    lock = threading.Lock()
    found: list[str] = []

    def home() -> str:
        with lock:
            if not found:
                found.append(f"/Users/{rest.call('GET', '/api/2.0/preview/scim/v2/Me', Me).userName}")
            return found[0]

    return home
