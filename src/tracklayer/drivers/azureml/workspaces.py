"""Where a workspace's tracking server is: the Resource Manager knows, and is asked once."""

from __future__ import annotations

import threading

from msgspec import Struct

from tracklayer.drivers.azure import Bearer, Tokens
from tracklayer.drivers.azureml.config import AzuremlConfig, place
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.errors import InvalidInput, Rejected

#: https://learn.microsoft.com/rest/api/azureml/workspaces/get
VERSION = "2024-10-01"


class Properties(Struct, rename={"tracking": "mlFlowTrackingUri"}):
    """What is read of a workspace's properties."""

    tracking: str = ""


class Found(Struct):
    """The answer of workspaces/get."""

    properties: Properties


class Discovery:
    """The host of one workspace, which its config may know already. Threads share it."""

    def __init__(self, config: AzuremlConfig, tokens: Tokens, *, provider: str) -> None:
        self._workspace = config.workspace
        self._host = config.host
        self._rest = Rest(f"https://{config.cloud.arm}", Bearer(tokens), provider=provider, read=config.patience)
        self._lock = threading.Lock()

    def host(self) -> str:
        """The host. `NotFound` without the workspace; `Unauthenticated`, `PermissionDenied`."""
        with self._lock:
            if self._host is None:
                self._host = self._asked()
            return self._host

    def _asked(self) -> str:
        query = {"api-version": VERSION}
        try:
            uri = self._rest.call("GET", self._workspace.scope, Found, query=query).properties.tracking
        finally:
            self._rest.close()
        try:
            _, host = place(uri)
        except InvalidInput:
            host = None
        if host is None:
            message = f"the workspace has no tracking server: its mlFlowTrackingUri is {uri[:200]!r}"
            raise Rejected(message, provider=self._rest.provider, operation="workspaces/get")
        return host
