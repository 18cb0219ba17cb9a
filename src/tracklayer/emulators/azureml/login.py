"""The host login.microsoftonline.com: discovery, keys, and tokens for the account's secret.

* https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
* There is one tenant, one account and one secret; no other grant than `client_credentials`.
"""

from __future__ import annotations

import secrets
from urllib.parse import parse_qsl

from tracklayer.emulators.azureml.errors import AzureError, answered
from tracklayer.emulators.azureml.identity import ISSUER, SECRET, Identity
from tracklayer.emulators.azureml.knobs import Knobs
from tracklayer.emulators.azureml.names import CLIENT, LOGIN, LOGINS, TENANT
from tracklayer.emulators.serving import Request, Response

_AUTHORITY = f"https://{LOGIN}/{TENANT}"
#: What may stand where the tenant stands.
_ANY = {"common", "organizations"}
_OPERATIONS = {
    "v2.0/.well-known/openid-configuration": "openid-configuration",
    ".well-known/openid-configuration": "openid-configuration",
    "discovery/v2.0/keys": "keys",
    "discovery/keys": "keys",
    "discovery/instance": "instance",
    "oauth2/v2.0/token": "token",
    "oauth2/token": "token",
}


def named(request: Request) -> str:
    """The operation."""
    return _OPERATIONS.get(request.path.lstrip("/").partition("/")[2], "unknown")


def respond(request: Request, operation: str, identity: Identity, knobs: Knobs) -> Response:
    """The answer. `AzureError`."""
    tenant = request.path.lstrip("/").partition("/")[0].lower()
    if operation == "instance":
        return answered(
            {
                "tenant_discovery_endpoint": f"{_AUTHORITY}/v2.0/.well-known/openid-configuration",
                "api-version": "1.1",
                "metadata": [
                    {"preferred_network": LOGIN, "preferred_cache": "login.windows.net", "aliases": [*LOGINS]}
                ],
            }
        )
    if tenant != TENANT and tenant not in _ANY:
        message = (
            f"AADSTS90002: Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are "
            "signing into the correct cloud. Check with your subscription administrator, this may happen if there are "
            "no active subscriptions for the tenant."
        )
        raise AzureError(400, "invalid_tenant", message)
    if operation == "openid-configuration":
        return answered(_configuration())
    if operation == "keys":
        return answered(identity.keys())
    if operation == "token":
        return _granted(dict(parse_qsl(request.body.decode("utf-8", "replace"))), identity, knobs)
    raise AzureError(404, "invalid_request", f"AADSTS90015: {request.path} is not served by tracklayer's emulator.")


def _configuration() -> dict[str, object]:
    return {
        "issuer": ISSUER,
        "authorization_endpoint": f"{_AUTHORITY}/oauth2/v2.0/authorize",
        "token_endpoint": f"{_AUTHORITY}/oauth2/v2.0/token",
        "device_authorization_endpoint": f"{_AUTHORITY}/oauth2/v2.0/devicecode",
        "jwks_uri": f"{_AUTHORITY}/discovery/v2.0/keys",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "tenant_region_scope": None,
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
    }


def _granted(form: dict[str, str], identity: Identity, knobs: Knobs) -> Response:
    if form.get("grant_type") != "client_credentials":
        message = f"AADSTS70003: The app requested an unsupported grant type '{form.get('grant_type', '')}'."
        raise AzureError(400, "unsupported_grant_type", message)
    if form.get("client_id") != CLIENT:
        message = (
            f"AADSTS700016: Application with identifier '{form.get('client_id', '')}' was not found in the directory "
            "'emulator'. This can happen if the application has not been installed by the administrator of the tenant."
        )
        raise AzureError(400, "unauthorized_client", message)
    if not secrets.compare_digest(form.get("client_secret", ""), SECRET):
        message = (
            "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client "
            f"secret value, not the client secret ID, for a secret added to app '{CLIENT}'."
        )
        raise AzureError(401, "invalid_client", message)
    scope = form.get("scope", "")
    resource = scope.removesuffix("/.default") if scope.endswith("/.default") else form.get("resource", "")
    if not resource:
        message = (
            f"AADSTS1002012: The provided value for scope {scope} is not valid. Client credential flows must have a "
            "scope value with /.default suffixed to the resource identifier (application ID URI)."
        )
        raise AzureError(400, "invalid_scope", message)
    left = max(0, int(knobs.token_lifetime))
    token = identity.token(resource)
    return answered({"token_type": "Bearer", "expires_in": left, "ext_expires_in": left, "access_token": token})
