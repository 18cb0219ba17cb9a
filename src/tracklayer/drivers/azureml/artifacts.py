"""Files of runs: the history service says where each one lies, by a signed URL of Blob Storage.

* Three calls are known of it, those that azureml-mlflow makes: a place for a file, where a file is, and the files of a
  run, all of them and without sizes.
* A signed URL is a key: it is in no error, log or representation, and no token of ours goes along with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from mimetypes import guess_type
from typing import Any, BinaryIO
from urllib.parse import quote, unquote

from msgspec import Struct

from tracklayer.drivers._stores import Entry
from tracklayer.drivers.azure import Blobs, SignedUri
from tracklayer.drivers.azureml.config import Workspace
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.errors import InvalidInput, NotFound, Rejected

#: `azureml://HOST/mlflow/v2.0/subscriptions/../experiments/ID/runs/RUN/artifacts`, and the older `azureml://experiments/NAME/..`.
ROOT = re.compile(
    r"azureml://(?:[^/]+/mlflow/v[0-9.]+/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.MachineLearningServices/workspaces/(?P<name>[^/]+)/)?"
    r"experiments/(?P<experiment>[^/]+)/runs/(?P<run>[^/]+)/artifacts/?",
    re.IGNORECASE,
)


class Content(Struct, rename="camel"):
    """Where a file lies."""

    content_uri: str = ""

    def __repr__(self) -> str:
        return "Content(***)"


class Problem(Struct):
    """What is wrong with one file of several."""

    error: dict[str, Any] = {}


class Places(Struct, rename="camel"):
    """The answer of artifacts/batch/metadata."""

    artifact_content_information: dict[str, Content] = {}
    errors: dict[str, Problem] | None = None


class File(Struct):
    """One file of a run."""

    path: str


class FilePage(Struct, rename="camel"):
    """The answer of artifacts."""

    value: tuple[File, ...] = ()
    continuation_token: str | None = None
    next_link: str | None = None


class HistoryFiles:
    """Roots of one workspace's runs. `rest`: its history service, `https://HOST/history/v1.0/subscriptions/..`."""

    def __init__(self, rest: Rest, workspace: Workspace, blobs: Blobs) -> None:
        self._rest = rest
        self._workspace = workspace
        self._blobs = blobs

    def why_not(self, root: str) -> str | None:
        """Only runs of this workspace: a file of another one would land here, under the same name."""
        found = ROOT.fullmatch(root)
        if found is None:
            return (
                "" if not root.startswith("azureml:") else f"its files lie in {root[:200]!r}, which is no run's place"
            )
        parts = {part: unquote(found[part]) for part in ("subscription", "group", "name") if found[part]}
        if parts and not self._workspace.same(Workspace(**parts)):
            return f"its files lie in another workspace, {'/'.join(parts.values())}"
        return None

    def put(self, root: str, path: str, data: BinaryIO) -> None:
        """Store a file, with the media type that its name says. What was there is replaced."""
        media_type, encoding = guess_type(path)
        with self._rest.translating("artifacts/put"):
            uri = self._place(root, path)
        self._blobs.put(lambda block: self._blobs.signed(uri, block), data, None if encoding else media_type)

    def open(self, root: str, path: str) -> BinaryIO:
        """A file as a stream. `NotFound`."""

        def source() -> Any:
            query = {"path": path}
            found = self._rest.call("GET", f"{_run(root)}/artifacts/contentinfo", Content, query=query)
            if not found.content_uri:
                message = f"no such file: {path!r}"
                raise NotFound(message, provider=self._rest.provider, operation="artifacts/open")
            return self._blobs.signed(self._signed(found.content_uri, "artifacts/open"))

        return self._blobs.open(source)

    def entries(self, root: str, folder: str) -> Sequence[Entry]:
        """What a folder holds: the service lists all files of the run, and no folders."""
        prefix = f"{folder}/" if folder else ""
        names = [path.removeprefix(prefix) for path in self._paths(root) if path.startswith(prefix)]
        folders = dict.fromkeys(name.partition("/")[0] for name in names if "/" in name)
        files = (Entry(name, is_folder=False) for name in names if "/" not in name)
        return [*(Entry(name, is_folder=True) for name in folders), *files]

    def listed(self, root: str, after: str | None) -> tuple[Sequence[Entry], str | None]:
        """One page of all files of the run, whatever folder they are in; and where the next one begins."""
        query = {} if after is None else {"continuationToken": after}
        page = self._rest.call("GET", f"{_run(root)}/artifacts", FilePage, query=query)
        if page.next_link and not page.continuation_token:
            message = "the service names the next page by a URL only, which is not followed"
            raise Rejected(message, provider=self._rest.provider, operation="artifacts/list")
        return [Entry(file.path, is_folder=False) for file in page.value], page.continuation_token or None

    def close(self) -> None:
        """Let go of connections."""
        self._rest.close()
        self._blobs.close()

    def _paths(self, root: str) -> Iterator[str]:
        after: str | None = None
        while True:
            page, after = self.listed(root, after)
            yield from (file.name for file in page)
            if after is None:
                return

    def _place(self, root: str, path: str) -> SignedUri:
        """Where a file is to go. The service notes it as one of the run's, before a byte of it is there."""
        body = {"paths": [{"path": path}]}
        answer = self._rest.call("POST", f"{_run(root)}/artifacts/batch/metadata", Places, body=body)
        for problem in (answer.errors or {}).values():
            said = problem.error.get("message") or problem.error.get("code") or "refused"
            message = f"{path!r}: {said}"
            raise Rejected(message, provider=self._rest.provider, operation="artifacts/put")
        found = answer.artifact_content_information.get(path)
        if found is None:
            message = f"the service gave no place for {path!r}"
            raise Rejected(message, provider=self._rest.provider, operation="artifacts/put")
        return self._signed(found.content_uri, "artifacts/put")

    def _signed(self, uri: str, operation: str) -> SignedUri:
        try:
            return SignedUri.read(uri)
        except ValueError as error:
            raise Rejected(str(error), provider=self._rest.provider, operation=operation) from None


def _run(root: str) -> str:
    """The run as the history service names it: its experiment by what stands in the root, as azureml-mlflow does."""
    found = ROOT.fullmatch(root)
    if found is None:
        message = f"no run's place: {root[:200]!r}"
        raise InvalidInput(message)
    experiment, run = (quote(unquote(found[part]), safe="") for part in ("experiment", "run"))
    return f"/experiments/{experiment}/runs/{run}"
