"""Tokens and logins: of one workspace each, and for a while."""

from __future__ import annotations

import base64

import pytest
from tests.emulators.databricks.asking import Answer, Asker

from tracklayer.emulators.databricks import HOST, USER

OTHER = "adb-1.2.azuredatabricks.net"
ME = "preview/scim/v2/Me"


def test_a_token_is_good_in_its_own_workspace_only(ask: Asker) -> None:
    assert ask("GET", ME).content["userName"] == USER
    assert ask.by("")("GET", ME).status == 401
    refused = ask.at(OTHER).by(ask.token)("GET", ME)
    assert (refused.status, refused.code) == (403, 403)
    ask.emulator.tune(bad_token="401")
    assert ask.by("dapi0")("GET", ME).status == 401


def test_a_service_principal_logs_in_and_its_token_runs_out(ask: Asker) -> None:
    where = ask.raw("GET", "/.well-known/databricks-config").content
    assert where["oidc_endpoint"] == f"https://{HOST}/oidc"
    found = ask.raw("GET", "/oidc/.well-known/oauth-authorization-server").content
    assert found["token_endpoint"] == f"https://{HOST}/oidc/v1/token"
    name, secret = ask.emulator.account.client(HOST)
    assert login(ask, name, "wrong", "client_credentials").status == 401
    assert login(ask, name, secret, "password").status == 400
    token = login(ask, name, secret, "client_credentials").content["access_token"]
    assert ask.by(token)("GET", ME).content["userName"] == name
    assert ask.at(OTHER).by(token)("GET", ME).status == 403
    ask.emulator.tune(ahead=3_601.0)
    assert "expired" in ask.by(token)("GET", ME).content["message"]


def login(ask: Asker, name: str, secret: str, grant: str) -> Answer:
    basic = base64.b64encode(f"{name}:{secret}".encode()).decode()
    form = {"grant_type": grant, "scope": "all-apis"}
    return ask.raw("POST", "/oidc/v1/token", {"Authorization": f"Basic {basic}"}, data=form)


@pytest.mark.parametrize("path", ["mlflow-artifacts/artifacts", "mlflow/model-registry/x", "mlflow/server-info", "x/y"])
def test_what_databricks_does_not_have_is_not_there(ask: Asker, path: str) -> None:
    refused = ask("GET", path)
    assert (refused.status, refused.code) == (404, "ENDPOINT_NOT_FOUND")
