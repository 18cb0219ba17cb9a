"""Which operation a request of Object Storage is: https://docs.oracle.com/iaas/api/#/en/objectstorage/20160918/."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from tracklayer.emulators.oci.names import REGION
from tracklayer.emulators.serving import Request

#: The regional host, and that of a namespace of its own (realm oc1 only).
HOSTS = ("objectstorage.*.oraclecloud.com", "*.objectstorage.*.oci.customer-oci.com")
_HOST = re.compile(
    r"objectstorage\.(?P<region>[a-z0-9-]+)\.oraclecloud\.com"
    r"|(?P<namespace>[a-z0-9-]+)\.objectstorage\.(?P<own>[a-z0-9-]+)\.oci\.customer-oci\.com"
)
_PATH = re.compile(
    r"/n(?:/(?P<namespace>[^/]+)(?:/b(?:/(?P<bucket>[^/]+)(?:/(?P<kind>[ou])(?:/(?P<name>.+))?)?)?)?)?/?"
)
#: (what is named last, method) -> operation. An upload is told by its parameters besides.
_OPERATIONS = {
    ("", "GET"): "GetNamespace",
    ("namespace", "GET"): "GetNamespaceMetadata",
    ("buckets", "GET"): "ListBuckets",
    ("buckets", "POST"): "CreateBucket",
    ("bucket", "GET"): "GetBucket",
    ("bucket", "HEAD"): "HeadBucket",
    ("bucket", "DELETE"): "DeleteBucket",
    ("objects", "GET"): "ListObjects",
    ("object", "GET"): "GetObject",
    ("object", "HEAD"): "HeadObject",
    ("object", "PUT"): "PutObject",
    ("object", "DELETE"): "DeleteObject",
    ("uploads", "GET"): "ListMultipartUploads",
    ("uploads", "POST"): "CreateMultipartUpload",
    ("upload", "GET"): "ListMultipartUploadParts",
    ("upload", "PUT"): "UploadPart",
    ("upload", "POST"): "CommitMultipartUpload",
    ("upload", "DELETE"): "AbortMultipartUpload",
}
#: Their bodies need not be signed: signingrequests.htm, "Special Instructions for Object Storage PUT".
UNSIGNED_BODY = frozenset({"PutObject", "UploadPart"})


@dataclass(frozen=True)
class Route:
    """A request, understood. `query`: its parameters. `operation`: `unknown` where nothing is asked for."""

    operation: str
    region: str = REGION
    namespace: str = ""
    bucket: str = ""
    name: str = ""
    query: dict[str, str] = field(default_factory=dict)


def takes(request: Request) -> bool:
    """Whether a request is for Object Storage: by its host, or by its path at an address that is no name."""
    if request.host in {"127.0.0.1", "localhost", ""}:
        return request.path == "/n" or request.path.startswith("/n/")
    return _HOST.fullmatch(request.host) is not None


def route(request: Request) -> Route:
    """What is asked for, of which region and namespace."""
    host = _HOST.fullmatch(request.host)
    region = REGION if host is None else host["region"] or host["own"]
    found = _PATH.fullmatch(request.path)
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    if found is None:
        return Route("unknown", region, query=query)
    namespace, bucket, name = (unquote(found[part] or "") for part in ("namespace", "bucket", "name"))
    if host is not None and host["namespace"] and host["namespace"] != namespace and namespace:
        return Route("unknown", region, namespace, query=query)
    operation = _OPERATIONS.get((_last(found, request.path), request.method), "unknown")
    return Route(operation, region, namespace, bucket, name, query)


def _last(found: re.Match[str], path: str) -> str:
    """What of a path is named last."""
    kinds = {"o": ("objects", "object"), "u": ("uploads", "upload")}
    if found["kind"]:
        return kinds[found["kind"]][found["name"] is not None]
    if found["bucket"]:
        return "bucket"
    if found["namespace"]:
        return "buckets" if path.rstrip("/").endswith("/b") else "namespace"
    return ""
