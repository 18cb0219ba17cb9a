"""Who is let in: by a token of this tenant, for this service, that is still good; and a job by its own."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
import requests
from tests.emulators.azureml.asking import MANAGEMENT, Azure, message_of, scope

from tracklayer.emulators.azureml.names import GROUP, SUBSCRIPTION, WORKSPACE, Workspace

STORE = "https://storage.azure.com"
HERE = Workspace(SUBSCRIPTION, GROUP, WORKSPACE)


def of_the_tracker(azure: Azure, token: str) -> requests.Response:
    return azure.track("nothing/here", token=token)


def of_history(azure: Azure, token: str) -> requests.Response:
    return azure.history("e", "r", "artifacts", token=token)


def of_arm(azure: Azure, token: str) -> requests.Response:
    return azure.ask("management.azure.com", f"{scope()}?api-version=2024-10-01", token=token)


def of_blobs(azure: Azure, token: str) -> requests.Response:
    return azure.ask(
        "blobstore.blob.core.windows.net", "/?comp=list", token=token, headers={"x-ms-version": "2024-11-04"}
    )


BAD: dict[str, Callable[[Azure, str], str]] = {
    "nobody's": lambda azure, resource: unsigned(azure.emulator.identity.token(resource)),
    "expired": lambda azure, resource: azure.emulator.identity.token(resource, lifetime=-1),
    "of another tenant": lambda azure, resource: azure.emulator.identity.token(resource, tenant="someone-elses"),
    "for another resource": lambda azure, _: azure.emulator.identity.token("https://graph.microsoft.com"),
    "no token at all": lambda _azure, _: "Zm9v",
}


def unsigned(token: str) -> str:
    """The same, as somebody else would sign it."""
    head, claims, signature = token.split(".")
    whole = json.loads(base64.urlsafe_b64decode(claims + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**whole, "oid": "me"}).encode()).rstrip(b"=").decode()
    return f"{head}.{forged}.{signature}"


@pytest.mark.parametrize("why", BAD)
@pytest.mark.parametrize("asked", [of_the_tracker, of_history, of_arm], ids=["tracker", "history", "arm"])
def test_a_bad_token_opens_nothing(azure: Azure, why: str, asked: Callable[[Azure, str], requests.Response]) -> None:
    answer = asked(azure, BAD[why](azure, MANAGEMENT))
    assert answer.status_code == 401
    error = answer.json()["error"]
    if asked is of_arm:
        assert error["code"].endswith(("AuthenticationToken", "Tenant", "Audience"))
        assert "invalid_token" in answer.headers["WWW-Authenticate"]
    else:
        assert (error["code"], error["innerError"]["code"]) == ("UserError", "AuthorizationError")


@pytest.mark.parametrize("why", BAD)
def test_nor_does_it_open_blobs(azure: Azure, why: str) -> None:
    answer = of_blobs(azure, BAD[why](azure, STORE))
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (401, "InvalidAuthenticationInfo")


def test_without_a_token_it_says_so_as_the_service_does(azure: Azure) -> None:
    answer = of_the_tracker(azure, "")
    content = answer.json()
    assert (answer.status_code, content["error"]["message"]) == (401, "Bearer token not provided.")
    assert {"correlation", "environment", "location", "time", "componentName"} < set(content)
    assert "error_code" not in content


def test_what_was_revoked_is_good_no_more(azure: Azure) -> None:
    token = azure.emulator.identity.token(MANAGEMENT)
    assert of_arm(azure, token).status_code == 200
    azure.emulator.identity.revoke()
    assert of_arm(azure, token).status_code == 401
    assert of_arm(azure, azure.emulator.identity.token(MANAGEMENT)).status_code == 200


def test_each_service_takes_its_own_audience(azure: Azure) -> None:
    tokens = azure.emulator.identity
    assert of_blobs(azure, tokens.token(STORE)).status_code == 200
    assert of_blobs(azure, tokens.token(MANAGEMENT)).status_code == 401
    assert of_arm(azure, tokens.token(STORE)).status_code == 401
    assert of_arm(azure, tokens.token("https://management.core.windows.net/")).status_code == 200
    assert of_the_tracker(azure, tokens.token("https://ml.azure.com")).status_code == 404


def test_a_job_s_token_opens_its_own_workspace_only(azure: Azure) -> None:
    token = azure.emulator.identity.job_token(HERE, "run")
    assert of_the_tracker(azure, token).status_code == 404
    assert of_arm(azure, token).status_code == 401
    other = azure.track("nothing/here", workspace="another", token=token)
    assert (other.status_code, "not authorized" in message_of(other)) == (403, True)
    assert of_the_tracker(azure, azure.emulator.identity.job_token(HERE, "run", lifetime=-1)).status_code == 401


def test_without_a_role_there_is_no_way_in(azure: Azure) -> None:
    azure.emulator.tune(denied=("*/denied",))
    assert azure.track("nothing/here", workspace="denied").status_code == 403
    answer = azure.ask("management.azure.com", f"{scope('denied')}?api-version=2024-10-01")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "AuthorizationFailed")


def test_tokens_may_be_let_be(azure: Azure) -> None:
    azure.emulator.tune(tokens=False)
    assert of_arm(azure, "").status_code == 200
