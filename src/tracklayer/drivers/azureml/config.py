"""Which workspace, at what address, and who asks it: from the URL and the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

from pydantic import SecretStr

from tracklayer.drivers.azure import Cloud, cloud_of, current
from tracklayer.drivers.mlflow.config import PATIENCE, TOKEN, seconds
from tracklayer.errors import InvalidInput
from tracklayer.model import Model
from tracklayer.spi import scheme_of

SHAPE = (
    "azureml://SUBSCRIPTION/GROUP/WORKSPACE, or the workspace's own MLflow tracking URI"
    " (azureml://REGION.api.azureml.ms/mlflow/v1.0/subscriptions/...)"
)
_SCOPE = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.MachineLearningServices/workspaces/(?P<name>[^/]+)",
    re.IGNORECASE,
)
_OFFICIAL = re.compile(rf"/mlflow/v[0-9.]+(?P<scope>{_SCOPE.pattern})/?", re.IGNORECASE)
#: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
_PARTS = {"subscription": r"[0-9a-zA-Z-]{1,64}", "group": r"[-\w.()]{0,89}[-\w()]", "name": r"[-\w.]{1,260}"}


class Workspace(Model):
    """One workspace."""

    subscription: str
    group: str
    name: str

    @property
    def scope(self) -> str:
        """As the Resource Manager names it, quoted for a path."""
        subscription, group, name = (quote(part, safe="") for part in (self.subscription, self.group, self.name))
        kind = "providers/Microsoft.MachineLearningServices/workspaces"
        return f"/subscriptions/{subscription}/resourceGroups/{group}/{kind}/{name}"

    @property
    def url(self) -> str:
        """`azureml://SUBSCRIPTION/GROUP/WORKSPACE`."""
        return "azureml://" + "/".join(quote(part, safe="") for part in (self.subscription, self.group, self.name))

    def same(self, other: Workspace) -> bool:
        """Is it that one? The Resource Manager takes capitals and small letters as one."""
        return self.scope.lower() == other.scope.lower()


class Job(Model):
    """The job that this program is. `host`: where its workspace is.

    * `experiment`: the id by which its token is asked for anew; None where the environment does not say.
    """

    run: str
    host: str
    token: SecretStr
    experiment: str | None = None


class AzuremlConfig(Model):
    """One workspace, and who asks it.

    * `host`: where its tracking server is; None: the Resource Manager knows. * `job`: if this is one of that workspace.
    * `patience`: seconds to wait for an answer, as with any MLflow server.
    """

    url: str
    workspace: Workspace
    host: str | None
    cloud: Cloud
    job: Job | None
    patience: float

    @classmethod
    def read(cls, url: str, environment: Mapping[str, str] | None = None) -> AzuremlConfig:
        """From either form of the URL and the environment as it is now. `InvalidInput`."""
        found = os.environ if environment is None else environment
        workspace, host = place(url)
        return cls(
            url=f"azureml://{host}/mlflow/v2.0{workspace.scope}" if host else workspace.url,
            workspace=workspace,
            host=host,
            cloud=(cloud_of(host) if host else None) or current(found),
            job=_job(workspace, found),
            patience=seconds(found.get(PATIENCE)),
        )

    def at(self, host: str, service: str) -> str:
        """The address of one of the workspace's services."""
        return f"https://{host}/{service}{self.workspace.scope}"

    def studio(self, run: str) -> str:
        """The page of a run: azure-ai-ml, `_studio_url_from_job_id.py`."""
        subscription, group, name = map(quote, (self.workspace.subscription, self.workspace.group, self.workspace.name))
        where = f"/subscriptions/{subscription}/resourcegroups/{group}/workspaces/{name}"
        return f"https://{self.cloud.studio}/runs/{quote(run, safe='')}?wsid={where}"


def place(url: str) -> tuple[Workspace, str | None]:
    """The workspace that a URL names, and its host if the URL is the official one. `InvalidInput`.

    * A query of the official one (of its first versions) says nothing that is needed, and is left out.
    """
    shown = url.partition("?")[0][:300]
    if scheme_of(url) != "azureml":
        message = f"not a workspace of Azure ML: {shown!r}; write {SHAPE}"
        raise InvalidInput(message)
    parts = urlsplit(url)
    if parts.path.lower().startswith("/mlflow/"):
        found = _OFFICIAL.fullmatch(parts.path)
        if found is None or not parts.hostname:
            message = f"not the tracking URI of a workspace of Azure ML: {shown!r}; write {SHAPE}"
            raise InvalidInput(message)
        return _workspace(found.groupdict(), shown), trusted(parts.netloc)
    names = [unquote(part) for part in (parts.netloc, *parts.path.strip("/").split("/"))]
    if len(names) != len(_PARTS) or parts.query or parts.fragment:
        message = f"not a workspace of Azure ML: {shown!r}; write {SHAPE}"
        raise InvalidInput(message)
    return _workspace(dict(zip(_PARTS, names, strict=True)), shown), None


def trusted(host: str) -> str:
    """A host that tokens may go to: one of Azure ML's own. `InvalidInput` for any other."""
    if cloud_of(host) is None or not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9.-]*", host):
        message = f"{host[:200]!r} is no host of Azure ML's: a token would go there; write {SHAPE}"
        raise InvalidInput(message)
    return host.lower()


def _workspace(parts: Mapping[str, str | None], shown: str) -> Workspace:
    named = {name: unquote(parts[name] or "") for name in _PARTS}
    wrong = [name for name, pattern in _PARTS.items() if re.fullmatch(pattern, named[name]) is None]
    if wrong:
        message = f"{shown!r}: the {wrong[0]} can have no such name: {named[wrong[0]][:100]!r}; write {SHAPE}"
        raise InvalidInput(message)
    return Workspace(**named)


def _job(workspace: Workspace, found: Mapping[str, str]) -> Job | None:
    """The job that the environment is of, if it belongs to the workspace.

    * https://learn.microsoft.com/azure/machine-learning/how-to-use-mlflow-configure-tracking; azureml-mlflow reads the
      same variables (_common/_authentication).
    """
    token, run = found.get(TOKEN), found.get("AZUREML_RUN_ID") or found.get("MLFLOW_RUN_ID")
    uri = found.get("MLFLOW_TRACKING_URI", "")
    if not token or not run or not uri.lower().startswith("azureml:"):
        return None
    own, host = place(uri)
    if host is None or not own.same(workspace):  # the token of a job is good for its own workspace only
        return None
    experiment = found.get("AZUREML_EXPERIMENT_ID") or found.get("MLFLOW_EXPERIMENT_ID")
    return Job(run=run, host=host, token=SecretStr(token), experiment=experiment or None)
