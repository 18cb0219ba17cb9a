"""The data plane: a request with a good signature goes to the real MLflow server of the ARN that it names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import parse_qs

from tracklayer.emulators.aws.backing import ACCOUNT
from tracklayer.emulators.aws.errors import AwsError, shaped, unsigned
from tracklayer.emulators.aws.signatures import SignatureError, verify
from tracklayer.emulators.mlflow import MlflowNotServing, MlflowUnreachable, Servers, forwarded
from tracklayer.emulators.sagemaker.managed.control import Control, Operation
from tracklayer.emulators.sagemaker.managed.kinds import HOSTS, KINDS, Kind
from tracklayer.emulators.sagemaker.managed.resources import Resource, Resources
from tracklayer.emulators.sagemaker.managed.sessions import COOKIE, Sessions
from tracklayer.emulators.serving import Request, Response

#: Headers that are AWS's own business, and not the server's.
_OURS = re.compile(r"x-amz-.*|x-mlflow-sm-tracking-server-arn|x-sm-mlflow-app-arn")
#: Paths of MLflow's calls, and what the log names them by.
_API = re.compile(r"/(?:ajax-)?api/\d+\.\d+/(?:mlflow/)?(.*)")


class Host(Protocol):
    """What the part needs of the emulator it is a part of. `secrets`: key id -> secret."""

    url: str

    @property
    def secrets(self) -> Mapping[str, str]:
        """The access keys that are good."""

    def environment(self) -> Mapping[str, str]:
        """Credentials for the servers' own calls to S3."""


class ManagedMlflow:
    """Managed MLflow, as a part of SageMaker's emulator.

    * `hosts`: patterns of the real hosts. * `operations`: the control plane, by name.
    * A server is up as soon as it was made, but starts at its first request, with a store of its own.
    """

    hosts = HOSTS

    def __init__(self, *, account: str = ACCOUNT) -> None:
        self._resources = Resources()
        self._sessions = Sessions()
        self._servers = Servers(self._surroundings)
        self._host: Host | None = None
        self.operations: Mapping[str, Operation] = Control(
            self._resources, self._sessions, account, lambda one: self._servers.stop(one.arn)
        ).operations

    def attach(self, host: Host) -> None:
        """Become a part of that emulator."""
        self._host = host

    def forget(self) -> None:
        """Drop all servers, and end their processes."""
        self._resources.clear()
        self._sessions.clear()
        self._servers.stop_all()

    # -- one request

    def takes(self, request: Request) -> bool:
        """Is it for the data plane: by its host, or by a routing header?"""
        return any(kind.host.fullmatch(request.host) or kind.header in request.headers for kind in KINDS)

    def named(self, request: Request) -> tuple[str, str]:
        """(service, operation), as the log has it: `("sagemaker-mlflow", "runs/create")`."""
        found = _API.fullmatch(request.path)
        return "sagemaker-mlflow", found[1] if found else request.path.lstrip("/")

    def respond(self, request: Request) -> Response:
        """The server's answer, or a refusal."""
        try:
            if request.path == "/auth":
                return self._entered(request)
            return self._forwarded(request, self._asked(request))
        except AwsError as error:
            # What AWS's own refusals look like here is not documented; so it is with its REST services.
            return shaped("rest-json", error)

    def _asked(self, request: Request) -> Resource:
        """The server that the request is for, if it may ask it."""
        kind = _kind(request)
        arn = request.headers.get(kind.header)
        if arn is None:
            arn = self._sessions.arn_of(request.headers.get("cookie", ""))
            if arn is None:
                raise AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)
        else:
            self._check(request, kind, arn)
        found = self._resources.of(arn)
        if found is None or found.kind is not kind:
            raise AwsError("ResourceNotFoundException", f"{kind.name} {arn} does not exist", 404)
        if not found.serves:
            raise AwsError("ConflictException", f"{kind.name} {arn} is stopped", 409)
        return found

    def _check(self, request: Request, kind: Kind, arn: str) -> None:
        """Signed by a known key, for the service of its kind and the region of its ARN, with the ARN among it all."""
        assert self._host is not None  # noqa: S101 -- a part of an emulator by now
        try:
            scope = verify(
                request.method,
                request.path,
                request.query,
                request.headers,
                request.body,
                secrets=self._host.secrets,
                services={kind.service},
            )
        except SignatureError as error:
            raise unsigned(error, "rest-json") from None
        signed = re.search(r"SignedHeaders=([^,\s]+)", request.headers.get("authorization", ""))
        if signed is None or kind.header not in signed[1].split(";"):
            raise AwsError("InvalidSignatureException", f"'{kind.header}' must be a signed header", 403)
        region = arn.split(":")[3] if arn.count(":") >= 5 else ""  # noqa: PLR2004 -- an ARN's parts
        if scope.region != region:
            message = f"Credential should be scoped to a valid region, not '{scope.region}': the ARN is of '{region}'."
            raise AwsError("InvalidSignatureException", message, 403)
        host = kind.host.fullmatch(request.host)
        if host is not None and host["region"] != region:
            message = f"{request.host} does not serve {arn}: it is of another region"
            raise AwsError("ResourceNotFoundException", message, 404)

    def _entered(self, request: Request) -> Response:
        """A presigned URL: a session for its token."""
        token = parse_qs(request.query).get("authToken", [""])[0]
        session = self._sessions.taken(token)
        if session is None:
            raise AwsError("AccessDeniedException", "The authorization token is not valid, or has expired.", 403)
        return Response(302, b"", {"Location": "/", "Set-Cookie": f"{COOKIE}={session}; HttpOnly; Path=/"})

    def _forwarded(self, request: Request, resource: Resource) -> Response:
        try:
            return forwarded(self._servers.url(resource.arn, resource.artifacts), request, _OURS)
        except MlflowUnreachable as error:
            raise AwsError("ServiceUnavailable", str(error), 503) from error
        except MlflowNotServing as error:
            code, status = ("ServiceUnavailable", 503) if error.starting else ("InternalFailure", 500)
            raise AwsError(code, str(error), status) from error

    def _surroundings(self) -> Mapping[str, str]:
        """How a server's own process reaches its files: through this emulator's S3."""
        assert self._host is not None  # noqa: S101 -- a part of an emulator by now
        return {
            **self._host.environment(),
            "AWS_ENDPOINT_URL": self._host.url,
            "MLFLOW_S3_ENDPOINT_URL": self._host.url,
        }


def _kind(request: Request) -> Kind:
    """The kind that a request is for: its host's, else its routing header's."""
    by_host = [kind for kind in KINDS if kind.host.fullmatch(request.host)]
    by_header = [kind for kind in KINDS if kind.header in request.headers]
    if len(by_header) > 1:
        raise AwsError("ValidationException", "The request names two servers", 400)
    if by_host and by_header and by_host != by_header:
        raise AwsError("ValidationException", f"{request.host} serves no {by_header[0].name}", 400)
    return (by_host or by_header)[0]
