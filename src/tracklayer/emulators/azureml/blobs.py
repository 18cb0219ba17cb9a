"""Blob Storage at its real host names: requests pass to Azurite, which checks SAS and shared keys itself.

* `generate_blob_sas` of Microsoft's own SDK signs what the history service gives out.
* Azurite takes no bearer tokens without TLS: they are checked here, and stand for a signature of the account then.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from tracklayer.emulators.azureml.azurite import Azurite, AzuriteFailed
from tracklayer.emulators.azureml.errors import AzureError
from tracklayer.emulators.azureml.identity import Identity
from tracklayer.emulators.azureml.knobs import Knobs
from tracklayer.emulators.azureml.names import BLOBS
from tracklayer.emulators.serving import HOP_BY_HOP, Request, Response

#: Where a workspace's storage account has the files of runs.
CONTAINER = "azureml"
#: Seconds to wait for Azurite.
PATIENCE = 120.0
#: Seconds before now from which a SAS is good: two clocks may differ. As in those that Azure gives out.
EARLIER = 600
_BY_COMP = {
    ("PUT", "block"): "PutBlock",
    ("PUT", "blocklist"): "PutBlockList",
    ("GET", "blocklist"): "GetBlockList",
    ("PUT", "appendblock"): "AppendBlock",
    ("PUT", "page"): "PutPage",
    ("PUT", "metadata"): "SetBlobMetadata",
    ("GET", "list"): "ListContainers",
    ("POST", "batch"): "SubmitBatch",
}
_BLOB = {"GET": "GetBlob", "HEAD": "GetBlobProperties", "PUT": "PutBlob", "DELETE": "DeleteBlob"}
_OF_CONTAINER = {"GET": "GetContainerProperties", "HEAD": "GetContainerProperties", "PUT": "CreateContainer"}


def operation_of(request: Request) -> str:
    """The operation, as https://learn.microsoft.com/rest/api/storageservices/operations-on-blobs calls it."""
    query = parse_qs(request.query)
    comp, kind = query.get("comp", [""])[0], query.get("restype", [""])[0]
    if kind == "container":
        return "ListBlobs" if comp == "list" else _OF_CONTAINER.get(request.method, "DeleteContainer")
    if comp:
        return _BY_COMP.get((request.method, comp), comp)
    copying = request.method == "PUT" and "x-ms-copy-source" in request.headers
    return "CopyBlob" if copying else _BLOB.get(request.method, "unknown")


class Blobs:
    """The storage accounts. `knobs`: read at each request."""

    def __init__(self, knobs: Callable[[], Knobs], azurite: Azurite, identity: Identity) -> None:
        self._knobs, self._azurite, self._identity = knobs, azurite, identity
        self._made: set[str] = set()
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Drop all files."""
        self._azurite.stop()
        with self._lock:
            self._made.clear()

    def respond(self, request: Request) -> Response:
        """Azurite's answer. `AzureError`."""
        query = request.query
        headers = {name: value for name, value in request.headers.items() if name not in HOP_BY_HOP | {"expect"}}
        if headers.get("authorization", "").lower().startswith("bearer"):
            self._identity.admit("blob", headers.pop("authorization"))
            query = "&".join(filter(None, (query, self._of_account(request.host.removesuffix(BLOBS)))))
        return self._passed(request.method, request.path, query, headers, request.body)

    def signed(self, account: str, name: str, *, write: bool) -> str:
        """The URL of a run's file with a SAS: for reading, or for writing it too. Its container is made if need be."""
        from azure.storage.blob import BlobSasPermissions, generate_blob_sas  # noqa: PLC0415 -- a cloud's SDK

        with self._lock:
            if account not in self._made:
                self._make(account)
                self._made.add(account)
        knobs, now = self._knobs(), datetime.now(timezone.utc)
        until = now + timedelta(seconds=knobs.sas_lifetime)
        sas = generate_blob_sas(
            account,
            CONTAINER,
            name,
            account_key=self._azurite.keys[account],
            permission=BlobSasPermissions(read=True, create=write, write=write and knobs.overwriting == "accepted"),
            start=min(now, until) - timedelta(seconds=EARLIER),
            expiry=until,
        )
        return f"https://{account}{BLOBS}/{CONTAINER}/{quote(name, safe='/~')}?{sas}"

    def _make(self, account: str) -> None:
        query = f"restype=container&{self._of_account(account)}"
        self._passed("PUT", f"/{CONTAINER}", query, {"host": f"{account}{BLOBS}", "content-length": "0"}, b"")

    def _of_account(self, account: str) -> str:
        """A signature that opens a whole account. `AzureError`: there is no such account."""
        from azure.storage.blob import (  # noqa: PLC0415 -- a cloud's SDK
            AccountSasPermissions,
            ResourceTypes,
            generate_account_sas,
        )

        if account not in self._azurite.keys:
            raise AzureError(404, "ResourceNotFound", "The specified resource does not exist.")
        types = ResourceTypes(service=True, container=True, object=True)
        names = ("read", "write", "delete", "list", "add", "create", "update", "process")
        permission: Any = AccountSasPermissions(**dict.fromkeys(names, True))
        until = datetime.now(timezone.utc) + timedelta(hours=1)
        return generate_account_sas(account, self._azurite.keys[account], types, permission, until)

    def _passed(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> Response:
        """On to Azurite, the Host header as it came: it says which account is meant."""
        try:
            place = urlsplit(self._azurite.url)
            server = http.client.HTTPConnection(str(place.hostname), place.port, timeout=PATIENCE)
            try:
                server.request(method, f"{path}?{query}" if query else path, body or None, headers)
                answer = server.getresponse()
                content = answer.read()
            finally:
                server.close()
        except (OSError, http.client.HTTPException, AzuriteFailed) as error:
            raise AzureError(503, "ServerBusy", f"Azurite broke off: {error}") from error
        # The length of what HEAD tells of is in its header only.
        kept = {
            name: value for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP - {"content-length"}
        }
        code = answer.getheader("x-ms-error-code", "") if answer.status >= 400 else ""  # noqa: PLR2004 -- HTTP's line
        return Response(answer.status, content, kept, code or ("" if answer.status < 400 else str(answer.status)))  # noqa: PLR2004 -- likewise
