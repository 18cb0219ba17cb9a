"""Who asks: profiles, the environment, tokens that run out, and nobody at all."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import requests
from tests.drivers.databricks.places import PLACES, opened, rest_of

from tracklayer.drivers.databricks.login import Login, WorkspaceAuth
from tracklayer.emulators.databricks import HOST, DatabricksEmulator
from tracklayer.errors import ProviderError, Unauthenticated, Unavailable
from tracklayer.model import ExperimentRef


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No host, no token, and an empty file of profiles. Its path."""
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN"):
        monkeypatch.delenv(name)
    path = tmp_path / "databrickscfg"
    path.touch()
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(path))
    return path


def who(profile: str | None) -> tuple[str, str]:
    """The host that is asked, and the token that it is asked with."""
    login = Login(profile, "databricks")
    return login.host(), login.headers()["Authorization"].removeprefix("Bearer ")


def test_a_profile_keeps_its_host_and_its_token_whatever_the_environment_says(emulator: DatabricksEmulator) -> None:
    """The environment names the workspace on AWS. The SDK alone would ask it for all profiles."""
    for name, host in PLACES.items():
        assert who(name) == (f"https://{host}", emulator.account.token(host))
    assert who(None) == (f"https://{HOST}", emulator.account.token(HOST))


def test_a_profile_without_credentials_takes_those_of_the_environment(
    nobody: Path, emulator: DatabricksEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = PLACES["azure"]
    nobody.write_text(f"[bare]\nhost = https://{host}\n")
    monkeypatch.setenv("DATABRICKS_HOST", f"https://{HOST}")
    monkeypatch.setenv("DATABRICKS_TOKEN", emulator.account.token(host))
    assert who("bare") == (f"https://{host}", emulator.account.token(host))


def test_the_default_profile_of_the_environment_is_heeded(
    profiles: Path, emulator: DatabricksEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATABRICKS_CONFIG_PROFILE", "google")
    assert profiles.exists()
    assert who(None) == (f"https://{PLACES['google']}", emulator.account.token(PLACES["google"]))


def test_a_service_principal_gets_a_token_and_another_when_it_has_run_out(emulator: DatabricksEmulator) -> None:
    emulator.tune(token_seconds=1)  # the SDK renews what is good for less than half a minute
    rest = rest_of("robot")
    for _ in range(2):
        found = rest.whole("GET", "/api/2.0/preview/scim/v2/Me").json()
        assert found["userName"] == emulator.account.client(PLACES["azure"])[0]
    assert emulator.calls.count("v1/token") == 2
    emulator.tune(ahead=3_600.0)
    with rest.translating("Me"):
        assert rest.whole("GET", "/api/2.0/preview/scim/v2/Me").json()["active"] is True


@pytest.mark.parametrize("answered", ["401", "403"])
def test_a_wrong_token_is_unauthenticated_however_it_is_said(
    nobody: Path, emulator: DatabricksEmulator, answered: str
) -> None:
    emulator.tune(bad_token=answered)
    nobody.write_text(f"[wrong]\nhost = https://{HOST}\ntoken = {emulator.account.token('another')}\n")
    with pytest.raises(Unauthenticated, match="token") as caught:
        opened("databricks://wrong").get_experiment(ExperimentRef(id="1"))
    assert emulator.account.token("another") not in f"{caught.value} {caught.value!r}"


@pytest.mark.parametrize(
    ("text", "url", "said"),
    [
        ("", "databricks://", "cannot configure default credentials"),
        ("", "databricks://team", "has no profile 'team': it has none"),
        ("[a]\n[__settings__]\n", "databricks://team", "it has a"),
        ("[team]\nhost = https://HOST\n", "databricks://team", "cannot configure default credentials"),
        ("[team]\nhost = https://HOST\nauth_type = external-browser\n", "databricks://team", "would open a browser"),
        ("[team]\nhost = http://HOST\ntoken = dapi0\n", "databricks://team", "not sent to http://"),
        ("[team]\ntoken = dapi0\n", "databricks://team", "host"),
        ("[team]\nhost = https://HOST\ntoken\n", "databricks://team", "cannot be read"),
    ],
    ids=["nothing", "no profile", "another", "no token", "browser", "in clear", "no host", "broken"],
)
def test_without_credentials_there_is_one_clear_error_and_nobody_is_asked(
    nobody: Path, emulator: DatabricksEmulator, text: str, url: str, said: str
) -> None:
    nobody.write_text(text.replace("HOST", HOST))
    driver = opened(url)
    with pytest.raises(Unauthenticated, match=said) as caught:
        driver.list_experiments()
    assert "\n" not in str(caught.value)
    assert "dapi0" not in str(caught.value)
    assert emulator.calls.count() == emulator.calls.count("databricks-config")


def test_a_workspace_that_cannot_be_reached_is_unavailable_and_not_unauthenticated(
    nobody: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, logger="databricks.sdk")
    monkeypatch.setattr("tracklayer.drivers.databricks.login.TRIES", 1)
    nobody.write_text("[gone]\nhost = http://127.0.0.1:9\nclient_id = a\nclient_secret = dose0\n")
    with pytest.raises(ProviderError) as caught:
        opened("databricks://gone").list_experiments()
    assert isinstance(caught.value, Unavailable)
    assert caught.value.retryable
    assert "dose0" not in str(caught.value)


def test_a_token_goes_to_its_workspace_only_and_shows_nowhere(emulator: DatabricksEmulator) -> None:
    auth = WorkspaceAuth(Login("aws", "databricks"))
    for url, goes in (
        (f"https://{HOST}/x", True),
        (f"https://{PLACES['azure']}/x", False),
        (f"http://{HOST}:81/x", False),
    ):
        request = requests.Request("GET", url, auth=auth).prepare()
        assert ("Authorization" in request.headers) is goes
    assert emulator.account.token(HOST) not in repr(auth)
