"""The emulator: one port for AI Data Platform, MLflow of one's own, Object Storage, and how to get a session."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tracklayer.emulators.emulator import Emulator
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.oci import federation
from tracklayer.emulators.oci.account import Account
from tracklayer.emulators.oci.errors import OciError, no_operation, numbered, shaped
from tracklayer.emulators.oci.federation import Federation
from tracklayer.emulators.oci.knobs import Knobs
from tracklayer.emulators.oci.mlops import Mlops
from tracklayer.emulators.oci.names import HOME, TENANCIES, Tenancy
from tracklayer.emulators.oci.places import HOSTS, SELF_HOSTED_HOSTS, Workspace, place_of
from tracklayer.emulators.oci.storage import Storage
from tracklayer.emulators.oci.storage.routes import HOSTS as STORAGE_HOSTS
from tracklayer.emulators.oci.storage.routes import UNSIGNED_BODY
from tracklayer.emulators.oci.tokens import LIFETIME
from tracklayer.emulators.rates import Rates
from tracklayer.emulators.serving import Request, Response


class OciEmulator(Emulator):
    """OCI on loopback: AI Data Platform's experiments, MLflow servers behind a signature, Object Storage, sessions.

    * `knobs`: how it behaves. * `port=0`: a free one. * `clock`: seconds since 1970, for the services' own times.
    * `storage`: Object Storage, for tests that look behind its back.
    * Through `url`, without a name: AI Data Platform under its prefix, Object Storage under `/n`, and everything else
      is the MLflow server of `SELF_HOSTED`, or with a prefix another one.
    """

    name = "oci"
    hosts: tuple[str, ...] = (*HOSTS, *STORAGE_HOSTS, *federation.HOSTS, *SELF_HOSTED_HOSTS)
    knobs: Knobs

    def __init__(self, knobs: Knobs | None = None, *, port: int = 0, clock: Callable[[], float] = time.time) -> None:
        super().__init__(knobs or Knobs(), port=port)
        self._clock = clock
        self._account: Account | None = None
        self._federation = Federation()
        self.storage = Storage(lambda: self.knobs, self._now)
        self._rates = Rates()
        self._mlops = Mlops(lambda: self.knobs, self._now, self.storage, self._served)

    def start(self) -> None:
        """Serve from now on."""
        if self._account is None:
            super().start()
            self._account = Account(self._now())

    def warm(self) -> None:
        """Let MLflow be imported meanwhile."""
        self._mlops.warm()

    def stop(self) -> None:
        """Serve no more, and drop all state."""
        super().stop()
        if self._account is not None:
            self._account.remove()
            self._account = None

    def forget(self) -> None:
        """Drop all that the services hold."""
        self._mlops.forget()
        self._rates.clear()
        self.storage.forget()

    # -- for its users

    def environment(self) -> Mapping[str, str]:
        """A configuration file with users that are good here and nowhere else: sections DEFAULT, OTHER, SESSION."""
        file = str(self._known().file)
        return {
            "OCI_CONFIG_FILE": file,
            "OCI_CONFIG_LOCATION": file,
            "OCI_CONFIG_PROFILE": HOME.profile,
            "OCI_IAM_TYPE": "api_key",
        }

    def resource_principal(self, tenancy: Tenancy = HOME, lifetime: float = LIFETIME) -> Mapping[str, str]:
        """The variables of a process that is a resource of a tenancy, such as a job run, for so many seconds."""
        told = self._known().resource_principal(self._now(), lifetime, tenancy)
        return {**told, "OCI_IAM_TYPE": "resource_principal"}

    def instance_principal(self) -> Mapping[str, str]:
        """The variables of a process on a machine of the first tenancy. The auth service is found by its real name."""
        return {"OCI_METADATA_BASE_URL": f"{self.url}{federation.METADATA}", "OCI_IAM_TYPE": "instance_principal"}

    def session_token(self, lifetime: float = LIFETIME) -> Path:
        """The token file of the section SESSION, written anew with a token that is good for so many seconds."""
        account = self._known()
        return account.write("session.token", account.token(self._now(), lifetime).encode())

    # -- one request

    def named(self, request: Request) -> tuple[str, str]:
        """(service, operation): `("aidp", "runs/create")`, `("mlflow", ...)`, `("objectstorage", "PutObject")`."""
        if self._federation.takes(request):
            return self._federation.named(request)
        if self.storage.takes(request):
            return self.storage.named(request)
        place = place_of(request)
        if place is None:
            return "aidp", "unknown"
        service = "aidp" if isinstance(place, Workspace) else "mlflow"
        return service, place.route or place.path.lstrip("/") or "unknown"

    def refusal(self, service: str, status: int, code: str, message: str) -> Response:  # noqa: ARG002 -- one shape
        """An error as OCI shapes it."""
        return shaped(OciError(status, code, message))

    def respond(self, request: Request, service: str, operation: str, fault: Fault | None) -> Response:  # noqa: ARG002 -- no operation has points that can fail
        """The service's own answer."""
        try:
            response = self._answer(request, service, operation)
        except OciError as error:
            response = shaped(error)
        return response if service == "metadata" else numbered(request, response)

    def _answer(self, request: Request, service: str, operation: str) -> Response:
        if service in {"auth", "metadata"}:
            return self._federation.respond(request, operation, self._known(), self._now())
        tenancy = self._admitted(request, operation)
        self._spend(operation)
        if service == "objectstorage":
            return self.storage.respond(request, tenancy)
        place = place_of(request)
        if place is None:
            raise no_operation()
        if isinstance(place, Workspace):
            return self._mlops.in_workspace(request, place, tenancy)
        return self._mlops.self_hosted(request, place)

    def _admitted(self, request: Request, operation: str) -> Tenancy:
        if not self.knobs.signatures:
            return TENANCIES[0]
        return self._known().admit(request, self._now(), body=operation not in UNSIGNED_BODY)

    def _spend(self, operation: str) -> None:
        """Raises 429 where there were more calls of it than the knobs let through."""
        rate = self.knobs.rates.get(operation, self.knobs.rates.get("default"))
        wait = self._rates.spend(operation, rate, self.knobs.burst, time.monotonic())
        if wait:
            raise OciError(429, "TooManyRequests", "User-rate limit exceeded.", {"Retry-After": str(math.ceil(wait))})

    def _now(self) -> float:
        return self._clock() + self.knobs.skew

    def _served(self) -> Path:
        folder = self._known().folder / "served"
        folder.mkdir(exist_ok=True)
        return folder

    def _known(self) -> Account:
        if self._account is None:
            raise OciError(503, "ServiceUnavailable", "The emulator is not running.")
        return self._account
