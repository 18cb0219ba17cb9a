"""Asks the emulator as a client would, with nothing between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import requests

from tracklayer.emulators.databricks import HOST, DatabricksEmulator


@dataclass
class Answer:
    """What came back."""

    status: int
    content: Any
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> Any:
        return self.content["error_code"]


class Asker:
    """`host`: which workspace; a request to a loopback address is for the first one too."""

    def __init__(self, emulator: DatabricksEmulator, host: str = HOST, token: str | None = None) -> None:
        self.emulator = emulator
        self.host = host
        self.token = emulator.account.token(host) if token is None else token

    def at(self, host: str) -> Asker:
        """Another workspace."""
        return Asker(self.emulator, host)

    def by(self, token: str) -> Asker:
        """With another token; empty for none."""
        return Asker(self.emulator, self.host, token)

    def __call__(self, method: str, path: str, /, **content: Any) -> Answer:
        """A call of the API. `content`: the query of a GET, the JSON of a POST."""
        given = {"params": content} if method == "GET" else {"json": content}
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.raw(method, f"/api/2.0/{path}", headers, **given)

    def raw(self, method: str, path: str, headers: Mapping[str, str] | None = None, **given: Any) -> Answer:
        """Any request."""
        url = path if "://" in path else f"{self.emulator.url}{path}"
        with requests.Session() as session:
            session.trust_env = False
            named = {"Host": self.host, **(headers or {})} if "://" not in path else dict(headers or {})
            answer = session.request(method, url, headers=named, timeout=120, **given)
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        return Answer(answer.status_code, answer.json() if is_json else None, answer.headers, answer.content)

    def experiment(self, **content: Any) -> str:
        """The id of a new experiment."""
        name = f"/Shared/e-{uuid4().hex[:12]}"
        return str(self("POST", "mlflow/experiments/create", **{"name": name, **content}).content["experiment_id"])

    def run(self, **content: Any) -> str:
        """The id of a new run, in an experiment of its own."""
        made = self("POST", "mlflow/runs/create", experiment_id=self.experiment(), **content)
        return str(made.content["run"]["info"]["run_id"])
