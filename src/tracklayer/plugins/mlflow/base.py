"""What all parts of the store stand on: the place, and how its files are named."""

from __future__ import annotations

import os
from functools import cached_property

from mlflow.entities import LifecycleStage, Run
from mlflow.store.tracking.abstract_store import AbstractStore

from tracklayer.errors import NotFound
from tracklayer.plugins.mlflow import entities, ids, uris
from tracklayer.plugins.mlflow.errors import absent, refused
from tracklayer.plugins.mlflow.experiments import Noted
from tracklayer.plugins.mlflow.known import Known
from tracklayer.plugins.mlflow.pens import Pen
from tracklayer.plugins.mlflow.place import Place, place

#: How a server's own root of files begins: it hands them on itself.
PROXIED = "mlflow-artifacts:"


class Base(AbstractStore):
    """A store of one place. Making one makes no call, and opens nothing.

    * `artifact_uri`: a server's root of files; used where it is one that the server hands on, as it does to clients
      that know nothing of tracklayer.
    """

    def __init__(self, store_uri: str, artifact_uri: str | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # whatever class of MLflow's comes next
        self.store_uri = store_uri
        self.artifact_root_uri = artifact_uri
        self._asked = uris.place_of(store_uri)

    @cached_property
    def place(self) -> Place:
        """The place, the same one for all stores and repositories of this process."""
        return place(self._asked)

    # -- runs

    def _known(self, run_id: str, *, fresh: bool = False) -> Known:
        """A run. MLflow's error where there is none."""
        try:
            known = self.place.known(run_id, fresh=fresh)
        except NotFound as error:
            message = f"Run with id={run_id} not found"
            raise absent(message) from error
        if known.keeper:
            message = f"Run with id={run_id} not found"
            raise absent(message)
        return known

    def _pen(self, run_id: str) -> Pen:
        """What an active run is written with. MLflow's errors where there is none, and where it is deleted."""
        live = self.place.live(run_id)
        if live is not None and not live.ended:
            return live
        self._active(self._known(run_id))
        return self.place.pen(run_id)

    def _active(self, known: Known) -> None:
        if self._deleted(known):
            message = f"The run {known.run} must be in the 'active' state. Current state is {LifecycleStage.DELETED}."
            raise refused(message)

    def _deleted(self, known: Known) -> bool:
        """Is the run deleted, or its experiment with all that is in it?"""
        return known.deleted or self.place.experiments.get(known.experiment).deleted

    def _run(self, known: Known) -> Run:
        return entities.run(known, self._files(uris.RUNS, known.run), deleted=self._deleted(known))

    # -- experiments

    def _experiment(self, experiment_id: str | None) -> Noted:
        """An experiment, be it deleted. MLflow's error where there is none."""
        wanted = str(experiment_id or ids.DEFAULT)
        try:
            return self.place.experiments.get(wanted)
        except NotFound as error:
            message = f"No Experiment with id={wanted} exists"
            raise absent(message) from error

    def _active_experiment(self, experiment_id: str | None) -> Noted:
        noted = self._experiment(experiment_id)
        if noted.deleted:
            message = (
                f"The experiment {noted.id} must be in the 'active' state. Current state is {LifecycleStage.DELETED}."
            )
            raise refused(message)
        return noted

    # -- files

    def _files(self, kind: str, id: str) -> str:
        """The URI of the files of a run or a model."""
        return f"{self._root}/{kind}/{id}"

    @property
    def _root(self) -> str:
        given = self.artifact_root_uri
        if given is not None and given.startswith(PROXIED) and _handed_on():
            return given.rstrip("/")
        return uris.root_of(self.place.url)


def _handed_on() -> bool:
    """Does the server keep the files that it hands on in a place of ours?"""
    return os.environ.get("_MLFLOW_SERVER_ARTIFACT_DESTINATION", "").startswith(uris.PREFIX)
