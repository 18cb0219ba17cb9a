"""Sidecars: small ones in the metadata of their run or experiment, all others in Cloud Storage below its root."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from tracklayer.drivers.google import GcsUri, Json, Objects
from tracklayer.drivers.vertex import record
from tracklayer.drivers.vertex.config import VertexConfig
from tracklayer.drivers.vertex.contexts import Contexts
from tracklayer.drivers.vertex.names import last
from tracklayer.drivers.vertex.wire import checked
from tracklayer.errors import InvalidInput

#: The folder of sidecars, and the one that all of ours are in, below the bucket's prefix.
OURS, FOLDER = ".tracklayer", "tracklayer"


class Places:
    """Where files go, bucket, prefix and all.

    * Without a bucket in the URL: `<project>-vertex-staging-<location>`, the official SDK's, made at the first file.
    """

    def __init__(self, objects: Objects, contexts: Contexts, config: VertexConfig) -> None:
        self._objects = objects
        self._contexts = contexts
        self._location = config.location
        self._default = config.bucket is None
        self._lock = threading.Lock()
        self._there = False
        self.bucket = config.bucket or f"{config.project.replace(':', '-')}-vertex-staging-{config.location}"
        self._prefix = config.prefix

    def experiment(self, context: str) -> GcsUri:
        """The folder of an experiment."""
        return GcsUri(self.bucket, "/".join(part for part in (self._prefix, FOLDER, context) if part))

    def run(self, context: str, experiment: str) -> GcsUri:
        """The folder of a new run."""
        return self.experiment(experiment).below(context)

    def root(self, context: Json) -> GcsUri:
        """The folder of the files of a run or an experiment that is there."""
        kept = record.read(context.get("metadata") or {})
        name = last(context["name"])
        try:
            return GcsUri.read(kept.root)
        except InvalidInput:
            if context.get("schemaTitle") == "system.Experiment":
                return self.experiment(name)
            return self.run(name, kept.experiment or "unassigned")

    def ours(self, context: Json) -> GcsUri | None:
        """The folder that may be deleted with a run or an experiment: one named as ours are. None for any other."""
        root, name = self.root(context), last(context["name"])
        return root if root.name.split("/")[-1] == name else None

    def prepare(self, at: GcsUri) -> None:
        """See to it that the default bucket is there before the first file goes to it."""
        if not self._default or at.bucket != self.bucket:
            return
        with self._lock:
            if not self._there:
                self._objects.ensure_bucket(self.bucket, self._location, self._contexts.project_number())
                self._there = True


class Shelf:
    """The sidecars of runs and experiments, by their context's id. Errors are ours."""

    def __init__(self, contexts: Contexts, objects: Objects, places: Places) -> None:
        self._contexts = contexts
        self._objects = objects
        self._places = places

    def put(self, context: str, key: str, data: bytes) -> None:
        """Keep a sidecar."""
        known = self._contexts.known(context)
        if record.holds(known.get("metadata") or {}, key, data):
            self._contexts.update(context, lambda found: _with_sidecar(found, key, data))
            return
        at = self._places.root(known).below(OURS, key)
        self._places.prepare(at)
        self._objects.put_bytes(at, data)
        kind = record.head(key)
        if kind not in record.read(known.get("metadata") or {}).away:
            root = str(self._places.root(known))
            self._contexts.update(context, lambda found: _with_kind(found, kind, root))

    def get(self, context: str, prefix: str) -> Mapping[str, bytes]:
        """The sidecars whose key begins so."""
        known = self._contexts.get(context)
        kept = record.read(known.get("metadata") or {})
        found = record.beside(kept, prefix)
        if record.elsewhere(kept, prefix):
            folder = self._places.root(known).below(OURS)
            for stored in self._objects.every(GcsUri(folder.bucket, f"{folder.name}/{prefix}")):
                found[stored.name.removeprefix(f"{folder.name}/")] = self._objects.read(
                    GcsUri(folder.bucket, stored.name)
                )
        return found


def _with_sidecar(context: Json, key: str, data: bytes) -> Json:
    metadata = context.get("metadata") or {}
    kept = record.read(metadata)
    kept.beside = {**kept.beside, key: record.encoded(data)}
    return checked({**context, "metadata": record.put(metadata, kept)})


def _with_kind(context: Json, kind: str, root: str) -> Json:
    metadata = context.get("metadata") or {}
    kept = record.read(metadata)
    kept.root = kept.root or root
    kept.away = sorted({*kept.away, kind})
    return {**context, "metadata": record.put(metadata, kept)}
