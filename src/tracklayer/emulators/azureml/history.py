"""The history service: a run's files by name, a SAS for each, and new tokens for jobs.

* Routes and shapes: the client models of azureml-mlflow 1.62.0.post6 (`_restclient/run_artifact`, `_restclient/token`).
* Files are registered first, and written then; a list shows what was registered. Where they lie:
  https://github.com/Azure/azure-sdk-for-python/issues/25146
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from tracklayer.emulators.azureml.blobs import Blobs
from tracklayer.emulators.azureml.errors import AzureError, answered
from tracklayer.emulators.azureml.identity import Claims, Identity
from tracklayer.emulators.azureml.knobs import Knobs
from tracklayer.emulators.azureml.names import Workspace
from tracklayer.emulators.azureml.tracker import Tracker
from tracklayer.emulators.serving import Request, Response

_ROUTE = re.compile(
    r"/(?:experiments|experimentids)/(?P<experiment>[^/]+)/runs/(?P<run>[^/]+)"
    r"/(?P<what>artifacts(?:/(?:batch/metadata|path|prefix/contentinfo|metadata|contentinfo|artifacturi))?|token)",
    re.IGNORECASE,
)
ORIGIN = "ExperimentRun"


def operation_of(rest: str | None) -> str:
    """What is asked for: `artifacts/batch/metadata`, `token`."""
    found = _ROUTE.fullmatch(rest or "")
    return found["what"].lower() if found else (rest or "").lstrip("/")


class History:
    """The service, for all workspaces. `knobs`: read at each request."""

    def __init__(self, knobs: Callable[[], Knobs], tracker: Tracker, blobs: Blobs, identity: Identity) -> None:
        self._knobs = knobs
        self._tracker, self._blobs, self._identity = tracker, blobs, identity
        self._kept: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Drop all names of files."""
        with self._lock:
            self._kept.clear()

    def respond(self, request: Request, workspace: Workspace, rest: str | None, claims: Claims) -> Response:
        """The answer to who was let in. `AzureError`."""
        found = _ROUTE.fullmatch(rest or "")
        if found is None:
            raise AzureError(404, "UserError", f"{request.path} is not served by tracklayer's emulator.")
        run, experiment, what = unquote(found["run"]), unquote(found["experiment"]), found["what"].lower()
        self._check(workspace, experiment, run)
        if what == "token":
            return self._token(workspace, run, claims)
        if request.method == "POST" and what == "artifacts/batch/metadata":
            return self._registered(request, workspace, run)
        if request.method != "GET":
            raise AzureError(405, "UserError", f"{request.method} is not allowed for {what}.")
        return answered(self._got(request, workspace, run, what))

    def _got(self, request: Request, workspace: Workspace, run: str, what: str) -> Any:
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        path = query.get("path", "")
        if what == "artifacts":
            return self._page(request, query, self._all(workspace, run))
        if what in {"artifacts/path", "artifacts/prefix/contentinfo"}:
            page = self._page(request, query, self._under(workspace, run, path))
            if what == "artifacts/path":
                return page
            return {**page, "value": [self._content(workspace, one, write=False) for one in page["value"]]}
        artifact = self._one(workspace, run, path)
        if what == "artifacts/metadata":
            return artifact
        content = self._content(workspace, artifact, write=False)
        return content["contentUri"] if what == "artifacts/artifacturi" else content

    def _check(self, workspace: Workspace, experiment: str, run: str) -> None:
        if self._knobs().unknown_run == "accepted":
            return
        held = self._tracker.run(workspace, run)
        if held is None or not self._tracker.is_of(workspace, held, experiment):
            message = f"Run with ID {run} was not found in experiment {experiment}."
            raise AzureError(404, "UserError", message, inner="NotFoundError")

    def _token(self, workspace: Workspace, run: str, claims: Claims) -> Response:
        if claims.job is not None and claims.job != (workspace.place, run):
            raise AzureError(403, "UserError", "The token is of another run.", inner="AuthorizationError")
        until = time.time() + self._knobs().job_token_lifetime
        said = datetime.fromtimestamp(until, timezone.utc).isoformat()
        return answered({"token": self._identity.job_token(workspace, run), "expiryTimeUtc": said})

    # -- names of files

    def _registered(self, request: Request, workspace: Workspace, run: str) -> Response:
        paths = _paths(request.body)
        knobs = self._knobs()
        if len(paths) > knobs.artifacts_per_batch:
            message = f"The number of paths, {len(paths)}, is above the limit of {knobs.artifacts_per_batch}."
            raise AzureError(400, "UserError", message, inner="BadArgument")
        made, contents, errors = {}, {}, {}
        for path in paths:
            if not path or len(path) > knobs.artifact_path:
                message = f"The path of an artifact has 1 to {knobs.artifact_path} characters, not {len(path)}."
                errors[path] = {"error": {"code": "UserError", "message": message}}
                continue
            with self._lock:
                known = self._kept.setdefault((workspace.place, run), {})
                made[path] = known.setdefault(path, _artifact(run, path))
            contents[path] = self._content(workspace, made[path], write=True)
        return answered({"artifacts": made, "artifactContentInformation": contents, "errors": errors})

    def _content(self, workspace: Workspace, artifact: Mapping[str, Any], *, write: bool) -> dict[str, Any]:
        where = f"{ORIGIN}/{artifact['container']}/{artifact['path']}"
        same = {name: artifact[name] for name in ("origin", "container", "path", "tags")}
        return {"contentUri": self._blobs.signed(workspace.account, where, write=write), **same}

    def _all(self, workspace: Workspace, run: str) -> list[dict[str, Any]]:
        with self._lock:
            known = self._kept.get((workspace.place, run), {})
            return [known[path] for path in sorted(known)]

    def _under(self, workspace: Workspace, run: str, path: str) -> list[dict[str, Any]]:
        folder = f"{path.strip('/')}/" if path.strip("/") else ""
        return [one for one in self._all(workspace, run) if one["path"] == path or one["path"].startswith(folder)]

    def _one(self, workspace: Workspace, run: str, path: str) -> dict[str, Any]:
        with self._lock:
            found = self._kept.get((workspace.place, run), {}).get(path)
        if found is None:
            message = f"Artifact {path} was not found in run {run}."
            raise AzureError(404, "UserError", message, inner="NotFoundError")
        return found

    def _page(self, request: Request, query: Mapping[str, str], items: Iterable[dict[str, Any]]) -> dict[str, Any]:
        size = self._knobs().artifacts_per_page
        after = _after(query.get("continuationToken"))
        rest = [one for one in items if after is None or one["path"] > after]
        page: dict[str, Any] = {"value": rest[:size]}
        if len(rest) > size:
            token = base64.urlsafe_b64encode(rest[size - 1]["path"].encode()).decode()
            link = urlencode({**query, "continuationToken": token})
            page |= {"continuationToken": token, "nextLink": f"https://{request.host}{request.path}?{link}"}
        return page


def _artifact(run: str, path: str) -> dict[str, Any]:
    container = f"dcid.{run}"
    now = datetime.now(timezone.utc).isoformat()
    where = {"dataStoreName": "workspaceartifactstore", "relativePath": f"{ORIGIN}/{container}/{path}"}
    return {
        "artifactId": f"{ORIGIN}/{container}/{path}",
        "origin": ORIGIN,
        "container": container,
        "path": path,
        "etag": None,
        "createdTime": now,
        "dataPath": {**where, "sqlDataPath": None},
        "tags": {},
    }


def _paths(body: bytes) -> list[str]:
    try:
        return [str(one["path"]) for one in json.loads(body)["paths"]]
    except (ValueError, KeyError, TypeError):
        message = 'The body is to be {"paths": [{"path": ..}, ..]}.'
        raise AzureError(400, "UserError", message, inner="BadArgument") from None


def _after(token: str | None) -> str | None:
    try:
        return None if token is None else base64.urlsafe_b64decode(token).decode()
    except ValueError:
        raise AzureError(400, "UserError", "The continuation token is not valid.", inner="BadArgument") from None
