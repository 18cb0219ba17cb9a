"""Who asks, and which workspace: the chain of Databricks' SDK, found when the first request is made.

* The SDK lets the environment change the host and the token of a profile. A URL names a place, so here a profile keeps
  its host whatever DATABRICKS_HOST says, and its credentials if it has any.
* No browser is ever opened.
"""

from __future__ import annotations

import configparser
import os
import re
import threading
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests import PreparedRequest
from requests.auth import AuthBase

from tracklayer.errors import ProviderError, Unauthenticated, Unavailable
from tracklayer.spi.causes import causes

#: Where credentials are looked for: https://docs.databricks.com/aws/en/dev-tools/auth/unified-auth
CREDENTIALS = (
    "DATABRICKS_HOST",
    "DATABRICKS_TOKEN",
    "DATABRICKS_CLIENT_ID",
    "DATABRICKS_CLIENT_SECRET",
    "DATABRICKS_CONFIG_PROFILE",
    "DATABRICKS_CONFIG_FILE",
    "~/.databrickscfg",
)
CONFIG_FILE = "DATABRICKS_CONFIG_FILE"
BROWSER = "external-browser"
#: Seconds that the SDK may take for one answer, and to try again: its own 60 and 300 are long for a typing error.
PATIENCE, TRIES = 20.0, 20
#: Characters of what the SDK says that are shown.
MOST_SAID = 300
#: Hosts that a token may be sent to in clear: this machine.
_HERE = {"127.0.0.1", "localhost", "::1"}
_NETWORK = (requests.RequestException, TimeoutError, ConnectionError)
_ADVICE = "run `databricks auth login`, or set DATABRICKS_HOST and DATABRICKS_TOKEN"


class Login:
    """One profile, or the environment. Threads share it; a forked child finds its credentials anew."""

    def __init__(self, profile: str | None, provider: str) -> None:
        """Looks for nothing yet. `ModuleNotFoundError` when databricks-sdk is not installed."""
        if find_spec("databricks") is None or find_spec("databricks.sdk") is None:
            message = "No module named 'databricks.sdk'"
            raise ModuleNotFoundError(message, name="databricks-sdk")
        self._profile = profile
        self._provider = provider
        self._lock = threading.Lock()
        self._process = 0
        self._found: Any = None

    def host(self) -> str:
        """The workspace's address, without `/` at its end. `Unauthenticated`, `Unavailable`."""
        return str(self._config().host).rstrip("/")

    def headers(self) -> Mapping[str, str]:
        """What says who asks, as good as it is now: the SDK renews what runs out. `Unauthenticated`, `Unavailable`."""
        config = self._config()
        given: dict[str, str] = self._asked(config.authenticate)
        # What the SDK sends where several workspaces have one host.
        where = getattr(config, "workspace_id", None)
        return {**given, "X-Databricks-Workspace-Id": str(where)} if where else given

    def _config(self) -> Any:
        with self._lock:
            if self._process != os.getpid():
                self._found = self._asked(self._made)
                self._process = os.getpid()
            return self._found

    def _made(self) -> Any:
        """The SDK's configuration."""
        from tracklayer.drivers.databricks.chain import config  # noqa: PLC0415 -- the SDK takes 2 s to import

        given = {} if self._profile is None else _section(self._profile)
        made = config(self._profile, given, timeout=PATIENCE, tries=TRIES)
        place = urlsplit(made.host or "")
        if not place.hostname:
            message = "no host is configured"
            raise ValueError(message)
        if place.scheme != "https" and place.hostname not in _HERE:
            message = f"a token is not sent to {place.scheme}://{place.hostname}: the host must begin with https://"
            raise ValueError(message)
        return made

    def _asked(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except Exception as error:
            raise self._told(error) from error

    def _told(self, error: Exception) -> ProviderError:
        """What went wrong, as ours: the network, or the credentials."""
        said = " ".join(str(error).split())[:MOST_SAID].rstrip(".")
        if any(isinstance(cause, _NETWORK) for cause in causes(error)):
            return Unavailable(said, provider=self._provider, operation="login", retryable=True)
        return Unauthenticated(f"{said}; {_ADVICE}", provider=self._provider, operation="login")


class WorkspaceAuth(AuthBase):
    """Signs each request to the workspace, and none to anybody else."""

    def __init__(self, login: Login) -> None:
        self._login = login

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """The request with what says who asks."""
        if urlsplit(request.url or "").netloc == urlsplit(self._login.host()).netloc:
            request.headers.update(self._login.headers())
        return request

    def __repr__(self) -> str:
        return "WorkspaceAuth(***)"


def _section(profile: str) -> Mapping[str, str]:
    """What the file of profiles says of one. `ValueError`."""
    path = Path(os.environ.get(CONFIG_FILE) or "~/.databrickscfg").expanduser()
    file = configparser.ConfigParser(default_section="\0", interpolation=None)
    try:
        file.read(path)
    except configparser.Error as error:
        message = f"{path} cannot be read: {type(error).__name__}"  # it quotes the line, which may be a token
        raise ValueError(message) from None
    if not file.has_section(profile):
        known = [name for name in file.sections() if not re.fullmatch(r"__.*__", name)]
        message = f"{path} has no profile {profile!r}: it has {', '.join(known) or 'none'}"
        raise ValueError(message)
    found = dict(file[profile])
    if not any(found.get(name) for name in ("host", "azure_workspace_resource_id")):
        message = f"profile {profile!r} in {path} has no host"
        raise ValueError(message)
    return found
