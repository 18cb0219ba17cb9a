"""The emulator: one port for SageMaker, its metrics, S3 and STS, and for the parts that come with it."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tracklayer.emulators.aws.backing import ACCOUNT, Backing
from tracklayer.emulators.aws.errors import AwsError, answered, shaped, unsigned
from tracklayer.emulators.aws.service import service
from tracklayer.emulators.aws.signatures import SignatureError, verify
from tracklayer.emulators.aws.validator import Validator
from tracklayer.emulators.emulator import Emulator
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.sagemaker import components, experiments, jobs, lineage, metrics, search, tags
from tracklayer.emulators.sagemaker.knobs import Knobs
from tracklayer.emulators.sagemaker.managed import ManagedMlflow
from tracklayer.emulators.sagemaker.parts import Part
from tracklayer.emulators.sagemaker.properties import RECORDS
from tracklayer.emulators.sagemaker.rates import Rates
from tracklayer.emulators.sagemaker.routing import HOSTS, PROTOCOLS, SIGNED_AS, Route, route
from tracklayer.emulators.sagemaker.state import Operation, Region
from tracklayer.emulators.serving import Request, Response

#: The access key that every user of the emulator has. It is made up, and opens nothing anywhere.
KEY_ID = "AKIAEMULATOR00000000"
SECRET = "not/a/secret/but/the/emulators/own/word00"  # noqa: S105 -- made up, as it says
REGION = "us-east-1"
OPERATIONS: Mapping[str, Operation] = {
    **experiments.OPERATIONS,
    **components.OPERATIONS,
    **lineage.OPERATIONS,
    **tags.OPERATIONS,
    "Search": search.search,
}
_NEW_KEYS = re.compile(rb"<AccessKeyId>(.*?)</AccessKeyId>.*?<SecretAccessKey>(.*?)</SecretAccessKey>", re.DOTALL)


class SagemakerEmulator(Emulator):
    """Amazon SageMaker on loopback: experiments and all that is beside them, under AWS's own rules.

    * `knobs`: how it behaves. * `port=0`: a free one. * `parts`: None for those that come with it (managed MLflow).
    * `clock`: seconds since 1970, for the service's own times; signatures are checked against the real clock.
    * `secrets`: key id -> secret; STS adds those it gives out.
    """

    name = "sagemaker"
    hosts: tuple[str, ...] = HOSTS
    knobs: Knobs

    def __init__(
        self,
        knobs: Knobs | None = None,
        *,
        port: int = 0,
        parts: Iterable[Part] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(knobs or Knobs(), port=port)
        self.secrets = {KEY_ID: SECRET}
        self.parts: tuple[Part, ...] = (ManagedMlflow(),) if parts is None else tuple(parts)
        self.hosts = (*HOSTS, *(host for part in self.parts for host in part.hosts))
        self._clock = clock
        self._rates = Rates()
        self._regions: dict[str, Region] = {}
        self._backing = Backing()
        self._lock = threading.Lock()
        for part in self.parts:
            part.attach(self)

    def environment(self) -> Mapping[str, str]:
        """Credentials that are good here and nowhere else, and a region. No SDK is to look for others."""
        return {
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def region(self, name: str = REGION) -> Region:
        """The state of a region, for tests that look or set behind the service's back."""
        with self._lock:
            return self._regions.setdefault(name, Region(name, ACCOUNT, lambda: self.knobs, self._clock))

    def forget(self) -> None:
        """Drop all that the service holds: our own state, the buckets made through it, jobs, parts' servers."""
        with self._lock:
            self._regions = {}
        self._rates.clear()
        self._backing.forget()
        for part in self.parts:
            part.forget()

    def named(self, request: Request) -> tuple[str, str]:
        """(service, operation)."""
        part = self._part(request)
        if part is not None:
            return part.named(request)
        way = route(request)
        return way.service, way.operation

    def refusal(self, service: str, status: int, code: str, message: str) -> Response:
        """An error as the service shapes it; a part's like REST-JSON."""
        return shaped(PROTOCOLS.get(service, "rest-json"), AwsError(code, message, status))

    def respond(self, request: Request, service: str, operation: str, fault: Fault | None) -> Response:
        """The service's own answer."""
        part = self._part(request)
        if part is not None:
            return part.respond(request)
        way = route(request)
        try:
            region = self._admitted(request, way)
            self._rates.take((region.name, service, operation), self.knobs, region.now())
            if service in {"s3", "sts"}:
                return self._backed(request, way, region.name)
            return self._modelled(request, way, region, fault)
        except AwsError as error:
            return shaped(PROTOCOLS[service], error)

    def _part(self, request: Request) -> Part | None:
        return next((part for part in self.parts if part.takes(request)), None)

    def _admitted(self, request: Request, way: Route) -> Region:
        """The region that a signed request is for. Raises `AwsError`."""
        protocol = PROTOCOLS[way.service]
        if not self.knobs.signatures:
            return self.region(way.region or REGION)
        try:
            scope = verify(
                request.method,
                request.path,
                request.query,
                request.headers,
                request.body,
                secrets=self.secrets,
                services={SIGNED_AS[way.service]},
            )
        except SignatureError as error:
            raise unsigned(error, protocol) from None
        if way.region is not None and way.region != scope.region:
            message = f"Credential should be scoped to a valid region, not '{scope.region}'."
            raise unsigned(SignatureError("InvalidSignatureException", message), protocol)
        return self.region(scope.region)

    def _backed(self, request: Request, way: Route, region: str) -> Response:
        """S3 and STS, by moto."""
        path = f"/{way.bucket}{'/' if way.key else ''}{way.key}" if way.service == "s3" else None
        response = self._backing.asked(way.service, region, request, path)
        for key_id, secret in _NEW_KEYS.findall(response.body) if way.service == "sts" else ():
            self.secrets[key_id.decode()] = secret.decode()
        if response.status < 400:  # noqa: PLR2004 -- HTTP's own line
            return response
        code = re.search(rb"<Code>(.*?)</Code>", response.body)
        return Response(
            response.status, response.body, response.headers, code[1].decode() if code else str(response.status)
        )

    def _modelled(self, request: Request, way: Route, region: Region, fault: Fault | None) -> Response:
        """SageMaker and its metrics: input checked by the service's own description, then carried out."""
        protocol, operation = PROTOCOLS[way.service], way.operation
        shape = service(way.service).input_of(operation)
        if shape is None:
            raise AwsError("UnknownOperationException", f"There is no operation {operation!r}.", 404)
        try:
            given = json.loads(request.body or b"{}")
        except ValueError:
            raise AwsError("SerializationException", "The body is not JSON.") from None
        reading = Validator(
            booleans_are_numbers=self.knobs.json_true == "accepted", lines=self.knobs.line_breaks == "accepted"
        )
        asked = reading.checked(shape, given)
        for part in self.parts:
            if operation in part.operations:
                return answered(protocol, part.operations[operation](region.name, asked))
        ours = (metrics.OPERATIONS if way.service == "sagemaker-metrics" else OPERATIONS).get(operation)
        if ours is None or (operation in tags.OPERATIONS and not tags.ours(asked)):
            return self._job(request, way, region, asked)
        if operation == "Search" and asked["Resource"] not in RECORDS:
            return self._job(request, way, region, asked)
        with region.lock:
            region.fault = fault
            return answered(protocol, ours(region, asked))

    def _job(self, request: Request, way: Route, region: Region, asked: dict[str, Any]) -> Response:
        """Jobs and all else of SageMaker, by moto; with what the service does beside."""
        with region.lock:
            jobs.check(region, way.operation, asked)
            try:
                response = self._backing.asked("sagemaker", region.name, request)
            except NotImplementedError:
                raise AwsError(
                    "UnknownOperationException", f"tracklayer's emulator has no {way.operation}.", 501
                ) from None
            if response.status < 400:  # noqa: PLR2004 -- HTTP's own line
                jobs.made(region, way.operation, asked)
                return response
        found = re.search(rb'"__type": ?"(.*?)"', response.body)
        return Response(response.status, response.body, response.headers, found[1].decode() if found else "")
