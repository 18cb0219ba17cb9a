"""The files of runs: in Cloud Storage, each with an artifact in the run's context; and what others attached to a run.

* A file of ours lies at its path below the run's root. Storage is what is listed: it knows sizes and digests.
* An artifact of others is a file, or a folder of files, where its URI says; or a chart, which is its metadata: that is
  read as a JSON file.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

import msgspec

from tracklayer.drivers.google import GcsUri, Json, Objects, Stored
from tracklayer.drivers.vertex import names, record
from tracklayer.drivers.vertex.contexts import Contexts
from tracklayer.drivers.vertex.errors import PROVIDER
from tracklayer.drivers.vertex.nodes import Nodes
from tracklayer.drivers.vertex.shelf import OURS, Places
from tracklayer.drivers.vertex.tensorboard import LINK
from tracklayer.drivers.vertex.wire import VERSION
from tracklayer.errors import InvalidInput, NotFound, PermissionDenied
from tracklayer.model import Artifact, checked_path
from tracklayer.spi import Page

#: Charts of the official SDK: all there is of them stands in their metadata.
CHARTS = {"google.ClassificationMetrics", "google.RegressionMetrics", "google.ForecastingMetrics"}
#: Where a list goes on behind the run's own files.
OTHERS = "others"


@dataclass(frozen=True)
class Other:
    """A file that others attached: in Storage, or made of metadata."""

    at: GcsUri | None = None
    size: int | None = None
    digest: str | None = None
    data: bytes | None = None


class Files:
    """The files of runs, by their context's id. Errors are ours."""

    def __init__(self, contexts: Contexts, nodes: Nodes, objects: Objects, places: Places) -> None:
        self._contexts = contexts
        self._nodes = nodes
        self._objects = objects
        self._places = places

    def put(self, run: str, path: str, data: BinaryIO) -> None:
        """Store a file: the bytes first, then the artifact that says that they are there."""
        root = self._root(run)
        at = root.below(path)
        self._places.prepare(at)
        media_type, _ = mimetypes.guess_type(path)
        stored = self._objects.put(at, data, media_type)
        node = self._nodes.put("artifacts", names.ours(run, "file", path), _artifact(path, at, stored))
        self._nodes.attach(run, [node])

    def open(self, run: str, path: str) -> BinaryIO:
        """A file as a stream. A sidecar is none. `NotFound`."""
        context = self._contexts.get(run)
        hidden = path == OURS or path.startswith(f"{OURS}/")
        if not hidden:
            with suppress(NotFound):
                return self._objects.open(self._places.root(context).below(path))
            other = self._others(run).get(path)
            if other is not None and other.data is not None:
                return BytesIO(other.data)
            if other is not None and other.at is not None:
                return self._objects.open(other.at)
        message = f"no such file: {path!r}"
        raise NotFound(message, provider=PROVIDER, operation="open_artifact")

    def page(self, run: str, after: str | None) -> Page[Artifact]:
        """Up to 1,000 files; behind the run's own those that others attached."""
        context = self._contexts.get(run)
        if after == OTHERS:
            return Page(tuple(_listed(path, other) for path, other in sorted(self._others(run).items())))
        root = self._places.root(context)
        token = None if after is None else after.removeprefix("own:")
        page = self._objects.list(GcsUri(root.bucket, f"{root.name}/"), token)
        files = [_own(stored, root) for stored in page.objects]
        return Page(tuple(filter(None, files)), OTHERS if page.after is None else f"own:{page.after}")

    def _root(self, run: str) -> GcsUri:
        """The folder of a run's files, noted on the run when it is not yet."""
        context = self._contexts.known(run)
        root = self._places.root(context)
        if not record.read(context.get("metadata") or {}).root:
            self._contexts.update(run, lambda found: _rooted(found, str(root)))
        return root

    def _others(self, run: str) -> dict[str, Other]:
        """The files that others attached to a run, by path."""
        found: dict[str, Other] = {}
        for node in self._nodes.inside("artifacts", run):
            if names.is_ours(node["name"], run) or node.get("schemaTitle") == LINK:
                continue
            for path, other in self._of_node(node, _label(node, found)):
                found.setdefault(path, other)
        return found

    def _of_node(self, node: Json, label: str) -> Iterator[tuple[str, Other]]:
        if node.get("schemaTitle") in CHARTS:
            data = msgspec.json.format(msgspec.json.encode(node.get("metadata") or {}), indent=2)
            yield f"charts/{label}.json", Other(size=len(data), data=data)
            return
        try:
            at = GcsUri.read(str(node.get("uri") or ""))
        except InvalidInput:
            return
        try:
            yield from self._stored(at, label)
        except PermissionDenied:  # somebody else's bucket: it is there, and reading it will say why not
            yield label, Other(at)

    def _stored(self, at: GcsUri, label: str) -> Iterator[tuple[str, Other]]:
        """The file that a URI names, or the files of the folder that it names."""
        stored = self._objects.head(at) if at.name and not at.name.endswith("/") else None
        if stored is not None:
            tail = at.name.rpartition("/")[2]
            yield label if label.endswith(tail) else f"{label}/{tail}", _other(at, stored)
            return
        folder = f"{at.name.rstrip('/')}/" if at.name else ""
        for one in self._objects.every(GcsUri(at.bucket, folder)):
            path = f"{label}/{one.name.removeprefix(folder)}"
            with suppress(InvalidInput):
                yield checked_path(path), _other(GcsUri(at.bucket, one.name), one)


def _artifact(path: str, at: GcsUri, stored: Stored) -> dict[str, Any]:
    """A file as the console shows it."""
    about = {"path": path, "size": stored.size, "sha256": stored.sha256, "mediaType": stored.media_type}
    return {
        "displayName": path[-128:],
        "uri": str(at),
        "schemaTitle": "system.Artifact",
        "schemaVersion": VERSION,
        "state": "LIVE",
        "metadata": {key: value for key, value in about.items() if value is not None},
    }


def _rooted(context: Json, root: str) -> Json:
    metadata = context.get("metadata") or {}
    kept = record.read(metadata)
    kept.root = root
    return {**context, "metadata": record.put(metadata, kept)}


def _own(stored: Stored, root: GcsUri) -> Artifact | None:
    """A file below the run's root; None for a sidecar, and for what has no path in the model."""
    path = stored.name.removeprefix(f"{root.name}/")
    try:
        checked_path(path)
    except InvalidInput:
        return None
    if path.startswith(f"{OURS}/"):
        return None
    digest = None if stored.sha256 is None else f"sha256:{stored.sha256}"
    return Artifact(path=path, size=stored.size, digest=digest, media_type=mimetypes.guess_type(path)[0])


def _other(at: GcsUri, stored: Stored) -> Other:
    return Other(at, stored.size, None if stored.sha256 is None else f"sha256:{stored.sha256}")


def _listed(path: str, other: Other) -> Artifact:
    return Artifact(path=path, size=other.size, digest=other.digest, media_type=mimetypes.guess_type(path)[0])


def _label(node: Json, taken: Mapping[str, Other]) -> str:
    """What an artifact of others is called among files: its display name, if that is a path of its own."""
    last = names.last(node["name"])
    label = str(node.get("displayName") or last)
    try:
        checked_path(label)
    except InvalidInput:
        return last
    used = label in taken or any(path.startswith((f"{label}/", f"charts/{label}.json")) for path in taken)
    return f"{label}-{last}" if used or label.startswith(OURS) else label
