"""The emulator: one port for REST, GCS and tokens, and gRPC beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from tracklayer.emulators.calls import Call
from tracklayer.emulators.emulator import Emulator
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.gcs import Gcs
from tracklayer.emulators.serving import Request, Response
from tracklayer.emulators.vertex import neighbours, rules, transcoding
from tracklayer.emulators.vertex.account import Account
from tracklayer.emulators.vertex.api import HANDLERS, STREAMS, Api, request_kind
from tracklayer.emulators.vertex.errors import ApiError, asked_for, shaped
from tracklayer.emulators.vertex.knobs import Knobs
from tracklayer.emulators.vertex.names import LOCATION, PROJECT, number_of
from tracklayer.emulators.vertex.rpc import HOST, Rpc

HOSTS = (
    "aiplatform.googleapis.com",
    "*-aiplatform.googleapis.com",
    "storage.googleapis.com",
    "*.storage.googleapis.com",
    "oauth2.googleapis.com",
    "www.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "iamcredentials.googleapis.com",
)
_LOOPBACK = {"127.0.0.1", "localhost", ""}
#: How GCS calls what a token is refused for. https://cloud.google.com/storage/docs/json_api/v1/status-codes
_REASONS = {"UNAUTHENTICATED": "authError", "PERMISSION_DENIED": "forbidden"}


class VertexEmulator(Emulator):
    """Vertex AI Experiments on loopback: metadata, TensorBoard, operations, and the GCS beside them.

    * `knobs`: how it behaves. * `port=0`: a free one. * `clock`: nanoseconds since 1970, for the service's own times.
    * `grpc`: `127.0.0.1:PORT` for plaintext gRPC, which needs no token. `grpc_tls`: `localhost:PORT` for TLS with the
      certificate authority in the file `ca`. `account`: the service account's JSON.
    * Through the proxy, gRPC goes to `upstreams["h2"]`, all else to `url`.
    """

    name = "vertex"
    hosts: tuple[str, ...] = HOSTS
    #: Offered inside the proxy's TLS: gRPC speaks h2 only; who speaks both gets HTTP/1.1.
    alpn = ("http/1.1", "h2")
    knobs: Knobs

    def __init__(self, knobs: Knobs | None = None, *, port: int = 0, clock: Callable[[], int] = time.time_ns) -> None:
        super().__init__(knobs or Knobs(), port=port)
        self.gcs = Gcs(
            lambda: self.knobs.buckets,
            lambda: clock() + int(self.knobs.ahead * 1e9),
            owner=PROJECT,
            numbered=number_of,
        )
        self._clock = clock
        self._api = Api(lambda: self.knobs, clock)
        self._account: Account | None = None
        self._rpc: Rpc | None = None
        self.grpc = self.grpc_tls = self.account = self.ca = ""
        self.upstreams: Mapping[str, str] = {}

    def start(self) -> None:
        """Serve from now on."""
        if self._rpc is not None:
            return
        import trustme  # noqa: PLC0415 -- not needed to import emulators

        rules.match("GET", "/")  # imports Google's package now, and not in the first request
        super().start()
        self._account = Account(f"{self.url}/token")
        authority = trustme.CA(organization_name="tracklayer", organization_unit_name="throw-away CA")
        leaf = authority.issue_cert("localhost", HOST)
        chain = b"".join(one.bytes() for one in leaf.cert_chain_pems)
        self._rpc = Rpc(self._called, STREAMS, (leaf.private_key_pem.bytes(), chain))
        self.ca = str(self._account.write("ca.pem", authority.cert_pem.bytes()))
        self.account = str(self._account.file)
        self.grpc, self.grpc_tls = f"{HOST}:{self._rpc.plain}", f"localhost:{self._rpc.secure}"
        self.upstreams = {"h2": f"http://{HOST}:{self._rpc.behind}"}

    def stop(self) -> None:
        """Serve no more, and drop all state."""
        if self._rpc is not None and self._account is not None:
            self._rpc.stop()
            self._rpc = None
            self._account.remove()
        super().stop()

    def environment(self) -> Mapping[str, str]:
        """An account that is good here and nowhere else, a project and a region. No SDK is to look for others."""
        return {
            "GOOGLE_APPLICATION_CREDENTIALS": self.account,
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "CLOUDSDK_CORE_PROJECT": PROJECT,
            "GOOGLE_CLOUD_REGION": LOCATION,
            "CLOUD_ML_REGION": LOCATION,
            "NO_GCE_CHECK": "true",
        }

    def direct(self) -> Mapping[str, str]:
        """The variables that lead clients here without the proxy, as far as there are such variables."""
        return {
            "STORAGE_EMULATOR_HOST": self.url,
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM": f"{self.url}/",
            "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": self.ca,
        }

    def forget(self) -> None:
        """Drop all that the service and its GCS hold."""
        self._api = Api(lambda: self.knobs, self._clock)
        self.gcs.forget()

    # -- REST

    def named(self, request: Request) -> tuple[str, str]:
        """(service, operation)."""
        if request.host == "oauth2.googleapis.com" or request.path == "/token":
            return "oauth2", "token"
        if self.gcs.takes(request):
            return self.gcs.named(request)
        beside = neighbours.named(request)
        if beside is not None:
            return beside
        found = rules.match(request.method, request.path)
        return "aiplatform", "unknown" if found is None else found.operation

    def refusal(self, service: str, status: int, code: str, message: str) -> Response:
        """An error as the service shapes it."""
        if service == "storage":
            return self.gcs.refusal(status, code, message)
        return shaped(asked_for(status, code, message), status)

    def respond(self, request: Request, service: str, operation: str, fault: Fault | None) -> Response:  # noqa: ARG002 -- no operation has points that can fail
        """The service's own answer."""
        if service == "oauth2":
            return self._known().grant(request)
        try:
            self._admit(service, request.headers, demanding=request.host not in _LOOPBACK or not self.knobs.anonymous)
            if service in {"cloudresourcemanager", "iamcredentials"}:
                return neighbours.respond(request, operation)
            if service != "storage":
                return self._transcoded(request)
        except ApiError as error:
            if service == "storage":
                return self.gcs.refusal(error.http, _REASONS.get(error.status, error.status), error.message)
            return shaped(error)
        return self.gcs.respond(request, operation)

    def _transcoded(self, request: Request) -> Response:
        way = rules.match(request.method, request.path)
        if way is None:
            raise ApiError("NOT_FOUND", f"The requested URL {request.path} was not found on this server.")
        region, found, _ = request.host.partition("-aiplatform.")
        if found and f"/locations/{region}/" not in f"{way.name}/":  # the words are ours: Google's are not known
            raise ApiError("INVALID_ARGUMENT", f"{way.name} is not in the location of the endpoint {request.host}.")
        asked = transcoding.asked(request_kind(way.operation), way, request.query, request.body)
        answer = self._api.call(way.operation, asked)
        body = transcoding.answered(answer, numbers=transcoding.whole_numbers_for_enums(request.query))
        return Response(200, body, {"Content-Type": "application/json; charset=UTF-8"})

    def _admit(self, service: str, headers: Mapping[str, str], *, demanding: bool) -> None:
        given = headers.get("authorization")
        if self.knobs.tokens and (given or demanding):
            self._known().admit(service, given)

    def _known(self) -> Account:
        if self._account is None:
            raise ApiError("UNAVAILABLE", "The emulator is not running.")
        return self._account

    # -- gRPC

    def _called(
        self, service: str, operation: str, request: bytes, headers: Mapping[str, str], demanding: bool
    ) -> Sequence[bytes]:
        begun = time.perf_counter()
        owner = "cloudresourcemanager" if service == neighbours.PROJECTS else "aiplatform"
        code = ""
        try:
            fault = self.faults.take(owner, operation)
            self._struck(fault)
            self._admit(owner, headers, demanding=demanding or not self.knobs.anonymous)
            return self._serialised(owner, operation, request, fault)
        except ApiError as error:
            code = error.status
            raise
        finally:
            status = asked_for(0, code, "").http if code else 200
            taken = time.perf_counter() - begun
            self.calls.add(Call(owner, operation, "", status, code, taken, len(request)))

    def _struck(self, fault: Fault | None) -> None:
        """What a fault does before the operation. A connection cannot be cut from here: it says that it was."""
        if fault is None:
            return
        if fault.kind in {"drop-before", "reset"}:
            raise ApiError("UNAVAILABLE", "Socket closed")
        if fault.kind == "slow":
            self.stopping.wait(fault.seconds)
        if fault.kind == "answer":
            raise asked_for(fault.status, fault.code, fault.message)

    def _serialised(self, owner: str, operation: str, request: bytes, fault: Fault | None) -> Sequence[bytes]:
        if owner == "cloudresourcemanager":
            return [neighbours.over_rpc(request)]
        if operation not in HANDLERS:
            raise ApiError("UNIMPLEMENTED", f"tracklayer's emulator has no {operation}.")
        answer = self._api.call(operation, request_kind(operation).FromString(request))
        if fault is not None and fault.kind == "drop-after":
            raise ApiError("UNAVAILABLE", "Socket closed")
        if answer is None:
            return [b""]
        return [one.SerializeToString() for one in answer] if isinstance(answer, list) else [answer.SerializeToString()]
