"""Files in the old file system of a workspace, `dbfs:/...`: the DBFS API, a megabyte at a time.

* https://docs.databricks.com/api/workspace/dbfs: a block holds at most 1 MB, before it is encoded.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from io import BufferedReader, RawIOBase
from typing import BinaryIO, cast

from msgspec import Struct

from tracklayer.drivers._stores import Entry
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.drivers.mlflow.shapes import Nothing
from tracklayer.errors import NotFound

ROOT = re.compile(r"dbfs:/(?:/[^/]*/)?(?P<path>(?!/?Volumes/|/?databricks/mlflow-(?:tracking|registry)/)[^/].*)")
API = "/api/2.0/dbfs"
#: Bytes of a block.
BLOCK = 2**20


class Info(Struct):
    """A file or a folder. `path` is absolute."""

    path: str = ""
    is_dir: bool = False
    file_size: int | None = None


class Infos(Struct):
    """What a folder holds."""

    files: tuple[Info, ...] = ()


class Handle(Struct):
    """A file that is being written."""

    handle: int = 0


class Block(Struct):
    """Some bytes, in base64."""

    bytes_read: int = 0
    data: str = ""


class DbfsFiles:
    """The file system of a workspace, but for what has an API of its own."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def why_not(self, root: str) -> str | None:
        """Every root of the scheme that is no volume, and none of Databricks' own."""
        return None if ROOT.fullmatch(root) else ""

    def put(self, root: str, path: str, data: BinaryIO) -> None:
        """Store a file."""
        body = {"path": _place(root, path), "overwrite": True}
        handle = self._rest.call("POST", f"{API}/create", Handle, body=body).handle
        for block in iter(lambda: data.read(BLOCK), b""):
            content = {"handle": handle, "data": base64.b64encode(block).decode()}
            self._rest.call("POST", f"{API}/add-block", Nothing, body=content, repeatable=False)
        self._rest.call("POST", f"{API}/close", Nothing, body={"handle": handle})

    def open(self, root: str, path: str) -> BinaryIO:
        """A file as a stream. `NotFound`."""
        place = _place(root, path)
        info = self._rest.call("GET", f"{API}/get-status", Info, query={"path": place})
        if info.is_dir:
            message = f"no such file: {path!r}"
            raise NotFound(message, provider=self._rest.provider, operation="dbfs/read")
        return cast("BinaryIO", BufferedReader(_Reading(self._rest, place), BLOCK))

    def entries(self, root: str, folder: str) -> Sequence[Entry]:
        """What a folder holds."""
        place = _place(root, folder)
        try:
            found = self._rest.call("GET", f"{API}/list", Infos, query={"path": place}).files
        except NotFound:
            return []
        return [
            Entry(one.path.rpartition("/")[2], one.is_dir, None if one.is_dir else one.file_size)
            for one in found
            if one.path != place  # a file is listed as itself
        ]

    def close(self) -> None:
        """Its connections are the server's own, and closed with it."""


class _Reading(RawIOBase):
    def __init__(self, rest: Rest, place: str) -> None:
        self._rest = rest
        self._place = place
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # typeshed: any buffer
        query = {"path": self._place, "offset": str(self._at), "length": str(min(len(buffer), BLOCK))}
        block = base64.b64decode(self._rest.call("GET", f"{API}/read", Block, query=query).data)
        buffer[: len(block)] = block
        self._at += len(block)
        return len(block)


def _place(root: str, path: str) -> str:
    found = ROOT.fullmatch(root)
    assert found is not None, root  # noqa: S101 -- `why_not` was asked before
    return "/" + "/".join(filter(None, (found["path"].strip("/"), path)))
