from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests
from google.auth import credentials as auth
from google.cloud import storage

from tracklayer.emulators.emulator import Emulator
from tracklayer.emulators.faults import Fault
from tracklayer.emulators.gcs import Gcs
from tracklayer.emulators.serving import Request, Response
from tracklayer.emulators.vertex import Knobs

BUCKET = "bucket-a"
ANONYMOUS: Any = auth.AnonymousCredentials


class GcsAlone(Emulator):
    """GCS without the service it stands beside: it starts at once."""

    name = "gcs"
    hosts = ("storage.googleapis.com",)

    def __init__(self) -> None:
        super().__init__(Knobs())
        self.moment = 1_800_000_000_000_000_000
        self.gcs = Gcs(lambda: (BUCKET,), lambda: self.moment, owner="1")

    def environment(self) -> Mapping[str, str]:
        return {}

    def named(self, request: Request) -> tuple[str, str]:
        return self.gcs.named(request) if self.gcs.takes(request) else ("nobody", "unknown")

    def refusal(self, service: str, status: int, code: str, message: str) -> Response:  # noqa: ARG002 -- one service
        return self.gcs.refusal(status, code, message)

    def respond(self, request: Request, service: str, operation: str, fault: Fault | None) -> Response:  # noqa: ARG002
        return self.gcs.respond(request, operation)

    def forget(self) -> None:
        self.gcs.forget()


class Http:
    """GCS by its JSON, without Google's client."""

    def __init__(self, emulator: GcsAlone) -> None:
        self.emulator = emulator
        self.session = requests.Session()
        self.session.trust_env = False

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.session.request(method, self.emulator.url + path, timeout=30, **more)

    def put(self, name: str, content: bytes = b"x", **parameters: Any) -> requests.Response:
        path = f"/upload/storage/v1/b/{BUCKET}/o"
        return self.ask("POST", path, data=content, params={"uploadType": "media", "name": name, **parameters})


@pytest.fixture(scope="session")
def running() -> Iterator[GcsAlone]:
    with GcsAlone() as emulator:
        yield emulator


@pytest.fixture
def emulator(running: GcsAlone) -> GcsAlone:
    running.reset()
    return running


@pytest.fixture
def http(emulator: GcsAlone) -> Iterator[Http]:
    http = Http(emulator)
    yield http
    http.session.close()


@pytest.fixture
def client(emulator: GcsAlone) -> Iterator[storage.Client]:
    """Google's own client."""
    client = storage.Client(project="1", credentials=ANONYMOUS(), client_options={"api_endpoint": emulator.url})
    yield client
    client.close()
