"""Tokens: cached, renewed, shared by threads, and never asked of a human."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError

from tracklayer.drivers.azure import PUBLIC, Bearer, Identity
from tracklayer.errors import Unauthenticated, Unavailable

HOUR = 3_600


@dataclass
class Credential:
    """One that gives token after token."""

    lasts: float = HOUR
    asked: list[str] = field(default_factory=list)
    fails: Exception | None = None

    def get_token(self, scope: str) -> Any:
        if self.fails is not None:
            raise self.fails
        self.asked.append(scope)
        return SimpleNamespace(token=f"token-{len(self.asked)}", expires_on=time.time() + self.lasts)


def identity(credential: Any) -> Identity:
    return Identity(PUBLIC, credential, provider="azureml")


def test_a_token_is_asked_for_once_as_long_as_it_lasts() -> None:
    credential = Credential()
    tokens = identity(credential)
    assert {tokens.token() for _ in range(3)} == {"token-1"}
    assert credential.asked == ["https://management.azure.com/.default"]


def test_a_token_is_replaced_before_it_ends() -> None:
    tokens = identity(Credential(lasts=299))
    assert [tokens.token(), tokens.token()] == ["token-1", "token-2"]


def test_threads_ask_once() -> None:
    credential = Credential()
    tokens, given, together = identity(credential), list[str](), threading.Barrier(8)

    def ask() -> None:
        together.wait(timeout=60)
        given.append(tokens.token())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert given == ["token-1"] * 8


def test_a_refused_token_is_replaced_once_by_all_who_had_it() -> None:
    tokens = identity(Credential())
    stale = tokens.token()
    assert [tokens.renewed(stale), tokens.renewed(stale)] == ["token-2", "token-2"]


def test_nothing_shows_a_token() -> None:
    tokens = identity(Credential())
    tokens.token()
    assert "token-1" not in f"{tokens!r} {Bearer(tokens)!r}"


NOBODY = (
    "DefaultAzureCredential failed to retrieve a token from the included credentials.\nAttempted credentials:\n"
    "\tEnvironmentCredential: EnvironmentCredential authentication unavailable.\n\tAzureCliCredential: no CLI"
)
LOGIN = (
    "no credentials for Azure (tried Environment, AzureCli): set AZURE_TENANT_ID, AZURE_CLIENT_ID and"
    " AZURE_CLIENT_SECRET, run `az login`, or give the machine an identity"
)
WRONG = "failed\n\tEnvironmentCredential: Authentication failed: AADSTS7000215: Invalid client secret provided."
UNRESOLVED = (
    "failed\n\tEnvironmentCredential: Authentication failed: HTTPSConnection(host='login.microsoftonline.com',"
    " port=443): Failed to resolve 'login.microsoftonline.com' ([Errno -2] Name or service not known)"
)
PROXY = "failed\n\tX: ('Unable to connect to proxy', NewConnectionError(\"HTTPSConnection(host='127.0.0.1')\"))"


@pytest.mark.parametrize(
    ("said", "kind", "shown"),
    [
        (NOBODY, Unauthenticated, LOGIN),
        (WRONG, Unauthenticated, "no token: AADSTS7000215: Invalid client secret provided."),
        (UNRESOLVED, Unavailable, "cannot reach login.microsoftonline.com for a token"),
        (PROXY, Unavailable, "cannot reach the proxy for a token"),
    ],
    ids=["nobody", "wrong", "unresolved", "proxy"],
)
def test_what_azure_identity_says_in_many_lines_is_one(said: str, kind: type[Exception], shown: str) -> None:
    with pytest.raises(kind) as caught:
        identity(Credential(fails=ClientAuthenticationError(said))).token()
    assert str(caught.value) == f"azureml: credentials: {shown}"


def test_a_variable_that_holds_nonsense_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TENANT_ID": "a/b", "CLIENT_ID": "x", "CLIENT_SECRET": "y"}.items():
        monkeypatch.setenv(f"AZURE_{name}", value)
    with pytest.raises(Unauthenticated, match=r"^azureml: credentials: Invalid tenant ID provided\."):
        identity(None).token()


HEADLESS = """
import sys
from tracklayer.spi import open_driver
from tracklayer.errors import TracklayerError
try:
    open_driver(sys.argv[1]).get_experiment("e")
except TracklayerError as error:
    print(error)
"""


SHORT = "azureml://7e9a11ce-0000-4000-8000-000000000003/group/main"
SCOPE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
OFFICIAL = f"azureml://eastus.api.azureml.ms/mlflow/v1.0{SCOPE}"


@pytest.mark.parametrize("url", [SHORT, OFFICIAL], ids=["short", "official"])
def test_a_headless_process_without_credentials_gets_one_error_and_no_prompt(url: str) -> None:
    """No browser, no code to type in, nothing on the error stream, no request that waits for an answer."""
    nobody = {
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "",
        "PATH": "/nowhere",
    }
    kept = {
        name: text for name, text in os.environ.items() if not name.startswith(("AZURE", "MLFLOW", "IDENTITY", "MSI"))
    }
    done = subprocess.run(
        [sys.executable, "-c", HEADLESS, url],
        env={**kept, **nobody, "DISPLAY": ":0", "BROWSER": "false"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    (line,) = done.stdout.splitlines()
    assert line.startswith("azureml: credentials: no credentials for Azure (tried Environment, ")
    assert line.endswith("or give the machine an identity")
    assert "Browser" not in line
    assert "DeviceCode" not in line


# -- on requests


class Service(BaseHTTPRequestHandler):
    """Takes one token."""

    good = "token-2"
    asked: list[str]

    def do_POST(self) -> None:
        token = self.headers["Authorization"].removeprefix("Bearer ")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append(token)
        self.send_response(200 if token == self.good else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    handler = type("Taking", (Service,), {"asked": asked, "protocol_version": "HTTP/1.1"})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def test_a_request_that_is_refused_goes_once_more_with_a_new_token(service: tuple[str, list[str]]) -> None:
    url, asked = service
    auth = Bearer(identity(Credential()))
    with requests.Session() as session:
        for _ in range(2):
            answer = session.post(url, data=b"whole", auth=auth, timeout=60, stream=True)
            assert (answer.status_code, answer.content) == (200, b"whole")
    assert asked == ["token-1", "token-2", "token-2"]


def test_a_request_is_refused_for_good_when_no_token_helps(service: tuple[str, list[str]]) -> None:
    url, asked = service
    credential = Credential()
    credential.asked += ["before", "before"]  # its first token is the third
    with requests.Session() as session:
        answer = session.post(url, data=b"whole", auth=Bearer(identity(credential)), timeout=60)
    assert answer.status_code == 401
    assert asked == ["token-3", "token-4"]
