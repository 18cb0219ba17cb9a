"""Files of runs in the storage that Databricks keeps itself: `dbfs:/databricks/mlflow-tracking/.../artifacts`.

Who may see the run gets signed URLs for its files. Nobody reaches that storage otherwise.
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
from tracklayer.drivers.databricks.multipart import LARGE, PART, Multipart
from tracklayer.drivers.databricks.signed import Credential, Credentials, sent
from tracklayer.drivers.databricks.streams import BLOCK, Download, measured
from tracklayer.drivers.databricks.uploads import Blocks, put_whole
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.drivers.mlflow.shapes import File
from tracklayer.errors import NotFound, PermissionDenied, Rejected

#: A root of a run, with or without a profile; what is below its own root is a root too.
ROOT = re.compile(
    r"dbfs:/(?:/[^/]*)?/?databricks/mlflow-tracking/[^/]+/(?!tr-|logged_models)(?P<run>[^/]+)/artifacts(?:/(?P<below>.*))?"
)


class Listed(Struct):
    """The answer of artifacts/list. `path` of a file is from the run's root on."""

    files: tuple[File, ...] = ()
    next_page_token: str | None = None


class RunFiles:
    """`large`, `part`: bytes from which a file goes in parts to S3, and of one part."""

    def __init__(self, rest: Rest, *, large: int = LARGE, part: int = PART) -> None:
        self._rest = rest
        self._large = large
        self._part = part

    def why_not(self, root: str) -> str | None:
        """Only roots of runs: nobody gets a URL for an experiment's."""
        return None if ROOT.fullmatch(root) else ""

    def put(self, root: str, path: str, data: BinaryIO) -> None:
        """Store a file."""
        run, place = _place(root, path)
        with measured(data) as (stream, size):
            credential = self._credential(run, place, "write")
            blocks = Blocks(self._rest, credential, partial(self._credential, run, place, "write"))
            if credential.type == "AZURE_SAS_URI":
                blocks.put(stream, size)
            elif credential.type == "AZURE_ADLS_GEN2_SAS_URI":
                blocks.append(stream, size)
            elif credential.type == "AWS_PRESIGNED_URL" and size >= self._large:
                Multipart(self._rest, run, place, self._part).put(stream, size)
            else:
                put_whole(self._rest, credential, stream, size)

    def open(self, root: str, path: str) -> BinaryIO:
        """A file as a stream. `NotFound`."""
        run, place = _place(root, path)
        try:
            found = Download(partial(self._from, run, place), self._rest.provider)
        except PermissionDenied as error:  # so S3 answers for a key that is not there, where keys may not be listed
            folder, _, name = path.rpartition("/")
            if any(entry.name == name and not entry.is_folder for entry in self.entries(root, folder)):
                raise
            message = f"no such file: {path!r}"
            raise NotFound(message, provider=error.provider, operation=error.operation) from error
        return cast("BinaryIO", BufferedReader(found, BLOCK))

    def entries(self, root: str, folder: str) -> Sequence[Entry]:
        """What a folder holds."""
        run, place = _place(root, folder)
        found: list[Entry] = []
        query = {"run_id": run} | ({"path": place} if place else {})
        while True:
            page = self._rest.call("GET", "artifacts/list", Listed, query=query)
            found += [
                Entry(file.path.removeprefix(f"{place}/"), file.is_dir, file.file_size)
                for file in page.files
                if file.path != place or file.is_dir  # a file is listed as itself
            ]
            if not page.next_page_token or not page.files:
                return found
            query["page_token"] = page.next_page_token

    def close(self) -> None:
        """Its connections are the server's own, and closed with it."""

    def _from(self, run: str, place: str, start: int) -> requests.Response:
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        return sent(self._rest, "GET", self._credential(run, place, "read"), headers=headers)

    def _credential(self, run: str, place: str, purpose: str) -> Credential:
        call = f"artifacts/credentials-for-{purpose}"
        found = self._rest.call("POST", call, Credentials, body={"run_id": run, "path": [place]}).credential_infos
        if len(found) != 1 or not found[0].signed_uri:
            message = f"{place!r}: the workspace gives no URL for it"
            raise Rejected(message, provider=self._rest.provider, operation=call)
        return found[0]


def _place(root: str, path: str) -> tuple[str, str]:
    """The run of a root, and a path from its own root on."""
    found = ROOT.fullmatch(root)
    assert found is not None, root  # noqa: S101 -- `why_not` was asked before
    return found["run"], "/".join(filter(None, (found["below"], path)))
