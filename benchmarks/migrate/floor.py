"""What the servers' own processor time allows: what a call costs them, and how many calls any tool must make."""

from __future__ import annotations

import os
from collections.abc import Callable
from math import ceil
from typing import Any

import requests
from benchmarks.migrate.servers import Server
from benchmarks.migrate.size import Size

#: How often a call is made to see what it costs.
CALLS = 15
RUNS_A_PAGE = 1_000


def costs(server: Server, experiment: str, size: Size) -> dict[str, float]:
    """Milliseconds of the server's processor that a call takes, by its kind; at this size, one call after the other."""
    caller = _Caller(server.url, experiment, size)
    found = {}
    for kind, call in caller.calls().items():
        began = server.cpu()
        for number in range(CALLS):
            call(number)
        found[kind] = (server.cpu() - began) / CALLS * 1e3
    began = server.cpu()
    caller.page(min(RUNS_A_PAGE, size.runs))
    return found | {"POST runs/search, whole runs": (server.cpu() - began) * 1e3}


def floor(cost: dict[str, float], size: Size) -> dict[str, float]:
    """Seconds of the servers' processor time that no tool gets below, to read and to write by MLflow's public API.

    * Reading: the runs in pages, the history of each metric, a list of files and each file.
    * Writing: a run made, its params, its points in full batches, its files, its status.
    """
    pages = ceil(size.runs / RUNS_A_PAGE) * cost["POST runs/search, whole runs"]
    reading = cost["GET files"] + size.metrics * cost["GET metrics/get-history"] + size.files * cost["GET file"]
    writing = cost["POST runs/create"] + cost["POST runs/log-batch, params"] + cost["POST runs/update"]
    writing += size.batches * cost["POST runs/log-batch, points"] + size.files * cost["PUT file"]
    read = (pages + size.runs * reading) / 1e3
    return {"reading": read, "writing": size.runs * writing / 1e3}


def shortest(seconds: dict[str, float], cores: int, workers: int, *, check: bool) -> float:
    """Seconds of wall time: a worker of a server has a core at most, and all together have the machine's cores.

    `check`: to verify, both sides are read once more.
    """
    source = seconds["reading"] * (2 if check else 1)
    target = seconds["writing"] + (seconds["reading"] if check else 0)
    return max(target / workers, source / workers, (target + source) / cores)


class _Caller:
    """Makes the calls, each with a run of its own where it writes."""

    def __init__(self, url: str, experiment: str, size: Size) -> None:
        self._session, self._api, self._size = requests.Session(), f"{url}/api/2.0", size
        self._session.trust_env = False
        home = self._get("experiments/get-by-name", experiment_name=experiment)
        self._home = home["experiment"]["experiment_id"]
        self._scratch = self._post("experiments/create", {"name": f"{experiment}-costs"})["experiment_id"]
        self._full = self.page(1)["runs"][0]["info"]["run_id"]
        self._made: list[str] = []
        self._data = os.urandom(size.bytes)

    def calls(self) -> dict[str, Callable[[int], object]]:
        """By kind; each takes the number of the call."""
        token = "tags.`tracklayer.token` = 'none'"
        return {
            "POST runs/create": self._create,
            "POST runs/log-batch, params": self._params,
            "POST runs/log-batch, points": self._points,
            "POST runs/update": lambda call: self._post("runs/update", self._ended(call)),
            "PUT file": lambda call: _ok(self._session.put(self._file(call), data=self._data)),
            "GET file": lambda call: _ok(self._session.get(self._file(call))),
            "GET files": lambda call: _ok(self._session.get(**self._files(call))),
            "GET runs/get": lambda _: self._get("runs/get", run_id=self._full),
            "GET metrics/get-history": lambda _: self._get(
                "metrics/get-history", run_id=self._full, metric_key="metric-0", max_results="25000"
            ),
            "POST runs/search, by a tag": lambda _: self._post(
                "runs/search", {"experiment_ids": [self._home], "filter": token, "max_results": 5}
            ),
        }

    def page(self, runs: int) -> Any:
        """So many runs, whole."""
        return self._post("runs/search", {"experiment_ids": [self._home], "max_results": runs})

    def _create(self, _: int) -> None:
        body = {"experiment_id": self._scratch, "start_time": 1, "tags": [{"key": "a", "value": "b"}]}
        self._made.append(self._post("runs/create", body)["run"]["info"]["run_id"])

    def _params(self, call: int) -> None:
        pairs = [{"key": f"param-{each}", "value": f"value {each}"} for each in range(self._size.params)]
        self._post("runs/log-batch", {"run_id": self._made[call], "params": pairs})

    def _points(self, call: int) -> None:
        size = self._size
        rows = [
            {"key": f"m{each % size.metrics}", "value": each / 7, "timestamp": 1_700_000_000_000 + each, "step": each}
            for each in range(ceil(size.metrics * size.steps / max(1, size.batches)))
        ]
        self._post("runs/log-batch", {"run_id": self._made[call], "metrics": rows})

    def _ended(self, call: int) -> object:
        return {"run_id": self._made[call], "status": "FINISHED", "end_time": 5}

    def _files(self, call: int) -> dict[str, Any]:
        path = f"{self._scratch}/{self._made[call]}/artifacts"
        return {"url": f"{self._api}/mlflow-artifacts/artifacts", "params": {"path": path}}

    def _file(self, call: int) -> str:
        return f"{self._api}/mlflow-artifacts/artifacts/{self._scratch}/{self._made[call]}/artifacts/file"

    def _post(self, path: str, body: object) -> Any:
        return _ok(self._session.post(f"{self._api}/mlflow/{path}", json=body)).json()

    def _get(self, path: str, **query: str) -> Any:
        return _ok(self._session.get(f"{self._api}/mlflow/{path}", params=query)).json()


def _ok(answer: requests.Response) -> requests.Response:
    answer.raise_for_status()
    return answer
