"""What everybody is called: the one tenant and account, its subscription, workspaces, and their hosts and paths."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from urllib.parse import quote, unquote
from uuid import NAMESPACE_URL, UUID, uuid5

TENANT = "7e9a11ce-0000-4000-8000-000000000001"
CLIENT = "7e9a11ce-0000-4000-8000-000000000002"
SUBSCRIPTION = "7e9a11ce-0000-4000-8000-000000000003"
GROUP = "emulated"
WORKSPACE = "main"
REGION = "eastus"

LOGIN = "login.microsoftonline.com"
LOGINS = (LOGIN, "login.microsoft.com", "login.windows.net", "sts.windows.net")
ARM = "management.azure.com"
SERVICE = ".api.azureml.ms"
BLOBS = ".blob.core.windows.net"
HOSTS = (*LOGINS, ARM, f"*{SERVICE}", f"*{BLOBS}")
#: The storage accounts of workspaces, which take turns, and one for those who keep files of their own.
STORES = ("tlworkspaces1", "tlworkspaces2", "tlworkspaces3", "tlworkspaces4")
OWN_STORE = "blobstore"

_SCOPE = (
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)"
    r"/providers/Microsoft\.MachineLearningServices/workspaces/(?P<name>[^/]+)"
)
#: The tracker, the history service and Azure Resource Manager, of one workspace; `rest` is what follows it.
TRACKER = re.compile(rf"/mlflow/v[12]\.0{_SCOPE}(?P<rest>/.*)?", re.IGNORECASE)
HISTORY = re.compile(rf"/history/v1\.0{_SCOPE}(?P<rest>/.*)?", re.IGNORECASE)
RESOURCE = re.compile(rf"{_SCOPE}(?P<rest>/.*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Workspace:
    """A workspace. `account`: the storage account with its files. `id`: a GUID, of its place."""

    subscription: str
    group: str
    name: str
    account: str = ""

    @property
    def place(self) -> str:
        """SUBSCRIPTION/GROUP/NAME, in lower case: Azure tells names apart by no more."""
        return f"{self.subscription}/{self.group}/{self.name}".lower()

    @property
    def id(self) -> UUID:
        """Its GUID."""
        return uuid5(NAMESPACE_URL, self.place)

    @property
    def scope(self) -> str:
        """Its path, percent-encoded."""
        return (
            f"/subscriptions/{quote(self.subscription)}/resourceGroups/{quote(self.group)}"
            f"/providers/Microsoft.MachineLearningServices/workspaces/{quote(self.name)}"
        )


def asked_for(found: re.Match[str]) -> Workspace:
    """The workspace that a path names, whether it exists or not."""
    return Workspace(*(unquote(found[part]) for part in ("subscription", "group", "name")))


class Workspaces:
    """Those that exist. `patterns`: of their places, read at each question."""

    def __init__(self, patterns: Callable[[], Iterable[str]]) -> None:
        self._patterns = patterns
        self._known: dict[str, Workspace] = {}
        self._lock = threading.Lock()

    def find(self, wanted: Workspace) -> Workspace | None:
        """The one of that place, made if it is to exist, with the next storage account in turn."""
        if not matches(wanted, self._patterns()):
            return None
        with self._lock:
            known = self._known.get(wanted.place)
            if known is None:
                account = STORES[len(self._known) % len(STORES)]
                known = self._known[wanted.place] = replace(wanted, account=account)
            return known

    def all(self) -> list[Workspace]:
        """Those that were asked for so far."""
        with self._lock:
            return list(self._known.values())


def matches(workspace: Workspace, patterns: Iterable[str]) -> bool:
    """Whether it is one of them."""
    return any(fnmatchcase(workspace.place, pattern.lower()) for pattern in patterns)
