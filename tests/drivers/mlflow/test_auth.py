from __future__ import annotations

import base64
from pathlib import Path

import pytest
from contract_tests.servers.recorder import Recorder
from requests import PreparedRequest
from requests.auth import AuthBase

from tracklayer.drivers.mlflow import MlflowDriver
from tracklayer.drivers.mlflow.auth import BasicAuth, BearerAuth, NoAuth
from tracklayer.drivers.mlflow.config import PASSWORD, TOKEN, USERNAME
from tracklayer.drivers.mlflow.rest import Rest
from tracklayer.errors import Unauthenticated
from tracklayer.model import ExperimentRef

SECRET = "hunter2-is-secret"
BASIC = f"Basic {base64.b64encode(f'ada:{SECRET}'.encode()).decode()}"


def header_of(auth: AuthBase) -> str | None:
    request = PreparedRequest()
    request.prepare(method="GET", url="http://host", headers={}, auth=auth)
    return request.headers.get("Authorization")


def test_each_kind_sends_its_header_and_shows_nothing() -> None:
    assert header_of(NoAuth()) is None
    assert header_of(BasicAuth("ada", SECRET)) == BASIC
    assert header_of(BearerAuth(SECRET)) == f"Bearer {SECRET}"
    assert [repr(auth) for auth in (NoAuth(), BasicAuth("ada", SECRET), BearerAuth(SECRET))] == [
        "NoAuth()",
        "BasicAuth(***)",
        "BearerAuth(***)",
    ]


def test_a_password_may_be_any_text() -> None:
    sent = header_of(BasicAuth("adá", "pä:ss🔑"))
    assert sent is not None
    assert base64.b64decode(sent.removeprefix("Basic ")).decode() == "adá:pä:ss🔑"


@pytest.mark.parametrize(
    ("environment", "demanded"),
    [({USERNAME: "ada", PASSWORD: SECRET}, BASIC), ({TOKEN: SECRET}, f"Bearer {SECRET}")],
)
def test_the_right_credentials_open_a_server(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], demanded: str
) -> None:
    recorder.demand(demanded)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    driver = MlflowDriver.open(recorder.tracklayer_url)
    assert driver.get_experiment("Default").id == "0"
    assert [seen.headers["Authorization"] for seen in recorder.seen] == [demanded]
    driver.close()


@pytest.mark.parametrize("environment", [{}, {TOKEN: "wrong"}, {USERNAME: "ada", PASSWORD: "wrong"}])
def test_wrong_credentials_are_refused_and_not_shown(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    recorder.demand(BASIC)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    driver = MlflowDriver.open(recorder.tracklayer_url)
    with pytest.raises(Unauthenticated, match=r"^mlflow: experiments/get-by-name: You are not authenticated") as caught:
        driver.get_experiment("Default")
    assert not caught.value.retryable
    assert "wrong" not in str(caught.value)
    driver.close()


def test_two_drivers_of_one_process_have_each_their_own(recorder: Recorder) -> None:
    first, second = Rest(recorder.url, BearerAuth("one")), Rest(recorder.url, BasicAuth("ada", "two"))
    for rest in (first, second, first):
        rest.call("GET", "experiments/get", dict, query={"experiment_id": "0"})
    assert [seen.headers["Authorization"].split()[0] for seen in recorder.seen] == ["Bearer", "Basic", "Bearer"]
    first.close()
    second.close()


def test_a_password_in_netrc_is_not_sent(
    driver: MlflowDriver, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login ada password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert driver.get_experiment(ExperimentRef(id="0")).name == "Default"
    assert "Authorization" not in recorder.seen[0].headers


class Fresh(AuthBase):
    """A signature with a number, as clouds sign with a date."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        self.number += 1
        request.headers["Authorization"] = f"Signed {self.number}"
        return request


def test_every_attempt_is_signed_anew(recorder: Recorder) -> None:
    rest = Rest(recorder.url, Fresh())
    for _ in range(3):
        rest.call("GET", "experiments/get", dict, query={"experiment_id": "0"})
    assert [seen.headers["Authorization"] for seen in recorder.seen] == ["Signed 1", "Signed 2", "Signed 3"]
    rest.close()
