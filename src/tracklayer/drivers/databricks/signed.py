"""Signed URLs: the permission to read or write one file of a run, for a while.

The URL is the permission, so no credentials of ours go along, and none of it is ever shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import requests
from msgspec import Struct

from tracklayer.drivers.mlflow.auth import NoAuth
from tracklayer.drivers.mlflow.rest import Body, Method, Rest

#: `ArtifactCredentialType` of mlflow/protos/databricks_artifacts.proto.
Kind = Literal["AZURE_SAS_URI", "AWS_PRESIGNED_URL", "GCP_SIGNED_URL", "AZURE_ADLS_GEN2_SAS_URI"]


class Header(Struct):
    """A header that goes along."""

    name: str
    value: str


class Credential(Struct):
    """A signed URL, of which storage, and what goes along."""

    signed_uri: str = ""
    type: str = ""
    headers: tuple[Header, ...] = ()
    path: str = ""

    def __repr__(self) -> str:
        return f"Credential({self.type})"


class Credentials(Struct):
    """The answer of artifacts/credentials-for-read and -write."""

    credential_infos: tuple[Credential, ...] = ()


def sent(
    rest: Rest,
    method: Method,
    credential: Credential,
    *,
    query: Mapping[str, str] | None = None,
    data: Body = None,
    headers: Mapping[str, str] | None = None,
) -> requests.Response:
    """The answer of the storage, its body not read. Errors are ours, and name its host at the most."""
    along = {header.name: header.value for header in credential.headers} | dict(headers or {})
    with rest.translating(f"artifacts/{'read' if method == 'GET' else 'write'}"):
        return rest.send(method, credential.signed_uri, query=query, data=data, headers=along, auth=NoAuth())
