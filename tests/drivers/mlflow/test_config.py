from __future__ import annotations

import pytest

from tracklayer.drivers.mlflow import MlflowDriver
from tracklayer.drivers.mlflow.auth import BasicAuth, BearerAuth, NoAuth
from tracklayer.drivers.mlflow.config import PASSWORD, TOKEN, USERNAME, MlflowConfig
from tracklayer.errors import InvalidInput

URL = "mlflow+http://host:5000"
SECRET = "hunter2-is-secret"


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("mlflow+http://host", "http://host"),
        ("mlflow+http://host/", "http://host"),
        ("mlflow+http://host:5000", "http://host:5000"),
        ("mlflow+https://host/a/prefix/", "https://host/a/prefix"),
        ("MLFLOW+HTTPS://Host:8443/Prefix", "https://host:8443/Prefix"),
        ("mlflow+http://[::1]:5000", "http://[::1]:5000"),
        ("mlflow+http://127.0.0.1:5000", "http://127.0.0.1:5000"),
    ],
)
def test_a_url_names_a_server(url: str, base: str) -> None:
    config = MlflowConfig.read(url, {})
    assert config.base == base
    assert config.url == f"mlflow+{base}"
    assert MlflowConfig.read(config.url, {}) == config


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mlflow+http:", "not an MLflow server's URL"),
        ("mlflow+http://", "not an MLflow server's URL"),
        ("mlflow+http:///prefix", "not an MLflow server's URL"),
        ("http://host", "not an MLflow server's URL"),
        ("local:x", "not an MLflow server's URL"),
        ("mlflow+http://host:port", "not an MLflow server's URL"),
        ("mlflow+http://host:70000", "not an MLflow server's URL"),
        ("mlflow+http://[::1", "not an MLflow server's URL"),
        ("mlflow+http://host?a=b", "takes no"),
        ("mlflow+http://host#run", "takes no"),
        (f"mlflow+http://user:{SECRET}@host", "credentials do not belong in a URL"),
    ],
)
def test_a_wrong_url_is_refused_and_says_what_to_write(url: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as caught:
        MlflowDriver.open(url)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({}, NoAuth),
        ({USERNAME: "ada", PASSWORD: SECRET}, BasicAuth),
        ({TOKEN: SECRET}, BearerAuth),
        ({USERNAME: "ada", PASSWORD: SECRET, TOKEN: "other"}, BasicAuth),
        ({USERNAME: "", PASSWORD: "", TOKEN: ""}, NoAuth),
    ],
)
def test_credentials_come_from_the_environment(environment: dict[str, str], kind: type) -> None:
    config = MlflowConfig.read(URL, environment)
    assert type(config.auth()) is kind
    for shown in (repr(config), str(config), repr(config.auth()), config.model_dump_json()):
        assert SECRET not in shown


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({USERNAME: "ada"}, f"{USERNAME} is set and {PASSWORD} is not"),
        ({PASSWORD: SECRET}, f"{PASSWORD} is set and {USERNAME} is not"),
        ({USERNAME: "ada:lovelace", PASSWORD: SECRET}, f"{USERNAME} holds a ':'"),
        ({TOKEN: f"{SECRET}\n"}, f"{TOKEN} holds something else"),
        ({TOKEN: f"{SECRET} {SECRET}"}, f"{TOKEN} holds something else"),
        ({TOKEN: f"{SECRET}é"}, f"{TOKEN} holds something else"),
    ],
)
def test_wrong_credentials_are_named_and_never_shown(environment: dict[str, str], says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as caught:
        MlflowConfig.read(URL, environment)
    assert SECRET not in str(caught.value)


def test_credentials_are_read_when_a_driver_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    first = MlflowConfig.read(URL)
    monkeypatch.setenv(TOKEN, SECRET)
    second = MlflowConfig.read(URL)
    assert isinstance(first.auth(), NoAuth)
    assert isinstance(second.auth(), BearerAuth)
