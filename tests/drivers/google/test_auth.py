from __future__ import annotations

from typing import Any

import google.auth
import pytest
import requests
from google.auth.credentials import AnonymousCredentials

from tracklayer.drivers.google import GoogleAuth, Identity, Rest
from tracklayer.drivers.google.auth import SCOPE
from tracklayer.emulators.vertex import LOCATION, PROJECT, VertexEmulator
from tracklayer.errors import NotFound, Unauthenticated

STORE = f"projects/{PROJECT}/locations/{LOCATION}/metadataStores/default"


def rest(url: str) -> Rest:
    return Rest(f"{url}/v1", GoogleAuth(Identity()), provider="vertex")


def test_credentials_are_looked_for_at_the_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def default(**given: Any) -> tuple[Any, str]:
        asked.append(given)
        made: Any = AnonymousCredentials
        return made(), PROJECT

    monkeypatch.setattr(google.auth, "default", default)
    identity = Identity()
    assert asked == []
    assert identity.credentials() is identity.credentials()
    assert asked == [{"scopes": [SCOPE]}]


def test_without_credentials_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, emulator: VertexEmulator) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json")
    with pytest.raises(Unauthenticated, match="gcloud auth application-default login"):
        rest(emulator.url).call("GET", STORE, operation="GetMetadataStore")
    assert emulator.calls.count() == 0


class Signed:
    """A service account's credentials, without the lookup that google-auth does beside them at another host."""

    def __init__(self, found: Any) -> None:
        self.found = found

    def with_always_use_jwt_access(self, *, always_use_jwt_access: bool) -> Any:
        made = self.found.with_always_use_jwt_access(always_use_jwt_access)
        made._after_refresh = lambda *_: None
        return made


def test_a_service_account_signs_its_tokens_itself(monkeypatch: pytest.MonkeyPatch, emulator: VertexEmulator) -> None:
    found, _ = google.auth.default(scopes=[SCOPE])
    monkeypatch.setattr(google.auth, "default", lambda **_: (Signed(found), PROJECT))
    emulator.tune(anonymous=False)
    with pytest.raises(NotFound):
        rest(emulator.url).call("GET", STORE, operation="GetMetadataStore")
    assert emulator.calls.counts() == {"aiplatform.GetMetadataStore": 1}
    answer = requests.get(f"{emulator.url}/v1/{STORE}", timeout=10)
    assert answer.status_code == 401
