"""MLflow behind the signature: a request that was admitted goes to the real server of its place.

* AI Data Platform's edge: routes, filters, retry tokens, `etag`. A server of one's own has none of that.
* What clients may list of a run's files (artifacts/list) is answered from Object Storage: the server behind has no
  plugin for `oci://`. Where AI Data Platform keeps them is not documented; here it is Object Storage too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import parse_qs, urlencode

from tracklayer.emulators.mlflow import MlflowNotServing, MlflowUnreachable, Servers, forwarded
from tracklayer.emulators.oci.errors import OciError, answered, hidden, no_operation
from tracklayer.emulators.oci.filters import unknown_operator
from tracklayer.emulators.oci.folders import files_in
from tracklayer.emulators.oci.knobs import Knobs
from tracklayer.emulators.oci.names import BUCKET, HOME, REGION, TENANCIES, Tenancy
from tracklayer.emulators.oci.places import SERVED, SelfHosted, Workspace
from tracklayer.emulators.oci.replays import Replays
from tracklayer.emulators.oci.storage import Storage
from tracklayer.emulators.serving import Request, Response

#: Headers that are the edge's own business, and not the server's.
_EDGE = re.compile(r"date|x-date|x-content-sha256|opc-.*")
_LISTS = "artifacts/list"


class Mlops:
    """The servers. `folder`: where those that serve files themselves keep them, asked when one starts."""

    def __init__(
        self, knobs: Callable[[], Knobs], clock: Callable[[], float], storage: Storage, folder: Callable[[], Path]
    ) -> None:
        self._knobs = knobs
        self._storage = storage
        self._folder = folder
        self._servers = Servers(self._surroundings)
        self._replays = Replays(lambda: knobs().retry_window, clock)

    def warm(self) -> None:
        """Let the servers' common process import MLflow."""
        self._servers.begin()

    def forget(self) -> None:
        """Drop what the servers hold, and end their processes."""
        self._servers.stop_all()
        self._replays.clear()

    def in_workspace(self, request: Request, place: Workspace, tenancy: Tenancy) -> Response:
        """The answer of AI Data Platform to a caller of that tenancy. Raises `OciError`."""
        owner = next((one for one in TENANCIES if one.platform == place.platform), None)
        if owner != tenancy or place.region != REGION or place.key not in self._knobs().workspaces:
            raise hidden()
        routes = (*self._knobs().routes, *([SERVED] if self._knobs().artifacts == "served" else []))
        if not any(fnmatchcase(place.route, pattern) for pattern in routes):
            raise no_operation()
        operator = unknown_operator(place.route, request.body) if self._knobs().filters == "documented" else None
        if operator is not None:
            return _refused(f"Invalid filter: the operator '{operator}' is not supported by {place.route}")
        root = f"{tenancy.namespace}/aidp/{place.key}"
        token = request.headers.get("opc-retry-token")
        if token is None or request.method != "POST" or place.route.endswith("/search"):
            response = self._asked(request, place, root)
        else:
            response = self._replays.answer(
                place.name, place.route, token, request.body, lambda: self._asked(request, place, root)
            )
        etag = hashlib.sha256(response.body).hexdigest()[:32]
        return replace(response, headers={**response.headers, "etag": etag})

    def self_hosted(self, request: Request, place: SelfHosted) -> Response:
        """The answer of a server that somebody runs, which lets in whoever has signed. Raises `OciError`."""
        return self._asked(request, place, f"{HOME.namespace}/{place.name}")

    def _asked(self, request: Request, place: Workspace | SelfHosted, root: str) -> Response:
        """`root`: `namespace/prefix` of the server's files."""
        namespace, _, prefix = root.partition("/")
        where = f"oci://{BUCKET}@{namespace}/mlflow/{prefix}"
        if self._knobs().artifacts == "served":
            where = f"mlflow-artifacts:/{hashlib.sha256(place.name.encode()).hexdigest()[:12]}"
        try:
            url = self._servers.url(place.name, where)
            asked = replace(request, path=place.path)
            if place.route == _LISTS and request.method == "GET":
                found = self._listed(url, asked)
                if found is not None:
                    return found
            return forwarded(url, asked, _EDGE)
        except (MlflowNotServing, MlflowUnreachable) as error:
            raise OciError(503, "ServiceUnavailable", str(error)) from None

    def _listed(self, url: str, request: Request) -> Response | None:
        """What artifacts/list answers, of a run whose files lie in Object Storage; else None."""
        asked = {key: values[-1] for key, values in parse_qs(request.query).items()}
        run = asked.get("run_id") or asked.get("run_uuid") or ""
        path = "/api/2.0/mlflow/runs/get"
        answer = forwarded(url, Request("GET", path, urlencode({"run_id": run}), request.headers), _EDGE)
        if answer.status != 200:  # noqa: PLR2004 -- it says what is wrong
            return answer
        root = str(json.loads(answer.body)["run"]["info"]["artifact_uri"])
        if not root.startswith("oci://"):
            return None
        return answered({"root_uri": root, "files": files_in(self._storage.store, root, asked.get("path", ""))})

    def _surroundings(self) -> Mapping[str, str]:
        """What a server's process needs to serve files itself."""
        served = self._knobs().artifacts == "served"
        destination = {"_MLFLOW_SERVER_ARTIFACT_DESTINATION": self._folder().as_uri()} if served else {}
        return {"_MLFLOW_SERVER_SERVE_ARTIFACTS": str(served).lower(), **destination}


def _refused(message: str) -> Response:
    """400, as MLflow tells it."""
    body = json.dumps({"error_code": "INVALID_PARAMETER_VALUE", "message": message}).encode()
    return Response(400, body, {"Content-Type": "application/json"}, "INVALID_PARAMETER_VALUE")
