"""Files behind the server's own artifact proxy: roots of the scheme `mlflow-artifacts`.

* Names are percent-encoded here, each part of a path by itself: MLflow's client does not, so `a#b` becomes `a` there.
* Streamed both ways. A large file goes in parts straight to the store behind the server, where the server offers it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from io import SEEK_END, BufferedReader
from typing import BinaryIO, cast
from urllib.parse import quote, urlsplit

from tracklayer.drivers._stores import Entry
from tracklayer.drivers.mlflow.download import Download
from tracklayer.drivers.mlflow.multipart import parts_of, upload
from tracklayer.drivers.mlflow.rest import Body, Rest
from tracklayer.drivers.mlflow.shapes import Folder, ServerInfo
from tracklayer.drivers.mlflow.sized import Sized
from tracklayer.errors import Conflict, ProviderError, Unavailable

FILES = "/api/2.0/mlflow-artifacts/artifacts"
INFO = "/api/3.0/mlflow/server-info"
PROXIED = re.compile(r"(?s)mlflow-artifacts:(?://(?P<host>[^/]*))?(?P<path>.*)")
#: Bytes a read or a write takes at once.
BLOCK = 2**20
#: From how many bytes on a file goes in parts, and of how many: MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE and
#: MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE of mlflow/environment_variables.py.
LARGE, PART = 500 * 2**20, 10 * 2**20


class ProxyFiles:
    """`large`, `part`: bytes from which a file goes in parts, and of one part."""

    def __init__(self, rest: Rest, *, large: int = LARGE, part: int = PART) -> None:
        self._rest = rest
        self._large = large
        self._part = part
        self._in_parts: bool | None = None

    def why_not(self, root: str) -> str | None:
        """Only this server's proxy: credentials go nowhere else."""
        found = PROXIED.fullmatch(root)
        if found is None:
            return None if root.startswith(f"{self._rest.base}{FILES}/") else ""
        if found["host"] in {None, "", urlsplit(self._rest.base).netloc}:
            return None
        return f"its files are proxied by another server, {found['host']}"

    def put(self, root: str, path: str, data: BinaryIO) -> None:
        """Store a file. `Conflict` where a folder has its name, or a file the name of its folder."""
        body = _sized(data)
        size = len(body) if isinstance(body, Sized) else 0
        if size >= self._large and self._takes_parts():
            folder, _, name = path.rpartition("/")
            where = quoted_path(self._path(root), folder)
            if upload(self._rest, where, name, data, parts_of(size, self._part)):
                return
        try:
            with self._rest.translating("artifacts/put"):
                self._rest.whole("PUT", self._url(FILES, root, path), data=body)
        except Unavailable as error:
            self._refuse_in_the_way(root, path, error)
            raise

    def open(self, root: str, path: str) -> BinaryIO:
        """A file as a stream."""
        with self._rest.translating("artifacts/open"):
            answer = self._rest.send("GET", self._url(FILES, root, path), headers={"Accept-Encoding": "identity"})
        return cast("BinaryIO", BufferedReader(Download(self._rest, answer), BLOCK))

    def entries(self, root: str, folder: str) -> Sequence[Entry]:
        """What a folder holds."""
        path = "/".join(filter(None, (self._path(root), folder)))
        answer = self._rest.call("GET", FILES, Folder, query={"path": path})
        return [Entry(file.path, file.is_dir, file.file_size) for file in answer.files]

    def close(self) -> None:
        """Its connections are the server's own, and closed with it."""

    def _path(self, root: str) -> str:
        """The root as a path of the proxy."""
        found = PROXIED.fullmatch(root)
        return (found["path"] if found else root.removeprefix(f"{self._rest.base}{FILES}/")).strip("/")

    def _url(self, place: str, root: str, path: str) -> str:
        return f"{place}/{quoted_path(self._path(root), path)}"

    def _refuse_in_the_way(self, root: str, path: str, error: ProviderError) -> None:
        """`Conflict` if the server failed because a file stands where a folder must be, or the other way round."""
        parts = path.split("/")
        for depth, name in enumerate(parts):
            found = {entry.name: entry.is_folder for entry in self.entries(root, "/".join(parts[:depth]))}
            if name not in found:
                return
            if found[name] != (depth < len(parts) - 1):
                kind = "folder" if found[name] else "file"
                message = f"cannot store {path!r}: {'/'.join(parts[: depth + 1])!r} is a {kind}"
                raise Conflict(message, provider=error.provider, operation=error.operation) from error

    def _takes_parts(self) -> bool:
        """Does the server offer multipart uploads? Asked once; a server that does not say does not."""
        if self._in_parts is None:
            self._in_parts = False
            with suppress(ProviderError):
                self._in_parts = self._rest.call("GET", INFO, ServerInfo).multipart_uploads_enabled
        return self._in_parts


def quoted_path(*paths: str) -> str:
    """Paths joined, each part percent-encoded by itself."""
    return "/".join(quote(part, safe="") for path in paths if path for part in path.split("/"))


def _sized(data: BinaryIO) -> Body:
    """What is left of a stream, with its length if that can be known."""
    if not data.seekable():
        return iter(lambda: data.read(BLOCK), b"")
    start = data.tell()
    size = data.seek(0, SEEK_END) - start
    data.seek(start)
    return cast("Body", Sized(data, size)) if size else b""
