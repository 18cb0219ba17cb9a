"""The host management.azure.com: the clouds' endpoints, and workspaces.

* https://learn.microsoft.com/rest/api/azureml/workspaces/get, and what `MLClient.workspaces.get` reads of it.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

from tracklayer.emulators.azureml.errors import AzureError, answered
from tracklayer.emulators.azureml.knobs import Knobs
from tracklayer.emulators.azureml.names import (
    ARM,
    BLOBS,
    LOGIN,
    RESOURCE,
    SERVICE,
    TENANT,
    Workspace,
    Workspaces,
    asked_for,
    matches,
)
from tracklayer.emulators.serving import Request, Response

_LIST = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)(?:/resourceGroups/(?P<group>[^/]+))?"
    r"/providers/Microsoft\.MachineLearningServices/workspaces",
    re.IGNORECASE,
)
MADE = "2026-01-01T00:00:00.0000000Z"


def named(request: Request) -> str:
    """The operation."""
    path = request.path.rstrip("/")
    if path == "/metadata/endpoints":
        return "metadata"
    if _LIST.fullmatch(path):
        return "Workspaces.List"
    found = RESOURCE.fullmatch(path)
    if found is None or request.method != "GET":
        return "unknown"
    return "unknown" if found["rest"] else "Workspaces.Get"


def respond(request: Request, operation: str, workspaces: Workspaces, knobs: Knobs) -> Response:
    """The answer to who was let in. `AzureError`."""
    if "api-version" not in parse_qs(request.query.lower()):
        message = "The api-version query parameter (?api-version=) is required for all requests."
        raise AzureError(400, "MissingApiVersionParameter", message)
    path = request.path.rstrip("/")
    if operation == "Workspaces.List":
        found = _LIST.fullmatch(path)
        assert found is not None  # noqa: S101 -- it is named so because it matches
        parts = {name: value.lower() for name, value in found.groupdict().items() if value}
        listed = [one for one in workspaces.all() if all(getattr(one, name).lower() == parts[name] for name in parts)]
        return answered({"value": [_described(one, knobs.region) for one in listed]})
    if operation == "Workspaces.Get":
        match = RESOURCE.fullmatch(path)
        assert match is not None  # noqa: S101 -- likewise
        return answered(_described(_existing(asked_for(match), workspaces, knobs), knobs.region))
    message = f"tracklayer's emulator has no {request.method} {request.path}."
    raise AzureError(404, "InvalidResourceType", message)


def _existing(wanted: Workspace, workspaces: Workspaces, knobs: Knobs) -> Workspace:
    found = workspaces.find(wanted)
    if found is None and not _any(knobs, wanted.subscription, "*"):
        message = f"The subscription '{wanted.subscription}' could not be found."
        raise AzureError(404, "SubscriptionNotFound", message)
    if found is None and not _any(knobs, wanted.subscription, wanted.group):
        raise AzureError(404, "ResourceGroupNotFound", f"Resource group '{wanted.group}' could not be found.")
    if found is None:
        message = (
            f"The Resource 'Microsoft.MachineLearningServices/workspaces/{wanted.name}' under resource group "
            f"'{wanted.group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        )
        raise AzureError(404, "ResourceNotFound", message)
    if matches(found, knobs.denied):
        message = (
            "The client does not have authorization to perform action 'Microsoft.MachineLearningServices/workspaces/"
            f"read' over scope '{found.scope}' or the scope is invalid. If access was recently granted, please refresh "
            "your credentials."
        )
        raise AzureError(403, "AuthorizationFailed", message)
    return found


def _any(knobs: Knobs, subscription: str, group: str) -> bool:
    """Whether a workspace may be there: the patterns' own parts, compared one by one."""
    for pattern in knobs.workspaces:
        parts = [*pattern.lower().split("/"), "*", "*"]
        if parts[0] in {"*", subscription.lower()} and (group == "*" or parts[1] in {"*", group.lower()}):
            return True
    return False


def _described(one: Workspace, region: str) -> dict[str, Any]:
    group = f"/subscriptions/{one.subscription}/resourceGroups/{one.group}"
    host = f"{region}{SERVICE}"
    return {
        "id": one.scope,
        "name": one.name,
        "type": "Microsoft.MachineLearningServices/workspaces",
        "location": region,
        "tags": {},
        "etag": None,
        "kind": "Default",
        "sku": {"name": "Basic", "tier": "Basic"},
        "identity": {"type": "SystemAssigned", "principalId": str(one.id), "tenantId": TENANT},
        "properties": {
            "friendlyName": one.name,
            "description": "",
            "storageAccount": f"{group}/providers/Microsoft.Storage/storageAccounts/{one.account}",
            "keyVault": f"{group}/providers/Microsoft.KeyVault/vaults/emulated",
            "applicationInsights": f"{group}/providers/Microsoft.Insights/components/emulated",
            "hbiWorkspace": False,
            "tenantId": TENANT,
            "provisioningState": "Succeeded",
            "creationTime": MADE,
            "workspaceId": str(one.id),
            "discoveryUrl": f"https://{host}/discovery",
            "mlFlowTrackingUri": f"azureml://{host}/mlflow/v1.0{one.scope}",
            "publicNetworkAccess": "Enabled",
            "v1LegacyMode": False,
        },
        "systemData": {"createdAt": MADE, "createdBy": "emulator", "createdByType": "Application"},
    }


def metadata() -> Response:
    """The endpoints of the public cloud, for whoever asks. `/metadata/endpoints?api-version=2019-05-01`"""
    cloud = {
        "name": "AzureCloud",
        "portal": "https://portal.azure.com",
        "authentication": {
            "loginEndpoint": f"https://{LOGIN}/",
            "audiences": ["https://management.core.windows.net/", f"https://{ARM}/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "resourceManager": f"https://{ARM}/",
        "graph": "https://graph.windows.net/",
        "graphAudience": "https://graph.windows.net/",
        "media": "https://rest.media.azure.net",
        "batch": "https://batch.core.windows.net/",
        "gallery": "https://gallery.azure.com/",
        "sqlManagement": "https://management.core.windows.net:8443/",
        "vmImageAliasDoc": "https://raw.githubusercontent.com/Azure/azure-rest-api-specs/master/arm-compute/quickstart-templates/aliases.json",
        "activeDirectoryDataLake": "https://datalake.azure.net/",
        "suffixes": {
            "storage": BLOBS.removeprefix(".blob."),
            "keyVaultDns": "vault.azure.net",
            "sqlServerHostname": "database.windows.net",
            "azureDataLakeStoreFileSystem": "azuredatalakestore.net",
            "azureDataLakeAnalyticsCatalogAndJob": "azuredatalakeanalytics.net",
            "acrLoginServer": "azurecr.io",
        },
    }
    return answered([cloud])
