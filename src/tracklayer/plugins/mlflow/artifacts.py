"""The artifact repository: files of runs and of models, in whatever place they lie."""

from __future__ import annotations

import os
import posixpath
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

from mlflow.entities import FileInfo
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import NOT_IMPLEMENTED
from mlflow.store.artifact.artifact_repo import ArtifactRepository

from tracklayer.errors import InvalidInput, NotFound
from tracklayer.model import Artifact, checked_path
from tracklayer.plugins.mlflow import ids, uris
from tracklayer.plugins.mlflow.errors import absent, answering
from tracklayer.plugins.mlflow.place import Place, place
from tracklayer.spi import every

#: Bytes of a file in memory at once.
BLOCK = 1 << 20


class _Spot(NamedTuple):
    """A run, and a path among its files; `hidden`: folders of models, which are no files of the run to MLflow."""

    run: str
    path: str
    hidden: frozenset[str]


class TracklayerArtifacts(ArtifactRepository):
    """The files below a URI. Those of a live run are taken at once, and travel with what else it logs."""

    def __init__(self, artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        super().__init__(artifact_uri)
        self.tracking_uri, self.registry_uri = tracking_uri, registry_uri  # MLflow 3.1 takes none of them
        self._files = uris.files_of(artifact_uri)

    @property
    def place(self) -> Place:
        """The place."""
        return place(self._files.place)

    @answering
    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> None:
        """Store a file under its own name, in the folder `artifact_path`."""
        with Path(local_file).open("rb") as data:
            self._put(posixpath.join(artifact_path or "", Path(local_file).name), data)

    @answering
    def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> None:
        """Store all files of a folder and its folders."""
        root = Path(local_dir)
        for folder, _, names in os.walk(root):
            for name in names:
                path = Path(folder) / name
                with path.open("rb") as data:
                    self._put(posixpath.join(artifact_path or "", path.relative_to(root).as_posix()), data)

    @answering
    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        """Files and folders directly below a folder; none for a file."""
        spot = self._spot(path or "")
        prefix = f"{spot.path}/" if spot.path else ""
        above = f"{path.strip('/')}/" if path else ""
        found: dict[str, FileInfo] = {}
        for file in self._below(spot, prefix):
            name, slash, _ = file.path.removeprefix(prefix).partition("/")
            found.setdefault(name, FileInfo(above + name, bool(slash), None if slash else file.size))
        return [found[name] for name in sorted(found)]

    @answering
    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        """Refused: what a run holds is not taken from it."""
        message = f"{artifact_path or 'all files'}: tracklayer deletes no files of a run ({self.place.url})"
        raise MlflowException(message, error_code=NOT_IMPLEMENTED)

    @answering
    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        spot = self._spot(remote_file_path)
        driver = self.place.settled
        try:
            data = driver.open_artifact(self.place.ref(spot.run), checked_path(spot.path))
        except NotFound as error:
            message = f"No such artifact: {remote_file_path}"
            raise absent(message) from error
        with data, Path(local_path).open("wb") as file:
            shutil.copyfileobj(data, file, BLOCK)

    # -- inside

    def _put(self, path: str, data: BinaryIO) -> None:
        spot = self._spot(path)
        self.place.pen(spot.run).put(checked_path(spot.path), data)

    def _below(self, spot: _Spot, prefix: str) -> Iterator[Artifact]:
        driver = self.place.settled
        for file in every(partial(driver.list_artifacts, self.place.ref(spot.run))):
            if file.path.startswith(prefix) and file.path.partition("/")[0] not in spot.hidden:
                yield file

    def _spot(self, path: str) -> _Spot:
        """Where a path leads to."""
        whole = posixpath.join(self._files.below, path.strip("/")).strip("/")
        kind, _, rest = whole.partition("/")
        owner, _, inside = rest.partition("/")
        if kind not in {uris.RUNS, uris.MODELS} or not owner:
            message = f"{path!r} is no file of a run: write runs/RUN/PATH or models/MODEL/PATH"
            raise InvalidInput(message)
        if kind == uris.RUNS:
            folders = frozenset(record.folder for record in self.place.known(owner).models.values())
            return _Spot(owner, inside, folders)
        model = ids.model(owner)
        record = None if model is None else self.place.known(model.run).models.get(model.mark)
        if model is None or record is None:
            message = f"Logged model with ID '{owner}' not found."
            raise absent(message)
        return _Spot(model.run, posixpath.join(record.folder, inside).rstrip("/"), frozenset())
