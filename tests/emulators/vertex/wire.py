"""A client that knows no Google: requests and JSON."""

from __future__ import annotations

from typing import Any

import requests
from typing_extensions import Self

from tracklayer.emulators.vertex import LOCATION, NUMBER, VertexEmulator


class Refused(Exception):
    """An error of the service."""

    def __init__(self, http: int, status: str, message: str, body: Any) -> None:
        super().__init__(f"{http} {status}: {message}")
        self.http = http
        self.status = status
        self.message = message
        self.body = body


class Wire:
    def __init__(self, emulator: VertexEmulator) -> None:
        self.emulator = emulator
        self.location = f"projects/{NUMBER}/locations/{LOCATION}"
        self.store = f"{self.location}/metadataStores/default"
        self.session = requests.Session()
        self.session.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def ask(self, method: str, path: str, body: Any = None, **parameters: Any) -> Any:
        answer = self.session.request(
            method, f"{self.emulator.url}/v1/{path}", json=body, params=parameters, timeout=30
        )
        if not answer.ok:
            error = answer.json()["error"]
            raise Refused(answer.status_code, error["status"], error["message"], error)
        return answer.json()

    def get(self, path: str, **parameters: Any) -> Any:
        return self.ask("GET", path, **parameters)

    def post(self, path: str, body: Any, **parameters: Any) -> Any:
        return self.ask("POST", path, body, **parameters)

    def patch(self, path: str, body: Any, **parameters: Any) -> Any:
        return self.ask("PATCH", path, body, **parameters)

    def delete(self, path: str, **parameters: Any) -> Any:
        return self.ask("DELETE", path, **parameters)

    def context(self, number: str, **fields: Any) -> Any:
        return self.post(f"{self.store}/contexts", fields, contextId=number)

    def artifact(self, number: str, **fields: Any) -> Any:
        return self.post(f"{self.store}/artifacts", fields, artifactId=number)

    def execution(self, number: str, **fields: Any) -> Any:
        return self.post(f"{self.store}/executions", fields, executionId=number)

    def listed(self, collection: str, **parameters: Any) -> list[str]:
        """The ids of a list, one page."""
        found = self.get(f"{self.store}/{collection}", **parameters).get(collection, [])
        return [one["name"].rpartition("/")[2] for one in found]
