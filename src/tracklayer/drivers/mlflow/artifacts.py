"""The files of runs, wherever the server says they lie, and the sidecars among them.

* A root is what MLflow names as `artifact_uri` of a run or `artifact_location` of an experiment.
* A `Files` knows one kind of root. The first that serves a root is asked; other drivers bring their own.
* Sidecars are files too: in the folder `.tracklayer` of the run's root, or of the experiment's. They are never listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from typing import BinaryIO
from urllib.parse import urlsplit

import msgspec

from tracklayer.drivers._stores import Entry, Files, Flat
from tracklayer.errors import InvalidInput, NotFound, Rejected, Unsupported
from tracklayer.model import Artifact, checked_path
from tracklayer.spi import Feature, Page

#: Where sidecars are kept.
OURS = ".tracklayer"


class Artifacts:
    """All kinds of places together."""

    def __init__(self, *kinds: Files, provider: str = "mlflow") -> None:
        self._kinds = kinds
        self._provider = provider

    def put(self, root: str, path: str, data: BinaryIO) -> None:
        """Store a file."""
        self._files(root).put(root, checked_path(path), data)

    def open(self, root: str, path: str) -> BinaryIO:
        """A file, to be read as a stream. A sidecar is none."""
        if _hidden(checked_path(path)):
            message = f"no such file: {path!r}"
            raise NotFound(message, provider=self._provider, operation="artifacts/open")
        return self._files(root).open(root, path)

    def page(self, root: str, after: str | None) -> Page[Artifact]:
        """The files of one folder after another, folders within a folder before its neighbours."""
        files = self._files(root)
        if isinstance(files, Flat):
            entries, ahead = files.listed(root, after)
            paths = ((self._path(entry.name), entry.size) for entry in entries)
            return Page(tuple(Artifact(path=path, size=size) for path, size in paths if not _hidden(path)), ahead)
        folders = _folders(after)
        folder = folders.pop()
        listed = list(self._listed(root, folder))
        folders += [path for path, entry in reversed(listed) if entry.is_folder]
        found = (Artifact(path=path, size=entry.size) for path, entry in listed if not entry.is_folder)
        return Page(tuple(found), msgspec.json.encode(folders).decode() if folders else None)

    def names(self, root: str) -> set[str]:
        """What lies in a root itself: files and folders."""
        return {entry.name for entry in self._files(root).entries(root, "")}

    def put_sidecar(self, root: str, key: str, data: bytes) -> None:
        """Keep a sidecar."""
        self.put(root, f"{OURS}/{key}", BytesIO(data))

    def sidecars(self, root: str, prefix: str) -> Mapping[str, bytes]:
        """All sidecars whose key begins with the prefix; none where files cannot be served: none were kept there."""
        try:
            files = self._files(root)
        except Unsupported:
            return {}
        keys = (e.name for e in files.entries(root, OURS) if not e.is_folder and e.name.startswith(prefix))
        found = {}
        for key in keys:
            with files.open(root, f"{OURS}/{self._name(key)}") as stream:
                found[key] = stream.read()
        return found

    def close(self) -> None:
        """Let go of all connections."""
        for kind in self._kinds:
            kind.close()

    def _listed(self, root: str, folder: str) -> Iterator[tuple[str, Entry]]:
        for entry in sorted(self._files(root).entries(root, folder), key=lambda entry: entry.name):
            path = f"{folder}/{self._name(entry.name)}" if folder else self._name(entry.name)
            if not _hidden(path):
                yield path, entry

    def _name(self, name: str) -> str:
        """A name that a server gave, if it is one: it must not lead out of its folder."""
        return self._path("" if "/" in name else name, name)

    def _path(self, path: str, given: str | None = None) -> str:
        """A path that a server gave, if it is one."""
        with suppress(InvalidInput):
            return checked_path(path)
        name = path if given is None else given
        message = f"the server lists a file by an illegal name: {name!r}"
        raise Rejected(message, provider=self._provider, operation="artifacts/list")

    def _files(self, root: str) -> Files:
        why = ""
        for kind in self._kinds:
            refusal = kind.why_not(root)
            if refusal is None:
                return kind
            why = why or refusal
        scheme = urlsplit(root).scheme or "a place without a scheme"
        message = why or f"its files lie in {scheme}:, which is no place that tracklayer knows"
        raise Unsupported(self._provider, Feature.ARTIFACTS.value, message)


def _hidden(path: str) -> bool:
    return path == OURS or path.startswith(f"{OURS}/")


def _folders(after: str | None) -> list[str]:
    """The folders that a cursor says are still to be listed, the next one last."""
    if after is None:
        return [""]
    try:
        folders = msgspec.json.decode(after, type=list[str])
    except msgspec.DecodeError:
        folders = []
    if not folders:
        message = f"not a cursor of this list: {after[:40]!r}"
        raise InvalidInput(message)
    return [checked_path(folder) for folder in folders]
