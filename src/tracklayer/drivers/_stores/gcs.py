"""Files in Google's Cloud Storage: roots of the scheme `gs`."""

from __future__ import annotations

from contextlib import suppress
from typing import BinaryIO

from tracklayer.drivers._stores.objects import Listed, ObjectFiles
from tracklayer.drivers.google import GcsUri, Identity, Objects


class GcsFiles(ObjectFiles):
    """`objects`: the buckets; those that the environment's credentials reach, if not said."""

    schemes = ("gs",)

    def __init__(self, objects: Objects | None = None, provider: str = "mlflow") -> None:
        if objects is None:
            with suppress(ModuleNotFoundError):
                objects = Objects(Identity(), None, provider=provider)
        if objects is None:
            self.lacking = (
                "its files lie in Cloud Storage, which needs google-cloud-storage: pip install 'tracklayer[vertex]'"
            )
        self._found = objects

    def _put(self, root: str, path: str, data: BinaryIO, media_type: str | None) -> None:
        self._objects.put(GcsUri.read(root).below(path), data, media_type)

    def open(self, root: str, path: str) -> BinaryIO:
        """A file as a stream. `NotFound`."""
        return self._objects.open(GcsUri.read(root).below(path))

    def _page(self, root: str, folder: str, after: str | None) -> Listed:
        place = GcsUri.read(root).below(folder)
        prefix = f"{place.name}/" if place.name else ""
        page = self._objects.list(GcsUri(place.bucket, prefix), after, "/")
        folders = [(one.removeprefix(prefix), None) for one in page.folders]
        return Listed([*folders, *((one.name.removeprefix(prefix), one.size) for one in page.objects)], page.after)

    def close(self) -> None:
        """Let go of connections."""
        if self._found is not None:
            self._found.close()

    @property
    def _objects(self) -> Objects:
        assert self._found is not None  # noqa: S101 -- `why_not` was asked before
        return self._found
