"""Who asks Azure: azure-identity's chain without anything that asks a human, and its token for each request.

* Nothing here opens a browser, shows a code, or waits for somebody. Without credentials there is one error, in seconds.
* azure-identity is imported when the first token is asked for, never before.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from importlib.util import find_spec
from typing import Any, Protocol

from requests import PreparedRequest, Response
from requests.auth import AuthBase

from tracklayer.drivers.azure.clouds import Cloud
from tracklayer.drivers.azure.errors import LOGIN, translating
from tracklayer.errors import Unauthenticated

#: Where credentials are looked for: https://learn.microsoft.com/azure/developer/python/sdk/authentication/credential-chains
CREDENTIALS = (
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_FEDERATED_TOKEN_FILE",
    "~/.azure",
)
#: Seconds before its end at which a token is replaced; azure-identity itself does so 300 s before.
EARLY = 300.0
#: Seconds that `az`, `azd` and PowerShell have to answer each, where they are installed.
PROCESS = 10
#: A handler that is added twice is there once.
_SILENT = logging.NullHandler()


class Tokens(Protocol):
    """What gives bearer tokens. Threads share it."""

    def token(self) -> str:
        """A token for a request that is sent now. `Unauthenticated`."""

    def renewed(self, stale: str) -> str:
        """Another token than one that was refused; the same when there is none."""


class Identity:
    """Tokens for Azure's own APIs (`https://management.azure.com/.default`, or another cloud's).

    * `credential`: an azure-identity credential, or anything with its `get_token`; the default chain if not said.
    * `provider`: whose name errors carry.
    """

    def __init__(self, cloud: Cloud, credential: Any = None, *, provider: str) -> None:
        """Looks for nothing yet. `ModuleNotFoundError` when azure-identity is needed and not installed."""
        if credential is None and (find_spec("azure") is None or find_spec("azure.identity") is None):
            message = "No module named 'azure.identity'"
            raise ModuleNotFoundError(message, name="azure-identity")
        self._cloud = cloud
        self._given = credential
        self._provider = provider
        self._lock = threading.Lock()
        self._process = 0
        self._found: Any = None
        self._token, self._until = "", 0.0

    def credential(self) -> Any:
        """The credential, as Azure's own clients take it: made once a process."""
        if self._process != os.getpid():
            self._process, self._token, self._found = os.getpid(), "", self._given or _chain(self._cloud)
        return self._found

    def token(self) -> str:
        """A token that lasts a while. One thread asks for it, the others wait."""
        with self._lock:
            if self._process != os.getpid() or not self._token or time.time() > self._until - EARLY:
                self._token, self._until = self._asked()
            return self._token

    def renewed(self, stale: str) -> str:
        """A token that was asked for after that one was refused."""
        with self._lock:
            if self._token == stale:
                self._token, self._process = "", 0  # a new chain: the old one remembers what it gave
        return self.token()

    def _asked(self) -> tuple[str, float]:
        try:
            with translating(self._provider, "credentials"):
                given = self.credential().get_token(self._cloud.scope)
        except ValueError as error:  # a variable that azure-identity reads holds nonsense
            message = f"{str(error).splitlines()[0]} {LOGIN}"
            raise Unauthenticated(message, provider=self._provider, operation="credentials") from None
        return str(given.token), float(given.expires_on)

    def __repr__(self) -> str:
        return f"Identity({self._cloud.name})"


class Bearer(AuthBase):
    """Puts a token on each request, as it is sent; a request that is refused for it goes once more with a new one."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """The request with a token."""
        token = self._tokens.token()
        request.headers["Authorization"] = f"Bearer {token}"
        request.hooks["response"] = [lambda answer, **sent: self._again(answer, token, sent)]
        return request

    def _again(self, answer: Response, token: str, sent: dict[str, Any]) -> Response:
        if answer.status_code != 401:  # noqa: PLR2004
            return answer
        fresh = self._tokens.renewed(token)
        if fresh == token:
            return answer
        answer.content  # noqa: B018 -- read to its end, so that its connection can be used again
        answer.close()
        request = answer.request.copy()
        request.headers["Authorization"] = f"Bearer {fresh}"
        once_more: Response = answer.connection.send(request, **sent)  # as requests' own digest authentication does
        once_more.request = request
        return once_more

    def __repr__(self) -> str:
        return "Bearer(***)"


def _chain(cloud: Cloud) -> Any:
    """What the environment, the machine, `az`, `azd` and PowerShell know; nothing that a human would have to answer."""
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415 -- late: 0.6 s

    # It tells each failure twice, in many lines, on the error stream of whoever has set up no logging.
    logging.getLogger("azure.identity").addHandler(_SILENT)
    authority = {} if "AZURE_AUTHORITY_HOST" in os.environ else {"authority": cloud.authority}
    return DefaultAzureCredential(
        **authority,
        exclude_interactive_browser_credential=True,
        exclude_shared_token_cache_credential=True,
        exclude_visual_studio_code_credential=True,
        exclude_broker_credential=True,
        process_timeout=PROCESS,
    )
