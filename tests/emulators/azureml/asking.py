"""An emulator of Azure, asked by plain requests whose Host header says which service is meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import requests

from tracklayer.emulators.azureml import GROUP, REGION, SUBSCRIPTION, WORKSPACE, AzuremlEmulator

MANAGEMENT = "https://management.azure.com"
HOST = f"{REGION}.api.azureml.ms"


def scope(workspace: str = WORKSPACE, group: str = GROUP, subscription: str = SUBSCRIPTION) -> str:
    return (
        f"/subscriptions/{subscription}/resourceGroups/{group}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{workspace}"
    )


def code_of(answer: requests.Response) -> str:
    """MLflow's word for what was refused."""
    return str(answer.json()["error_code"])


def message_of(answer: requests.Response) -> str:
    """What was said, in either of the two shapes."""
    content = answer.json()
    return str(content["Error"]["Message"] if "Error" in content else content["error"]["message"])


@dataclass
class Azure:
    """The emulator, and one who asks it with a good token unless another is given."""

    emulator: AzuremlEmulator
    session: requests.Session

    @classmethod
    @contextmanager
    def of(cls, emulator: AzuremlEmulator) -> Iterator[Azure]:
        with requests.Session() as session:
            session.trust_env = False
            yield cls(emulator, session)

    def ask(
        self,
        host: str,
        path: str,
        *,
        method: str = "GET",
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> requests.Response:
        """`token`: empty for none."""
        good = self.emulator.identity.token(MANAGEMENT) if token is None else token
        sent = {"Host": host, **({"Authorization": f"Bearer {good}"} if good else {}), **(headers or {})}
        return self.session.request(method, self.emulator.url + path, headers=sent, timeout=120, **more)

    def track(
        self,
        call: str,
        content: Mapping[str, Any] | None = None,
        *,
        method: str = "POST",
        workspace: str = WORKSPACE,
        host: str = HOST,
        token: str | None = None,
        prefix: str = "/api/2.0/mlflow/",
    ) -> requests.Response:
        """A call of MLflow's (`runs/create`)."""
        path = f"/mlflow/v2.0{scope(workspace)}{prefix}{call}"
        given: dict[str, Any] = {"params": content} if method == "GET" else {"json": content or {}}
        return self.ask(host, path, method=method, token=token, **given)

    def made(self, call: str, content: Mapping[str, Any], **more: Any) -> Any:
        """What it answers, when all is well."""
        answer = self.track(call, content, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def experiment(self, name: str | None = None, **more: Any) -> str:
        """The GUID of a new one."""
        return str(self.made("experiments/create", {"name": name or f"e-{uuid4().hex}"}, **more)["experiment_id"])

    def run(self, experiment: str | None = None, *, workspace: str = WORKSPACE, **more: Any) -> tuple[str, str]:
        """(experiment, run) of a new run."""
        where = experiment or self.experiment(workspace=workspace)
        content = {"experiment_id": where, "start_time": 1, **more}
        return where, str(self.made("runs/create", content, workspace=workspace)["run"]["info"]["run_id"])

    def shown(self, run: str) -> Any:
        """A run as it is now."""
        return self.made("runs/get", {"run_id": run}, method="GET")["run"]

    def history(
        self, experiment: str, run: str, what: str, *, workspace: str = WORKSPACE, token: str | None = None, **more: Any
    ) -> requests.Response:
        """The history service. `json`: it is a POST."""
        path = f"/history/v1.0{scope(workspace)}/experimentids/{experiment}/runs/{run}/{what}"
        return self.ask(HOST, path, method="POST" if "json" in more else "GET", token=token, **more)

    def registered(self, experiment: str, run: str, *paths: str) -> list[str]:
        """The URLs to write files to."""
        asked = {"paths": [{"path": path} for path in paths]}
        answer = self.history(experiment, run, "artifacts/batch/metadata", json=asked)
        assert answer.status_code == 200, answer.text
        contents = answer.json()["artifactContentInformation"]
        return [contents[path]["contentUri"] for path in paths]

    def blob(self, url: str, method: str = "GET", data: bytes | None = None, **headers: str) -> requests.Response:
        """A request to Blob Storage by such a URL. Names of headers have _ for -."""
        place = urlsplit(url)
        named = {"x-ms-version": "2024-11-04", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if method == "PUT" and "comp=" not in place.query:
            named.setdefault("x-ms-blob-type", "BlockBlob")
        return self.ask(place.netloc, f"{place.path}?{place.query}", method=method, token="", headers=named, data=data)
