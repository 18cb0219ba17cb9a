"""Which operation a request of GCS is: its JSON API, uploads, downloads, and objects by the XML API.

* https://cloud.google.com/storage/docs/json_api/v1 and https://cloud.google.com/storage/docs/xml-api/reference-methods
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from tracklayer.emulators.serving import Request

HOST = "storage.googleapis.com"
_HOSTS = {HOST, "www.googleapis.com"}
_PREFIX = re.compile(r"(?:/(upload|download|resumable/upload))?/storage/v1/|/batch/storage/v1")
_PATH = re.compile(r"(?:/(?P<way>upload|download|resumable/upload))?/storage/v1/b(?:/(?P<bucket>[^/]+)(?P<rest>/.*)?)?")
_COPY = re.compile(r"/o/(?P<source>[^/]+)/(?P<verb>rewriteTo|copyTo)/b/(?P<bucket>[^/]+)/o/(?P<name>[^/]+)")
#: (method, what follows the bucket; None: there is no bucket) -> operation.
_BUCKETS = {
    ("GET", None): "buckets.list",
    ("POST", None): "buckets.insert",
    ("GET", ""): "buckets.get",
    ("PATCH", ""): "buckets.patch",
    ("PUT", ""): "buckets.patch",
    ("DELETE", ""): "buckets.delete",
    ("GET", "/iam"): "buckets.getIamPolicy",
    ("PUT", "/iam"): "buckets.setIamPolicy",
    ("GET", "/iam/testPermissions"): "buckets.testIamPermissions",
    ("GET", "/o"): "objects.list",
}
_OBJECT = {"GET": "objects.get", "DELETE": "objects.delete", "PATCH": "objects.patch", "PUT": "objects.update"}
_XML = {"GET": "xml.getObject", "HEAD": "xml.headObject", "PUT": "xml.putObject", "DELETE": "xml.deleteObject"}


@dataclass(frozen=True)
class Route:
    """A request, understood. `query`: its parameters. `to`: (bucket, name) of a copy.

    * `permissions`: those that are asked about.
    """

    operation: str
    bucket: str = ""
    name: str = ""
    query: dict[str, str] = field(default_factory=dict)
    to: tuple[str, str] = ("", "")
    permissions: tuple[str, ...] = ()


def takes(request: Request) -> bool:
    """Whether a request is for GCS: by its host, or by its path."""
    host = request.host
    if host == HOST or host.endswith(f".{HOST}"):
        return True
    return _PREFIX.match(request.path) is not None


def route(request: Request) -> Route:
    """What is asked for; `unknown` where nothing is."""
    pairs = parse_qsl(request.query, keep_blank_values=True, separator="&")
    query = dict(pairs)
    if request.path.rstrip("/") in {"/batch/storage/v1", "/batch"}:
        return Route("batch", query=query)
    found = _PATH.fullmatch(request.path)
    if found is None:
        return _by_xml(request, query)
    way, bucket, rest = found["way"] or "", unquote(found["bucket"] or ""), found["rest"] or ""
    if way.endswith("upload"):
        operation = "objects.upload" if "upload_id" in query else "objects.insert"
        return Route(operation if rest == "/o" else "unknown", bucket, query.get("name", ""), query)
    if rest.startswith("/o/"):
        media = query.get("alt") == "media" or way == "download"
        return _of_object(request.method, bucket, rest, query, media=media)
    operation = _BUCKETS.get((request.method, rest if bucket else None), "unknown")
    return Route(operation, bucket, "", query, permissions=tuple(value for key, value in pairs if key == "permissions"))


def _of_object(method: str, bucket: str, rest: str, query: dict[str, str], *, media: bool) -> Route:
    if method != "POST":
        operation = "objects.download" if media and method == "GET" else _OBJECT.get(method, "unknown")
        return Route(operation, bucket, unquote(rest[3:]), query)
    copy = _COPY.fullmatch(rest)
    if copy is not None:
        operation = "objects.rewrite" if copy["verb"] == "rewriteTo" else "objects.copy"
        place = (unquote(copy["bucket"]), unquote(copy["name"]))
        return Route(operation, bucket, unquote(copy["source"]), query, place)
    operation = "objects.compose" if rest.endswith("/compose") else "unknown"
    return Route(operation, bucket, unquote(rest[3:].removesuffix("/compose")), query)


def _by_xml(request: Request, query: dict[str, str]) -> Route:
    host, path = request.host, unquote(request.path).lstrip("/")
    if host.endswith(f".{HOST}"):
        bucket, name = host.removesuffix(f".{HOST}"), path
    elif host in _HOSTS:
        bucket, _, name = path.partition("/")
    else:
        return Route("unknown", query=query)
    return Route(_XML.get(request.method, "unknown") if name else "unknown", bucket, name, query)
