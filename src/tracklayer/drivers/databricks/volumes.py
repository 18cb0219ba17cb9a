"""Files in Unity Catalog's volumes, `dbfs:/Volumes/CATALOG/SCHEMA/VOLUME/...`: the Files API.

* https://docs.databricks.com/api/workspace/files: one file takes at most 5 GiB in one request.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from io import BufferedReader
from typing import BinaryIO, cast

import requests
from msgspec import Struct

from tracklayer.drivers._stores import Entry
from tracklayer.drivers.databricks.streams import BLOCK, Download, measured
from tracklayer.drivers.mlflow.proxy import quoted_path
from tracklayer.drivers.mlflow.rest import Body, Rest
from tracklayer.drivers.mlflow.sized import Sized
from tracklayer.errors import NotFound

ROOT = re.compile(r"dbfs:/(?:/[^/]*)?/?(?P<path>Volumes/[^/]+/[^/]+/[^/]+(?:/.*)?)")
FILES, FOLDERS = "/api/2.0/fs/files", "/api/2.0/fs/directories"


class Content(Struct):
    """What a folder holds."""

    name: str = ""
    is_directory: bool = False
    file_size: int | None = None


class Contents(Struct):
    """One page of a folder."""

    contents: tuple[Content, ...] = ()
    next_page_token: str | None = None


class VolumeFiles:
    """The volumes that a workspace reaches."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._made: set[str] = set()

    def why_not(self, root: str) -> str | None:
        """Every volume: whether it may be used is for the workspace to say."""
        return None if ROOT.fullmatch(root) else ""

    def put(self, root: str, path: str, data: BinaryIO) -> None:
        """Store a file, in a folder that is made if need be."""
        place = _place(root, path)
        folder = place.rpartition("/")[0]
        if folder not in self._made:
            with self._rest.translating("fs/directories"):
                self._rest.whole("PUT", f"{FOLDERS}/{folder}")
            self._made.add(folder)
        headers = {"Content-Type": "application/octet-stream"}
        with measured(data) as (stream, size), self._rest.translating("fs/files"):
            body = cast("Body", Sized(stream, size)) if size else b""
            self._rest.whole("PUT", f"{FILES}/{place}", query={"overwrite": "true"}, data=body, headers=headers)

    def open(self, root: str, path: str) -> BinaryIO:
        """A file as a stream. `NotFound`."""
        found = Download(partial(self._from, _place(root, path)), self._rest.provider)
        return cast("BinaryIO", BufferedReader(found, BLOCK))

    def entries(self, root: str, folder: str) -> Sequence[Entry]:
        """What a folder holds."""
        found: list[Entry] = []
        query: dict[str, str] = {}
        while True:
            try:
                page = self._rest.call("GET", f"{FOLDERS}/{_place(root, folder)}", Contents, query=query)
            except NotFound:
                return found
            found += [
                Entry(one.name, one.is_directory, None if one.is_directory else one.file_size) for one in page.contents
            ]
            if not page.next_page_token:
                return found
            query["page_token"] = page.next_page_token

    def close(self) -> None:
        """Its connections are the server's own, and closed with it."""

    def _from(self, place: str, start: int) -> requests.Response:
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        with self._rest.translating("fs/files"):
            return self._rest.send("GET", f"{FILES}/{place}", headers=headers)


def _place(root: str, path: str) -> str:
    """The path of the API, percent-encoded, without `/` at its ends."""
    found = ROOT.fullmatch(root)
    assert found is not None, root  # noqa: S101 -- `why_not` was asked before
    return quoted_path(found["path"].strip("/"), path)
