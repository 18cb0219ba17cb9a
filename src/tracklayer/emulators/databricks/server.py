"""The emulator: one port for all workspaces, for the accounts' logins, and for the storage behind signed URLs."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from tracklayer.emulators.databricks import artifacts, files
from tracklayer.emulators.databricks.account import Account
from tracklayer.emulators.databricks.artifacts import Artifacts
from tracklayer.emulators.databricks.asking import Asking
from tracklayer.emulators.databricks.dbfs import Dbfs
from tracklayer.emulators.databricks.errors import ApiError, answer, missing, shaped, stored
from tracklayer.emulators.databricks.knobs import Knobs
from tracklayer.emulators.databricks.names import HOST, LOOPBACK, STORAGE, WORKSPACES, cloud_of, workspace_of
from tracklayer.emulators.databricks.pace import Pace
from tracklayer.emulators.databricks.signing import NEAR, Signer
from tracklayer.emulators.databricks.storage import Storage
from tracklayer.emulators.databricks.tracking import API, Tracking
from tracklayer.emulators.databricks.workspace import Workspace
from tracklayer.emulators.emulator import Emulator
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.serving import Request, Response

#: Paths -> the service's name. What is in brackets is the operation, else the method is.
_SERVICES = {
    API.pattern: "mlflow",
    r"/oidc/(.*)": "oidc",
    r"/\.well-known/(.*)": "well-known",
    r"/api/2\.0/workspace/(.*)": "workspace",
    r"/api/2\.0/dbfs/(.*)": "dbfs",
    r"/api/2\.0/preview/scim/v2/(.*)": "scim",
    r"/dbfs/()(?:.*)": "dbfs",
}


class DatabricksEmulator(Emulator):
    """Databricks on loopback: each host that is asked is a workspace of its own, with a real MLflow server behind it.

    * `knobs`: how it behaves. * `port=0`: a free one. * `clock`: seconds since 1970, for what runs out.
    * `account`: `token(host)` and `client(host)` give what is good in a workspace.
    """

    name = "databricks"
    hosts: tuple[str, ...] = (*WORKSPACES, f"*.{STORAGE}")
    knobs: Knobs

    def __init__(self, knobs: Knobs | None = None, *, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        super().__init__(knobs or Knobs(), port=port)
        self._clock = clock
        self.account = Account()
        self._lock = threading.Lock()
        self._workspaces: dict[str, Workspace] = {}
        self._dbfs: dict[str, Dbfs] = {}
        self._tracking = Tracking()
        self._signer = Signer()
        self._pace = Pace()
        self.storage = Storage(lambda host: self.workspace(host).shelf)
        self._artifacts = Artifacts(self._signer, self.storage, self._tracking.root)

    def warm(self) -> None:
        """Let MLflow be imported meanwhile."""
        self._tracking.warm()

    def environment(self) -> Mapping[str, str]:
        """One workspace, and a token that is good there and nowhere else."""
        return {"DATABRICKS_HOST": f"https://{HOST}", "DATABRICKS_TOKEN": self.account.token(HOST)}

    def workspace(self, host: str) -> Workspace:
        """The workspace of a host."""
        with self._lock:
            found = self._workspaces.get(host)
            if found is None:
                found = self._workspaces[host] = Workspace(host)
                self._dbfs[host] = Dbfs(found.shelf)
            return found

    def forget(self) -> None:
        """Drop all workspaces, and end the servers behind them."""
        self._tracking.forget()
        with self._lock:
            self._workspaces.clear()
            self._dbfs.clear()
        self._pace = Pace()

    # -- one request

    def named(self, request: Request) -> tuple[str, str]:
        """(service, operation)."""
        if request.path.startswith(NEAR) or request.host.endswith(f".{STORAGE}"):
            return "storage", {"GET": "Read", "HEAD": "Read", "DELETE": "Abort"}.get(request.method, "Write")
        if request.path.startswith(files.PREFIX):
            return "files", files.named(request)
        for pattern, service in _SERVICES.items():
            found = re.fullmatch(pattern, request.path)
            if found is not None:
                return service, found[1] or request.method
        return "unknown", request.path.lstrip("/")

    def refusal(self, service: str, status: int, code: str, message: str) -> Response:
        """An error as the service shapes it."""
        return (stored if service == "storage" else shaped)(ApiError(status, code, message))

    def respond(self, request: Request, service: str, operation: str, fault: Fault | None) -> Response:  # noqa: ARG002 -- no operation has points that can fail
        """The service's own answer."""
        now = self._clock() + self.knobs.ahead
        try:
            if service == "storage":
                return self.storage.respond(self._signer.read(request, now), request, self.knobs)
            return self._answered_by(request, service, operation, workspace_of(request.host), now)
        except ApiError as error:
            return (stored if service == "storage" else shaped)(error)

    def _answered_by(self, request: Request, service: str, operation: str, host: str, now: float) -> Response:
        near = self.url if request.host in LOOPBACK else None
        if service in {"oidc", "well-known"}:
            return self._introduced(request, operation, host, now, near or f"https://{host}")
        user = self.account.admit(host, request.headers.get("authorization"), self.knobs, now)
        asking = Asking(request, operation, self.workspace(host), user, self.knobs, now, near)
        if service == "mlflow":
            self._pace.spend(host, operation, self.knobs, now)
            ours = operation in artifacts.OPERATIONS
            return self._artifacts.respond(asking) if ours else self._tracking.respond(asking)
        if service == "files":
            return files.respond(asking, self._tracking.root)
        if service == "workspace":
            return asking.workspace.respond(operation, asking.content)
        if service == "dbfs":
            return self._dbfs_answer(asking)
        if service == "scim" and operation == "Me":
            return answer({"userName": user, "displayName": user, "active": True, "id": "1000000000000001"})
        raise ApiError(404, "ENDPOINT_NOT_FOUND", f"No API found for '{request.method} {request.path}'")

    def _introduced(self, request: Request, operation: str, host: str, now: float, base: str) -> Response:
        """What anybody may ask, and how to become somebody."""
        if operation == "v1/token":
            return self.account.grant(host, request, self.knobs, now)
        if operation == "databricks-config":
            cloud = cloud_of(host).upper()
            return answer({"oidc_endpoint": f"{base}/oidc", "workspace_id": self.workspace(host).id, "cloud": cloud})
        return answer(
            {"token_endpoint": f"{base}/oidc/v1/token", "authorization_endpoint": f"{base}/oidc/v1/authorize"}
        )

    def _dbfs_answer(self, asking: Asking) -> Response:
        request, shelf = asking.request, asking.workspace.shelf
        if not request.path.startswith("/dbfs/"):
            return self._dbfs[asking.workspace.host].respond(asking.operation, asking.content)
        # What MLflow's client asks for (mlflow/store/artifact/dbfs_artifact_repo.py); nobody documents it.
        path = unquote(request.path.removeprefix("/dbfs"))
        if request.method == "POST":
            shelf.put(path, request.body)
            return answer({})
        data = shelf.get(path)
        if data is None:
            raise missing(f"No file or directory exists on path {path}.")
        return Response(200, data, {"Content-Type": "application/octet-stream"})
