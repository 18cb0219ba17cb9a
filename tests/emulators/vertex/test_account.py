from __future__ import annotations

import json
import stat
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from google.auth import jwt
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import service_account
from tests.emulators.vertex.wire import Wire

from tracklayer.emulators.vertex import PROJECT, VertexEmulator

CLOUD = "https://www.googleapis.com/auth/cloud-platform"
#: None of them has types.
CREDENTIALS: Any = service_account.Credentials
SESSION: Any = AuthorizedSession
ENCODE: Any = jwt.encode
REAL = "us-central1-aiplatform.googleapis.com"


@pytest.fixture
def account(emulator: VertexEmulator) -> Any:
    """The account in another universe: its credentials ask nobody in the background where it may be used."""
    about = json.loads(Path(emulator.account).read_text("utf-8"))
    return CREDENTIALS.from_service_account_info({**about, "universe_domain": "emulator.test"})


def signed(account: Any, **claims: Any) -> str:
    now = int(time.time())
    base = {"iss": account.signer_email, "sub": account.signer_email, "iat": now, "exp": now + 3600}
    return str(ENCODE(account.signer, {**base, **claims}).decode())


def asked(wire: Wire, token: str | None, host: str = REAL, path: str = "") -> tuple[int, str]:
    """(HTTP status, the error's reason or status)."""
    headers = {"Host": host} | ({} if token is None else {"Authorization": f"Bearer {token}"})
    answer = wire.session.get(
        f"{wire.emulator.url}{path or f'/v1/{wire.location}/tensorboards'}", headers=headers, timeout=30
    )
    error = answer.json().get("error", {})
    return answer.status_code, next((one["reason"] for one in error.get("details", [])), error.get("status", ""))


def test_the_account_is_a_file_of_its_owner_only(emulator: VertexEmulator) -> None:
    path = Path(emulator.environment()["GOOGLE_APPLICATION_CREDENTIALS"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert json.loads(path.read_text("utf-8"))["project_id"] == PROJECT


def test_a_token_is_demanded_by_a_real_host_name_only(wire: Wire) -> None:
    assert asked(wire, None) == (401, "CREDENTIALS_MISSING")
    assert asked(wire, None, host="127.0.0.1") == (200, "")
    wire.emulator.tune(anonymous=False)
    assert asked(wire, None, host="127.0.0.1") == (401, "CREDENTIALS_MISSING")
    wire.emulator.tune(tokens=False)
    assert asked(wire, None) == (200, "")


@pytest.mark.parametrize("audience", [f"https://{REAL}/", "https://aiplatform.googleapis.com/", "http://127.0.0.1:1/"])
def test_a_jwt_of_the_account_for_the_service_is_good(wire: Wire, account: Any, audience: str) -> None:
    assert asked(wire, signed(account, aud=audience)) == (200, "")


def test_a_jwt_with_a_scope_needs_no_audience(wire: Wire, account: Any) -> None:
    assert asked(wire, signed(account, scope=f"email {CLOUD}")) == (200, "")
    assert asked(wire, signed(account, scope="email")) == (403, "PERMISSION_DENIED")


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://storage.googleapis.com/"},
        {"aud": "https://evil.test/"},
        {},
        {"aud": f"https://{REAL}/", "iss": "somebody@else"},
        {"aud": f"https://{REAL}/", "iat": 1, "exp": 3601},
        {"aud": f"https://{REAL}/", "exp": int(time.time()) + 10_000},
    ],
    ids=["other-service", "other-host", "no-audience", "other-issuer", "expired", "too-long"],
)
def test_another_jwt_is_refused(wire: Wire, account: Any, claims: dict[str, Any]) -> None:
    assert asked(wire, signed(account, **claims)) == (401, "ACCESS_TOKEN_TYPE_UNSUPPORTED")


def test_a_jwt_of_another_key_is_refused_on_loopback_too(wire: Wire, account: Any) -> None:
    head, claims, signature = signed(account, aud=f"https://{REAL}/").split(".")
    forged = f"{head}.{claims}.{signature[:-8]}AAAAAAAA"
    for token in (forged, "made-up", ""):
        assert asked(wire, token, host="127.0.0.1") == (401, "ACCESS_TOKEN_TYPE_UNSUPPORTED")
    answer = wire.session.get(
        f"{wire.emulator.url}/v1/{wire.location}/tensorboards", headers={"Authorization": "Basic eDp5"}, timeout=30
    )
    assert answer.status_code == 401


def test_storage_takes_its_own_scopes(wire: Wire, account: Any) -> None:
    token = signed(account, scope="https://www.googleapis.com/auth/devstorage.read_only")
    path = "/storage/v1/b/tracklayer-emulator"
    assert asked(wire, token, host="storage.googleapis.com", path=path) == (200, "")
    assert asked(wire, token) == (403, "PERMISSION_DENIED")
    refused = wire.session.get(wire.emulator.url + path, headers={"Host": "storage.googleapis.com"}, timeout=30)
    assert refused.status_code == 401
    assert refused.json()["error"]["errors"][0]["reason"] == "authError"


def test_the_token_endpoint_gives_access_tokens(wire: Wire) -> None:
    scoped = CREDENTIALS.from_service_account_file(wire.emulator.account, scopes=[CLOUD])
    with requests.Session() as session:
        session.trust_env = False
        scoped.refresh(Request(session))
    assert scoped.token.startswith("ya29.emulator-")
    assert asked(wire, scoped.token) == (200, "")
    assert wire.emulator.calls.count("token", "oauth2") == 1


def test_googles_own_session_comes_in(wire: Wire, account: Any) -> None:
    signing = account.with_always_use_jwt_access(True)
    with SESSION(signing, default_host="aiplatform.googleapis.com") as session:
        session.trust_env = False
        wire.emulator.tune(anonymous=False)
        answer = session.get(f"{wire.emulator.url}/v1/{wire.location}/tensorboards", timeout=30)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"assertion": "made-up"}, "invalid_grant"),
        ({"assertion": {"aud": "https://evil.test/", "scope": CLOUD}}, "invalid_grant"),
        ({"assertion": {"aud": "https://oauth2.googleapis.com/token"}}, "invalid_scope"),
    ],
    ids=["grant", "assertion", "audience", "scope"],
)
def test_the_token_endpoint_says_what_is_wrong(wire: Wire, account: Any, form: dict[str, Any], error: str) -> None:
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", **form}
    if isinstance(form.get("assertion"), dict):
        form["assertion"] = signed(account, **form["assertion"])
    answer = wire.session.post(f"{wire.emulator.url}/token", data=form, timeout=30)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_neighbours_tell_projects_and_places(wire: Wire, account: Any) -> None:
    token = signed(account, scope=CLOUD)
    headers = {"Authorization": f"Bearer {token}"}
    project = wire.session.get(f"{wire.emulator.url}/v3/projects/123456789012", headers=headers, timeout=30).json()
    assert (project["projectId"], project["name"]) == (PROJECT, "projects/123456789012")
    path = f"/v1/projects/-/serviceAccounts/{account.signer_email}/allowedLocations"
    headers["Host"] = "iamcredentials.googleapis.com"
    places = wire.session.get(wire.emulator.url + path, headers=headers, timeout=30).json()
    assert places == {"locations": [], "encodedLocations": "0x0"}
    answer = wire.session.get(f"{wire.emulator.url}/v1/x", headers=headers, timeout=30)
    assert answer.status_code == 501
