"""The emulator: Entra ID, Azure Resource Manager, the tracker, the history service and Blob Storage, by their hosts."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

from tracklayer.emulators.azureml import arm, blobs, history, login, tracker
from tracklayer.emulators.azureml.azurite import Azurite
from tracklayer.emulators.azureml.blobs import Blobs
from tracklayer.emulators.azureml.errors import AzureError, nothing_here, shaped
from tracklayer.emulators.azureml.history import History
from tracklayer.emulators.azureml.identity import SECRET, Claims, Identity
from tracklayer.emulators.azureml.knobs import Knobs
from tracklayer.emulators.azureml.names import (
    ARM,
    BLOBS,
    CLIENT,
    GROUP,
    HISTORY,
    HOSTS,
    LOGINS,
    OWN_STORE,
    SERVICE,
    STORES,
    SUBSCRIPTION,
    TENANT,
    TRACKER,
    WORKSPACE,
    Workspace,
    Workspaces,
    asked_for,
    matches,
)
from tracklayer.emulators.azureml.tracker import Tracker
from tracklayer.emulators.emulator import Emulator
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.rates import Rates
from tracklayer.emulators.serving import Request, Response


class AzuremlEmulator(Emulator):
    """Azure Machine Learning on loopback: any number of workspaces, each before a real MLflow server, and their files.

    * `knobs`: how it behaves. * `port=0`: a free one.
    * It is told by the Host header what is asked for, so clients come through the proxy, by the real host names.
    * `identity`: the tokens that are good here. * `accounts`: storage account -> key.
    * Blob Storage is Azurite: it needs Node.js and npm, and is brought at the first use. `DriverMissing` at the start.
    """

    name = "azureml"
    hosts: tuple[str, ...] = HOSTS
    knobs: Knobs

    def __init__(self, knobs: Knobs | None = None, *, port: int = 0) -> None:
        super().__init__(knobs or Knobs(), port=port)
        azurite = Azurite((*STORES, OWN_STORE))
        self.accounts = azurite.keys
        self.identity = Identity(self._current)
        self.workspaces = Workspaces(lambda: self.knobs.workspaces)
        self._azurite = azurite
        self._blobs = Blobs(self._current, azurite, self.identity)
        self._tracker = Tracker(self._current)
        self._history = History(self._current, self._tracker, self._blobs, self.identity)
        self._rates = Rates()

    def start(self) -> None:
        """Serve from now on. `DriverMissing`: there is no Node.js, or npm could not bring Azurite."""
        self._azurite.prepare()
        super().start()

    def warm(self) -> None:
        """Let MLflow be imported meanwhile."""
        self._tracker.warm()

    def stop(self) -> None:
        """Serve no more, and drop all state."""
        super().stop()
        self._tracker.stop()

    def environment(self) -> Mapping[str, str]:
        """An account that is good here and nowhere else, and a workspace."""
        return {
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_CLIENT_SECRET": SECRET,
            "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION,
            "AZURE_RESOURCE_GROUP": GROUP,
            "AZUREML_WORKSPACE_NAME": WORKSPACE,
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true",
        }

    def job_environment(
        self, experiment: str, run: str, *, workspace: str = WORKSPACE, lifetime: float | None = None
    ) -> Mapping[str, str]:
        """What a job finds in its environment, which is that run. `experiment`: its id. `lifetime`: of its token."""
        place = Workspace(SUBSCRIPTION, GROUP, workspace)
        host = f"{self.knobs.region}{SERVICE}"
        token = self.identity.job_token(place, run, lifetime=lifetime)
        return {
            "MLFLOW_TRACKING_URI": f"azureml://{host}/mlflow/v2.0{place.scope}",
            "MLFLOW_TRACKING_TOKEN": token,
            "MLFLOW_RUN_ID": run,
            "MLFLOW_EXPERIMENT_ID": experiment,
            "AZUREML_RUN_ID": run,
            "AZUREML_RUN_TOKEN": token,
            "AZUREML_EXPERIMENT_ID": experiment,
            "AZUREML_ARM_SUBSCRIPTION": SUBSCRIPTION,
            "AZUREML_ARM_RESOURCEGROUP": GROUP,
            "AZUREML_ARM_WORKSPACE_NAME": workspace,
            "AZUREML_ARM_PROJECT_NAME": experiment,
            "AZUREML_SERVICE_ENDPOINT": f"https://{host}",
            "AZUREML_DISCOVERY_SERVICE_ENDPOINT": f"https://{host}/discovery",
            "AZUREML_WORKSPACE_ID": str(place.id),
        }

    def connection_string(self, account: str = OWN_STORE) -> str:
        """What opens a storage account, as Azure's portal shows it."""
        suffix = BLOBS.removeprefix(".blob.")
        key = self.accounts[account]
        return f"DefaultEndpointsProtocol=https;AccountName={account};AccountKey={key};EndpointSuffix={suffix}"

    def forget(self) -> None:
        """Drop all that the services hold."""
        self._tracker.forget()
        self._history.forget()
        self._blobs.forget()
        self._rates.clear()
        self.workspaces = Workspaces(lambda: self.knobs.workspaces)

    # -- one request

    def named(self, request: Request) -> tuple[str, str]:
        """(service, operation)."""
        host = request.host
        if host in LOGINS:
            return "aad", login.named(request)
        if host == ARM:
            return "arm", arm.named(request)
        if host.endswith(BLOBS):
            return "blob", blobs.operation_of(request)
        found = TRACKER.fullmatch(request.path)
        if found is not None:
            return "mlflow", tracker.call_of(found["rest"])
        found = HISTORY.fullmatch(request.path)
        return "history", history.operation_of(found["rest"]) if found else "unknown"

    def refusal(self, service: str, status: int, code: str, message: str) -> Response:
        """An error as the service shapes it. `code`: MLflow's word, where it is one."""
        word = code if service == "mlflow" and code.isupper() else ""
        return shaped(service, AzureError(status, code, message, word), self.knobs.region)

    def respond(self, request: Request, service: str, operation: str, fault: Fault | None) -> Response:  # noqa: ARG002 -- no operation has points that can fail
        """The service's own answer."""
        try:
            if service == "aad":
                return login.respond(request, operation, self.identity, self.knobs)
            if service == "blob":
                return self._blobs.respond(request)
            if service == "arm" and operation == "metadata":
                return arm.metadata()
            claims = self._admitted(service, request)
            if service == "arm":
                return arm.respond(request, operation, self.workspaces, self.knobs)
            return self._of_a_workspace(request, service, operation, claims)
        except AzureError as error:
            return shaped(service, error, self.knobs.region)

    def _admitted(self, service: str, request: Request) -> Claims:
        if not self.knobs.tokens:
            return Claims()
        return self.identity.admit(service, request.headers.get("authorization"))

    def _of_a_workspace(self, request: Request, service: str, operation: str, claims: Claims) -> Response:
        found = (TRACKER if service == "mlflow" else HISTORY).fullmatch(request.path)
        if found is None:
            return nothing_here()
        workspace = self.workspaces.find(asked_for(found))
        region = request.host.removesuffix(SERVICE).rpartition(".")[2]
        if workspace is None or region != self.knobs.region:
            message = f"Workspace {asked_for(found).name} was not found in {region}."
            raise AzureError(404, "UserError", message, inner="NotFoundError")
        if matches(workspace, self.knobs.denied) or (claims.job and claims.job[0] != workspace.place):
            message = f"The user is not authorized to access the workspace {workspace.name}."
            raise AzureError(403, "UserError", message, inner="AuthorizationError")
        self._spend(service, operation)
        if service == "mlflow":
            return self._tracker.respond(request, workspace, operation)
        return self._history.respond(request, workspace, found["rest"], claims)

    def _spend(self, service: str, operation: str) -> None:
        default = self.knobs.rates.get("default") if service == "mlflow" else None
        rate = self.knobs.rates.get(operation, default)
        wait = self._rates.spend((service, operation), rate, self.knobs.burst, time.monotonic())
        if wait:
            message = "Request was throttled: received too many requests in a short amount of time."
            seconds = str(math.ceil(min(wait, 3600)))
            raise AzureError(429, "TooManyRequests", message, "", "", {"Retry-After": seconds})

    def _current(self) -> Knobs:
        return self.knobs
