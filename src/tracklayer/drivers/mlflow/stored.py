"""Stored: runs that MLflow's own client left on a disk, read without a server and without MLflow.

The files of the models that a run logged are given as files of the run: see `folders.py`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import BinaryIO

from tracklayer.drivers._stores import BlobFiles, FolderFiles, GcsFiles, OciFiles, S3Files
from tracklayer.drivers.mlflow import wire
from tracklayer.drivers.mlflow.artifacts import Artifacts
from tracklayer.drivers.mlflow.folders import Folders, LoggedModel, folders_of, listed, opened
from tracklayer.drivers.mlflow.inputs import inputs
from tracklayer.drivers.mlflow.roots import Roots
from tracklayer.drivers.mlflow.shapes import MlflowRun, RunInfo
from tracklayer.drivers.mlflow.traits import MLFLOW
from tracklayer.errors import Unsupported
from tracklayer.model import Artifact, ExperimentRef, Owner, Run, RunRef
from tracklayer.spi import Claim, Cursor, Feature, Page, ReadOnly, Search, Traits, read_only, sidecar


def stored(provider: str, why: str, claims: Mapping[Feature, Claim]) -> Traits:
    """MLflow's traits, as far as reading goes: what tracklayer once wrote there is read back by the same rules."""
    refused = {
        Feature.FILTER: sidecar("all runs are read; tracklayer filters"),
        Feature.ORDER: sidecar("all runs are read; tracklayer orders"),
    }
    update = {
        "provider": provider,
        "claims": read_only(why, {**MLFLOW.claims, **refused, **claims}),
        "search": Search(),
    }
    return MLFLOW.model_copy(update=update)


class _Folder(FolderFiles):
    """Folders of this machine: where one is not here, nobody else has it."""

    def why_not(self, root: str) -> str | None:
        refusal = super().why_not(root)
        return refusal and f"its files lie in {root}, which is not on this machine; say where they are: ?artifacts=.."


class Stored(ReadOnly):
    """What the files of runs and the texts of tracklayer's own have in common, wherever the records lie."""

    def __init__(self, roots: Roots) -> None:
        self._roots = roots
        stores = (_Folder(self.traits.provider), S3Files(), GcsFiles(), OciFiles(), BlobFiles())
        self._artifacts = Artifacts(*stores, provider=self.traits.provider)

    @abstractmethod
    def _info(self, run: RunRef) -> RunInfo:
        """The record of a run. `NotFound`."""

    @abstractmethod
    def _models(self, run: RunInfo) -> Sequence[LoggedModel]:
        """The models that a run logged."""

    @abstractmethod
    def _location(self, experiment: ExperimentRef) -> str:
        """Where the files of an experiment's runs go. `NotFound`."""

    def _read(self, given: MlflowRun) -> Run:
        """A run as the model has it."""
        return wire.run(given).model_copy(update={"inputs": inputs(given)})

    # -- files and sidecars

    def open_artifact(self, run: RunRef, path: str, /) -> BinaryIO:
        """A file of the run, or of a model that it logged. `NotFound`."""
        return opened(self._artifacts, self._folders(self._info(run)), path)

    def list_artifacts(self, run: RunRef, after: Cursor | None = None, /) -> Page[Artifact]:
        """The files of the run, then those of each model that it logged."""
        return listed(self._artifacts, self._folders(self._info(run)), after)

    def get_sidecars(self, owner: Owner, prefix: str = "", /) -> Mapping[str, bytes]:
        """What tracklayer kept among the files, when it wrote here through a server."""
        if isinstance(owner, ExperimentRef):
            return self._artifacts.sidecars(self._roots.of_experiment(self._location(owner), owner.id), prefix)
        with suppress(Unsupported):  # no files, no sidecars
            info = self._info(owner)
            return self._artifacts.sidecars(self._roots.of(info.artifact_uri, info.id), prefix)
        return {}

    def _folders(self, run: RunInfo) -> Folders:
        own = self._roots.of(run.artifact_uri, run.id)
        names, root = partial(self._artifacts.names, own), lambda model: self._roots.of(model.location, model.id)
        return folders_of(own, self._models(run), names, root)

    def close(self) -> None:
        """Let go of connections."""
        self._artifacts.close()
