"""Which service and operation a request is for: by its real host, else by what it carries.

* Through the proxy the Host header is AWS's own. With one `AWS_ENDPOINT_URL` for all, it is loopback's: then the
  target header, the path and the signature's scope tell.
* `sagemaker` and `sagemaker-metrics` sign by the same name: the path tells them apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote

from tracklayer.emulators.aws.backing import s3_operation
from tracklayer.emulators.aws.errors import Protocol
from tracklayer.emulators.aws.signatures import scope_of
from tracklayer.emulators.serving import Request

TARGET = "SageMaker."
METRICS = ("/BatchPutMetrics", "/BatchGetMetrics")
#: Patterns (fnmatch) of the hosts that the emulator stands for.
HOSTS = tuple(
    f"{name}.amazonaws.com{end}"
    for name in ("api.sagemaker.*", "metrics.sagemaker.*", "s3", "s3.*", "*.s3", "*.s3.*", "sts", "sts.*")
    for end in ("", ".cn")
)
_HOST = re.compile(
    r"(?:(?P<bucket>.+)\.(?=s3[.]))?(?P<service>api\.sagemaker|metrics\.sagemaker|s3|sts)(?:\.dualstack)?(?:\.(?P<region>[a-z0-9-]+))?"
    r"\.amazonaws\.com(?:\.cn)?"
)
SERVICES = {"api.sagemaker": "sagemaker", "metrics.sagemaker": "sagemaker-metrics", "s3": "s3", "sts": "sts"}
#: Service -> how it shapes errors, and by which name its requests are signed.
PROTOCOLS: dict[str, Protocol] = {"sagemaker": "json", "sagemaker-metrics": "rest-json", "s3": "s3", "sts": "query"}
SIGNED_AS = {"sagemaker": "sagemaker", "sagemaker-metrics": "sagemaker", "s3": "s3", "sts": "sts"}


@dataclass(frozen=True)
class Route:
    """Where a request goes. `region`: of its host, where that says one. `bucket`, `key`: percent-encoded, of S3."""

    service: str
    operation: str
    region: str | None = None
    bucket: str = ""
    key: str = ""


def route(request: Request) -> Route:
    """Where it goes. What is like nothing else is like S3, as on AWS's side of a bucket's name."""
    host = _HOST.fullmatch(request.host)
    service = SERVICES[host["service"]] if host else _told(request)
    region = host["region"] if host else None
    if service == "s3":
        path = (
            request.path.lstrip("/")
            if host is None or host["bucket"] is None
            else f"{host['bucket']}/{request.path[1:]}"
        )
        bucket, _, key = path.partition("/")
        operation = s3_operation(request.method, bucket, key, request.query, request.headers)
        return Route(service, operation, region, bucket, key)
    return Route(service, _operation(request, service), region)


def _told(request: Request) -> str:
    if request.headers.get("x-amz-target", "").startswith(TARGET):
        return "sagemaker"
    scope = scope_of(request.headers, request.query)
    signed = "" if scope is None else scope.service
    if request.path in METRICS and signed != "s3":
        return "sagemaker-metrics"
    return signed if signed in {"sagemaker", "sts"} else "s3"


def _operation(request: Request, service: str) -> str:
    if service == "sagemaker":
        return request.headers.get("x-amz-target", "").removeprefix(TARGET)
    if service == "sagemaker-metrics":
        return unquote(request.path).lstrip("/")
    asked = parse_qs(request.body.decode("latin-1") or request.query)
    return asked.get("Action", [""])[0]
