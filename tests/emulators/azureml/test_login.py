"""login.microsoftonline.com: discovery, and tokens for the account's secret and for nothing else."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from tests.emulators.azureml.asking import MANAGEMENT, Azure

from tracklayer.emulators.azureml import TENANT

LOGIN = "login.microsoftonline.com"


def form(azure: Azure, **changes: str) -> dict[str, str]:
    variables = azure.emulator.environment()
    good = {
        "grant_type": "client_credentials",
        "client_id": variables["AZURE_CLIENT_ID"],
        "client_secret": variables["AZURE_CLIENT_SECRET"],
        "scope": f"{MANAGEMENT}/.default",
    }
    return {**good, **changes}


def granted(azure: Azure, tenant: str = TENANT, **changes: str) -> Any:
    return azure.ask(LOGIN, f"/{tenant}/oauth2/v2.0/token", method="POST", token="", data=form(azure, **changes))


def test_its_discovery_leads_to_a_token_that_its_keys_verify(azure: Azure) -> None:
    found = azure.ask(LOGIN, f"/{TENANT}/v2.0/.well-known/openid-configuration", token="").json()
    assert found["token_endpoint"] == f"https://{LOGIN}/{TENANT}/oauth2/v2.0/token"
    answer = granted(azure).json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3599)
    keys = jwt.PyJWKSet.from_dict(azure.ask(LOGIN, f"/{TENANT}/discovery/v2.0/keys", token="").json())
    name = jwt.get_unverified_header(answer["access_token"])["kid"]
    claims = jwt.decode(answer["access_token"], keys[name], ["RS256"], audience=MANAGEMENT)
    assert (claims["tid"], claims["exp"] - claims["iat"] > 3590) == (TENANT, True)


def test_it_knows_its_own_names(azure: Azure) -> None:
    found = azure.ask(LOGIN, "/common/discovery/instance", token="").json()
    assert LOGIN in found["metadata"][0]["aliases"]


@pytest.mark.parametrize(
    ("changes", "status", "error", "number"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_id": "nobody"}, 400, "unauthorized_client", 700016),
        ({"tenant": "00000000-0000-0000-0000-000000000000"}, 400, "invalid_tenant", 90002),
        ({"scope": f"{MANAGEMENT}/read"}, 400, "invalid_scope", 1002012),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}, 400, "unsupported_grant_type", 70003),
    ],
)
def test_it_refuses_all_others(azure: Azure, changes: dict[str, str], status: int, error: str, number: int) -> None:
    answer = granted(azure, **changes)
    content = answer.json()
    assert (answer.status_code, content["error"], content["error_codes"]) == (status, error, [number])
    assert content["error_description"].startswith(f"AADSTS{number}: ")
