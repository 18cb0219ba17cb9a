"""Files in OCI's Object Storage: roots of the scheme `oci`, `oci://bucket@namespace/prefix`."""

from __future__ import annotations

from contextlib import suppress
from typing import BinaryIO

from tracklayer.drivers._stores.objects import Listed, ObjectFiles
from tracklayer.drivers.oracle import Objects, OciUri, Oracle


class OciFiles(ObjectFiles):
    """`oracle`: whose buckets; those that the environment's identity reaches, if not said."""

    schemes = ("oci",)

    def __init__(self, oracle: Oracle | None = None, provider: str = "mlflow") -> None:
        if oracle is None:
            with suppress(ModuleNotFoundError):
                oracle = Oracle(provider=provider)
        if oracle is None:
            self.lacking = "its files lie in OCI's Object Storage, which needs oci: pip install 'tracklayer[oci]'"
        self._oracle = oracle

    def _put(self, root: str, path: str, data: BinaryIO, media_type: str | None) -> None:
        self._objects.put(OciUri.read(root).below(path), data, media_type)

    def open(self, root: str, path: str) -> BinaryIO:
        """A file as a stream. `NotFound`."""
        return self._objects.open(OciUri.read(root).below(path))

    def _page(self, root: str, folder: str, after: str | None) -> Listed:
        place = OciUri.read(root).below(folder)
        prefix = f"{place.name}/" if place.name else ""
        page = self._objects.list(OciUri(place.bucket, place.namespace, prefix), after, "/")
        folders = [(one.removeprefix(prefix), None) for one in page.folders]
        return Listed([*folders, *((one.name.removeprefix(prefix), one.size) for one in page.objects)], page.after)

    def close(self) -> None:
        """Let go of connections."""
        if self._oracle is not None:
            self._oracle.close()

    @property
    def _objects(self) -> Objects:
        assert self._oracle is not None  # noqa: S101 -- `why_not` was asked before
        return Objects(self._oracle)
