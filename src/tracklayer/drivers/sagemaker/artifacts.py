"""Files of runs: in S3, in the official SDK's layout, so that each finds the other's.

* `<root>/<path>`, with `<root>` the run's folder. The first 30 are output artifacts too: Studio lists those.
* What others made is found as well: output artifacts that point elsewhere, files and folders, and charts.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader, BytesIO, RawIOBase
from typing import BinaryIO, cast

import msgspec

from tracklayer.drivers.aws import Objects, S3Uri
from tracklayer.drivers.sagemaker import charts
from tracklayer.drivers.sagemaker.calls import PROVIDER, Calls
from tracklayer.drivers.sagemaker.components import Components, Facts
from tracklayer.drivers.sagemaker.places import SIDECARS, Places
from tracklayer.drivers.sagemaker.rates import MOST_LISTED
from tracklayer.drivers.sagemaker.wire import SHOWN_KEY, SHOWN_VALUE
from tracklayer.errors import InvalidInput, NotFound, Rejected
from tracklayer.model import Artifact, checked_path
from tracklayer.spi import Page

#: service-2.json: MediaType. Java's `\\w` is ASCII.
MEDIA_TYPE = re.compile(r"[-\w]+/[-\w+]+", re.ASCII)
LONGEST_MEDIA_TYPE = 64


class _Cursor(msgspec.Struct, omit_defaults=True):
    """Where a list of files is: `token` of S3; then the folders that are left, each with the path it stands under."""

    token: str | None = None
    folders: list[tuple[str, str]] = []


class Artifacts:
    """The files of all runs."""

    def __init__(self, calls: Calls, components: Components, places: Places, objects: Objects) -> None:
        self._calls = calls
        self._components = components
        self._places = places
        self._objects = objects

    def put(self, run: str, path: str, data: BinaryIO) -> None:
        """Store a file, streamed."""
        facts = self._components.facts(run)
        place = facts.root.below(checked_path(path))
        chart, stream = _looked_into(data) if path.endswith(".json") else (None, data)
        kind = mimetypes.guess_type(path)[0]
        self._places.prepare(place.bucket)
        self._objects.put(place.bucket, place.key, stream, kind)
        self._enter(facts, path, str(place), kind)
        if chart is not None:
            stored = self._objects.head(place.bucket, place.key)
            charts.show(self._calls, facts.arn, chart, str(place), stored.etag if stored else "")

    def open(self, run: str, path: str) -> BinaryIO:
        """A file as a stream. `NotFound`."""
        facts = self._components.facts(run)
        if not _hidden(checked_path(path)):
            with suppress(NotFound):
                place = facts.root.below(path)
                return self._objects.open(place.bucket, place.key)
            for name, place in self._elsewhere(self._components.look(run)):
                if path == name or path.startswith(f"{name}/"):
                    with suppress(NotFound):
                        found = place if path == name else place.below(path.removeprefix(f"{name}/"))
                        return self._objects.open(found.bucket, found.key)
        message = f"run {run} has no file {path!r}"
        raise NotFound(message, provider=PROVIDER, operation="GetObject")

    def page(self, run: str, after: str | None) -> Page[Artifact]:
        """The files in the run's folder, then those elsewhere."""
        cursor = _cursor(after)
        if cursor.folders:
            (path, uri), *rest = cursor.folders
            files, token = self._below(S3Uri.read(uri), cursor.token, under=path)
            return _page(files, _Cursor(token, cursor.folders if token else rest))
        facts = self._components.look(run)
        files, token = self._below(facts.root, cursor.token)
        if token:
            return _page(files, _Cursor(token))
        folders: list[tuple[str, str]] = []
        for path, place in self._elsewhere(facts):
            own = facts.root.below(path)
            if self._objects.head(own.bucket, own.key) is not None:  # the run's own file has that path
                continue
            stored = self._objects.head(place.bucket, place.key)
            if stored is None:
                folders.append((path, str(place)))
            else:
                files.append(Artifact(path=path, size=stored.size))
        return _page(files, _Cursor(folders=folders))

    def _below(self, root: S3Uri, token: str | None, under: str = "") -> tuple[list[Artifact], str | None]:
        """A page of the files below a place."""
        prefix = f"{root.key.rstrip('/')}/"
        try:
            listing = self._objects.list(root.bucket, prefix, token)
        except NotFound:  # no bucket, no files
            return [], None
        files = []
        for stored in listing.objects:
            path = stored.key.removeprefix(prefix)
            if _legal(path) and not _hidden(path):
                files.append(Artifact(path=f"{under}/{path}" if under else path, size=stored.size))
        return files, listing.after

    def _elsewhere(self, facts: Facts) -> Iterator[tuple[str, S3Uri]]:
        """Files and folders that the run has somewhere else, each once, with the path it gets here."""
        uris = [(name, entry.get("Value", "")) for name, entry in facts.outputs.items()]
        named: set[str] = set()
        seen: set[str] = set()
        for name, uri in [*uris, *((one.name, one.uri) for one in charts.of(self._calls, facts.arn))]:
            with suppress(InvalidInput):
                place = S3Uri.read(uri.rstrip("/"))
                inside = place.bucket == facts.root.bucket and f"{place.key}/".startswith(f"{facts.root.key}/")
                path = _path(name)
                if place.key and not inside and str(place) not in seen and path not in named:
                    seen.add(str(place))
                    named.add(path)
                    yield path, place

    def _enter(self, facts: Facts, path: str, uri: str, kind: str | None) -> None:
        """Let Studio list a file, if it is one of the first."""
        fits = SHOWN_KEY.holds(path) and SHOWN_VALUE.holds(uri)
        if path in facts.outputs or len(facts.outputs) >= MOST_LISTED or not fits:
            return
        entry = {"Value": uri} | ({"MediaType": kind} if kind is not None and _fits(kind) else {})
        with suppress(Rejected):  # others have filled it meanwhile: the file is there all the same
            self._components.update(facts.name, OutputArtifacts={path: entry})


def _fits(kind: str) -> bool:
    return len(kind) <= LONGEST_MEDIA_TYPE and MEDIA_TYPE.fullmatch(kind) is not None


def _page(files: list[Artifact], cursor: _Cursor) -> Page[Artifact]:
    return Page(tuple(files), None if cursor == _Cursor() else msgspec.json.encode(cursor).decode())


def _cursor(after: str | None) -> _Cursor:
    if after is None:
        return _Cursor()
    try:
        return msgspec.json.decode(after, type=_Cursor)
    except msgspec.MsgspecError:
        message = f"not a cursor of this list: {after[:40]!r}"
        raise InvalidInput(message) from None


def _looked_into(data: BinaryIO) -> tuple[charts.Chart | None, BinaryIO]:
    """What chart a stream is, if any, and the whole stream."""
    if data.seekable():
        start = data.tell()
        head = data.read(charts.HEAD)
        data.seek(start)
        return charts.told(head), data
    head = data.read(charts.HEAD)
    return charts.told(head), cast("BinaryIO", BufferedReader(_Chained(head, data)))


class _Chained(RawIOBase):
    """A stream whose head was read already."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = BytesIO(head)
        self._rest = rest

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # any buffer
        """The head first."""
        block = self._head.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)


def _hidden(path: str) -> bool:
    return path == SIDECARS or path.startswith(f"{SIDECARS}/")


def _legal(path: str) -> bool:
    """Is a key of S3 a path? One that ends in `/` is a console's folder."""
    try:
        return checked_path(path) == path
    except InvalidInput:
        return False


def _path(name: str) -> str:
    """A path for a name that others gave."""
    parts = [part for part in re.split(r"[/\\\0]+", name) if part not in {"", ".", ".."}]
    path = "/".join(parts) or "artifact"
    return f"_{path}" if _hidden(path) else path
