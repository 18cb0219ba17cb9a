"""Which MLflow server a request is for: a workspace of AI Data Platform, or one that somebody runs themselves.

* https://docs.oracle.com/en/cloud/paas/ai-data-platform/aiwap/: the prefix, and its host `aidp.`. Its SDK
  (aidp-python-client 5.1.1) asks `datalake.` instead, and one page of the guide puts `/api` before the version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from tracklayer.emulators.oci.names import REGION, SELF_HOSTED
from tracklayer.emulators.serving import Request

HOSTS = ("aidp.*.oci.oraclecloud.com", "datalake.*.oci.oraclecloud.com")
#: Hosts of servers that somebody runs themselves. `.example` is nobody's: https://www.rfc-editor.org/rfc/rfc2606.
SELF_HOSTED_HOSTS = ("*.oci.example",)
_HOST = re.compile(r"(?:aidp|datalake)\.(?P<region>[a-z0-9-]+)\.oci\.oraclecloud\.com")
_PREFIX = re.compile(
    r"(?:/api)?/20260430/aiDataPlatforms/(?P<platform>[^/]+)/workspaces/(?P<workspace>[^/]+)/mlops(?P<rest>/.*)?"
)
#: What MLflow's own paths begin with.
_OWN = re.compile(r"(?P<prefix>.*?)(?P<rest>/(?:ajax-api|api|graphql|health|version|get-artifact|static-files)\b.*)")
_API = re.compile(r"/api/2\.0/mlflow/(.+)|/api/2\.0/(mlflow-artifacts)/.*")
#: The route of files that a server serves itself.
SERVED = "mlflow-artifacts"
_LOOPBACK = {"127.0.0.1", "localhost", ""}


@dataclass(frozen=True)
class Workspace:
    """A workspace of AI Data Platform. `path`: what is asked of its MLflow, from `/api` on."""

    region: str
    platform: str
    key: str
    path: str

    @property
    def name(self) -> str:
        """The id of its server."""
        return f"{self.region}/{self.platform}/{self.key}"

    @property
    def route(self) -> str:
        """MLflow's route: `runs/create`, or `SERVED`; empty where it is neither."""
        return _route(self.path)


@dataclass(frozen=True)
class SelfHosted:
    """A server of somebody's own, by its host and the prefix that it is served under. `path`: as with a workspace."""

    host: str
    prefix: str
    path: str

    @property
    def name(self) -> str:
        """The id of its server."""
        return f"{self.host}{self.prefix}"

    @property
    def route(self) -> str:
        """MLflow's route."""
        return _route(self.path)


def place_of(request: Request) -> Workspace | SelfHosted | None:
    """The server that a request is for; None where the host is AI Data Platform's and the path is not MLflow's.

    * At an address that is no name, both are: by their paths. Such a server is `SELF_HOSTED`, if it has no prefix.
    """
    host = _HOST.fullmatch(request.host)
    found = _PREFIX.fullmatch(request.path) if host or request.host in _LOOPBACK else None
    if found is not None:
        region = host["region"] if host else REGION
        return Workspace(region, unquote(found["platform"]), unquote(found["workspace"]), found["rest"] or "/")
    if host is not None:
        return None
    own = _OWN.fullmatch(request.path)
    name = SELF_HOSTED if request.host in _LOOPBACK else request.host
    return SelfHosted(name, own["prefix"], own["rest"]) if own else SelfHosted(name, "", request.path)


def _route(path: str) -> str:
    found = _API.fullmatch(path)
    return found[1] or found[2] if found else ""
