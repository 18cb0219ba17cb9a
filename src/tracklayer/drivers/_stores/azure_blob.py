"""Files in Azure's Blob Storage: roots of the schemes `wasbs` and `abfss`.

* Credentials as MLflow's own client takes them: AZURE_STORAGE_CONNECTION_STRING, else AZURE_STORAGE_ACCESS_KEY, else
  what azure-identity finds (mlflow/store/artifact/azure_blob_artifact_repo.py).
* `abfss` is asked by the address of Blob Storage too: the same files, one way to them.
"""

from __future__ import annotations

import os
from functools import partial
from typing import Any, BinaryIO

from tracklayer.drivers._stores.objects import Listed, ObjectFiles
from tracklayer.drivers.azure import Blobs, BlobUri, Identity, current
from tracklayer.errors import InvalidInput

CONNECTION, KEY = "AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_ACCESS_KEY"


class BlobFiles(ObjectFiles):
    """Containers of any account. `credential`: azure-identity's, or a key; that of the environment, if not said."""

    schemes = ("wasbs", "wasb", "abfss", "abfs")

    def __init__(self, credential: Any = None, provider: str = "mlflow") -> None:
        self._credential = credential
        self._provider = provider
        self._found: Blobs | None = None

    def why_not(self, root: str) -> str | None:
        """Every root in the store, if its SDK is installed: looked for now, for to look loads a package of Azure's."""
        refusal = super().why_not(root)
        try:
            _ = refusal is None and self._blobs
        except ModuleNotFoundError:
            refusal = "its files lie in Blob Storage, which needs azure-storage-blob: pip install 'tracklayer[azureml]'"
        return refusal

    def _put(self, root: str, path: str, data: BinaryIO, media_type: str | None) -> None:
        place = BlobUri.read(root).below(path)
        self._blobs.put(lambda block: self._container(place, block).get_blob_client(place.name), data, media_type)

    def open(self, root: str, path: str) -> BinaryIO:
        """A file as a stream. `NotFound`."""
        place = BlobUri.read(root).below(path)
        return self._blobs.open(partial(self._container(place).get_blob_client, place.name))

    def _page(self, root: str, folder: str, after: str | None) -> Listed:
        place = BlobUri.read(root).below(folder)
        prefix = f"{place.name}/" if place.name else ""
        page = self._blobs.list(self._container(place), prefix, after)
        folders = [(one.removeprefix(prefix), None) for one in page.folders]
        return Listed([*folders, *((name.removeprefix(prefix), size) for name, size in page.blobs)], page.after)

    def close(self) -> None:
        """Let go of connections."""
        if self._found is not None:
            self._found.close()

    def _container(self, place: BlobUri, *block: int) -> Any:
        connection, key = (os.environ.get(name) for name in (CONNECTION, KEY))
        if self._credential is None and connection:
            try:
                return self._blobs.connected(place, connection, *block)
            except ValueError:  # its text would show the key
                message = f"{CONNECTION} is no connection string"
                raise InvalidInput(message) from None
        if self._credential is None and not key:
            self._credential = Identity(current(), provider=self._provider).credential()
        return self._blobs.container(place, self._credential or key, *block)

    @property
    def _blobs(self) -> Blobs:
        if self._found is None:
            self._found = Blobs(self._provider)
        return self._found
