"""PlacesArtifacts: the files that a server hands on, those of each place below the place's key."""

from __future__ import annotations

from functools import cached_property

from mlflow.entities import FileInfo
from mlflow.protos.databricks_pb2 import PERMISSION_DENIED
from mlflow.store.artifact.artifact_repo import ArtifactRepository

from tracklayer.plugins.mlflow import uris
from tracklayer.plugins.mlflow.artifacts import TracklayerArtifacts
from tracklayer.plugins.mlflow.errors import absent, answering, refused
from tracklayer.plugins.mlflow.many.part import parts
from tracklayer.plugins.mlflow.many.uris import READS_ONLY, places_of


class PlacesArtifacts(ArtifactRepository):
    """`KEY/runs/RUN/PATH` and `KEY/models/MODEL/PATH`, with the ids that the place itself has."""

    def __init__(self, artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        super().__init__(artifact_uri)
        self.tracking_uri, self.registry_uri = tracking_uri, registry_uri  # MLflow 3.1 takes none of them
        self._asked = places_of(artifact_uri)

    @answering
    def log_artifact(self, local_file: str, artifact_path: str | None = None) -> None:
        """Store a file under its own name, in the folder `artifact_path`."""
        repository, path = self._at(artifact_path, write=True)
        repository.log_artifact(local_file, path)

    @answering
    def log_artifacts(self, local_dir: str, artifact_path: str | None = None) -> None:
        """Store all files of a folder and its folders."""
        repository, path = self._at(artifact_path, write=True)
        repository.log_artifacts(local_dir, path)

    @answering
    def list_artifacts(self, path: str | None = None) -> list[FileInfo]:
        """Files and folders directly below a folder; none for a file."""
        repository, inside = self._at(path)
        before = f"{(path or '').strip('/').partition('/')[0]}/"
        return [FileInfo(before + one.path, one.is_dir, one.file_size) for one in repository.list_artifacts(inside)]

    @answering
    def delete_artifacts(self, artifact_path: str | None = None) -> None:
        """Refused: what a run holds is not taken from it."""
        repository, path = self._at(artifact_path, write=True)
        repository.delete_artifacts(path)

    @answering
    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        repository, path = self._at(remote_file_path)
        repository._download_file(path, local_path)  # noqa: SLF001 -- MLflow's own

    @cached_property
    def _repositories(self) -> dict[str, TracklayerArtifacts]:
        places = {part.key: part.place for part in parts(self._asked.urls)}
        return {key: TracklayerArtifacts(uris.root_of(place.url)) for key, place in places.items()}

    def _at(self, path: str | None, *, write: bool = False) -> tuple[TracklayerArtifacts, str]:
        """The repository of a place, and the path in it."""
        if write and not self._asked.write:
            raise refused(READS_ONLY, PERMISSION_DENIED)
        key, _, inside = (path or "").strip("/").partition("/")
        repository = self._repositories.get(key)
        if repository is None:
            raise absent(f"No such artifact: {path}")
        return repository, inside
