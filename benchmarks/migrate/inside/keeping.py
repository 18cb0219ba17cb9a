"""What the stand-in for an MLflow server keeps: experiments, runs and files, in memory, as the API has them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

FILES = "/api/2.0/mlflow-artifacts/artifacts"
API = "/api/2.0/mlflow/"
VERSION = b"3.17.2"
#: What MLflow's client asks once, and remembers: what of the newest servers this one has.
INFO, NOTHING_NEW = "/api/3.0/mlflow/server-info", b'{"workspaces_enabled": false}'
TAKEN = {"error_code": "RESOURCE_ALREADY_EXISTS", "message": "an experiment of that name is there"}

Answer = tuple[int, bytes]


class Metric(msgspec.Struct, gc=False):
    """A point."""

    key: str
    value: float | Literal["NaN"]
    timestamp: int
    step: int = 0


class Batch(msgspec.Struct):
    """The body of log-batch; its points are looked at when they are to be kept."""

    run_id: str
    params: list[dict[str, str]] = []
    tags: list[dict[str, str]] = []
    metrics: msgspec.Raw = msgspec.Raw(b"[]")


class Store:
    """`keep`: keep points; if not, they are counted and thrown away."""

    def __init__(self, *, keep: bool) -> None:
        self.points = 0
        self._keep = keep
        self._experiments: dict[str, dict[str, Any]] = {}
        self._runs: dict[str, dict[str, Any]] = {}
        self._histories: dict[str, dict[str, list[Metric]]] = {}
        self._files: dict[str, bytes] = {}
        self._batches = msgspec.json.Decoder(Batch)
        self._metrics = msgspec.json.Decoder(list[Metric])
        self._calls: dict[str, Callable[[Any], Any]] = {
            "experiments/create": self._create_experiment,
            "experiments/get": lambda asked: {"experiment": self._experiments.get(asked["experiment_id"])},
            "experiments/get-by-name": self._named,
            "experiments/search": lambda _: {"experiments": list(self._experiments.values())},
            "experiments/set-experiment-tag": lambda asked: _set(self._experiments[asked["experiment_id"]], [asked]),
            "runs/create": self._create_run,
            "runs/get": lambda asked: {"run": self._runs.get(asked["run_id"])},
            "runs/search": self._search,
            "runs/update": self._update,
            "runs/set-tag": lambda asked: self._tag(asked["run_id"], [asked]),
            "runs/log-inputs": self._log_inputs,
            "metrics/get-history": self._history,
            "logged-models/search": lambda _: {"models": []},
        }

    def answer(self, method: str, target: str, body: bytes) -> Answer:
        """Status and body."""
        url = urlsplit(target)
        if url.path in {"/version", INFO}:
            return 200, NOTHING_NEW if url.path == INFO else VERSION
        if url.path.startswith(FILES):
            return self._file(method, unquote(url.path.removeprefix(FILES)).strip("/"), url.query, body)
        name = url.path.removeprefix(API)
        if name == "runs/log-batch":
            return self._log_batch(body)
        if name not in self._calls:
            return 404, json.dumps({"error_code": "ENDPOINT_NOT_FOUND", "message": url.path}).encode()
        asked = json.loads(body) if body else {key: values[-1] for key, values in parse_qs(url.query).items()}
        said = self._calls[name](asked)
        if None in said.values():
            return 404, json.dumps({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": name}).encode()
        return 400 if said is TAKEN else 200, msgspec.json.encode(said)

    def _create_experiment(self, asked: Any) -> Any:
        if self._named({"experiment_name": asked["name"]})["experiment"] is not None:
            return TAKEN
        ref = str(len(self._experiments) + 1)
        self._experiments[ref] = {
            "experiment_id": ref, "name": asked["name"], "artifact_location": f"mlflow-artifacts:/{ref}",
            "lifecycle_stage": "active", "tags": asked.get("tags", []), "creation_time": 1, "last_update_time": 1,
        }  # fmt: skip
        return {"experiment_id": ref}

    def _named(self, asked: Any) -> Any:
        found = (one for one in self._experiments.values() if one["name"] == asked["experiment_name"])
        return {"experiment": next(found, None)}

    def _create_run(self, asked: Any) -> Any:
        ref, home = f"{len(self._runs):032x}", asked["experiment_id"]
        name = asked.get("run_name") or "unnamed"
        info = {
            "run_id": ref, "run_uuid": ref, "experiment_id": home, "run_name": name, "status": "RUNNING",
            "user_id": asked.get("user_id", ""), "start_time": asked.get("start_time"), "lifecycle_stage": "active",
            "artifact_uri": f"mlflow-artifacts:/{home}/{ref}/artifacts",
        }  # fmt: skip
        tags = [tag for tag in asked.get("tags", []) if tag["key"] != "mlflow.runName"]
        data = {"metrics": [], "params": [], "tags": [*tags, {"key": "mlflow.runName", "value": name}]}
        self._histories[ref] = {}
        self._runs[ref] = {"info": info, "data": data, "inputs": {"dataset_inputs": []}}
        return {"run": self._runs[ref]}

    def _search(self, asked: Any) -> Any:
        """The runs of a tag's value, or all of the experiments."""
        runs = [run for run in self._runs.values() if run["info"]["experiment_id"] in asked["experiment_ids"]]
        wanted = asked.get("filter") or ""
        if "tags." in wanted:
            runs = [run for run in runs if any(f"'{tag['value']}'" in wanted for tag in run["data"]["tags"])]
        if asked.get("run_view_type") == "DELETED_ONLY":
            runs = []
        if any(order.endswith("DESC") for order in asked.get("order_by") or ["DESC"]):
            runs.reverse()
        return {"runs": runs}

    def _update(self, asked: Any) -> Any:
        info: dict[str, Any] = self._runs[asked.pop("run_id")]["info"]
        info |= asked
        return {"run_info": info}

    def _log_inputs(self, asked: Any) -> Any:
        self._runs[asked["run_id"]]["inputs"]["dataset_inputs"] += asked.get("datasets", [])
        return {}

    def _tag(self, ref: str, tags: list[Any]) -> Any:
        """Set tags of a run; one of them is its name."""
        run = self._runs[ref]
        for tag in tags:
            if tag["key"] == "mlflow.runName":
                run["info"]["run_name"] = tag["value"]
        return _set(run["data"], tags)

    def _log_batch(self, body: bytes) -> Answer:
        batch = self._batches.decode(body)
        self._tag(batch.run_id, batch.tags)
        data = self._runs[batch.run_id]["data"]
        _set(data, batch.params, "params")
        if not self._keep:
            self.points += bytes(batch.metrics).count(b'"step"')
            return 200, b"{}"
        history = self._histories[batch.run_id]
        for point in self._metrics.decode(batch.metrics):
            history.setdefault(point.key, []).append(point)
            self.points += 1
        data["metrics"] = [max(points, key=lambda one: (one.step, one.timestamp)) for points in history.values()]
        return 200, b"{}"

    def _history(self, asked: Any) -> Any:
        points = self._histories[asked["run_id"]].get(asked["metric_key"], [])
        begin = int(asked.get("page_token") or 0)
        end = begin + int(asked.get("max_results") or len(points))
        return {"metrics": points[begin:end]} | ({"next_page_token": str(end)} if end < len(points) else {})

    def _file(self, method: str, path: str, query: str, body: bytes) -> Answer:
        if method == "PUT":
            self._files[path] = body
            return 200, b"{}"
        if path:
            return (200, self._files[path]) if path in self._files else (404, b"{}")
        folder = parse_qs(query).get("path", [""])[-1].strip("/") + "/"
        inside = [(file.removeprefix(folder), data) for file, data in self._files.items() if file.startswith(folder)]
        entries = {name.partition("/")[0]: ("/" in name, len(data)) for name, data in inside}
        listed = [
            {"path": name, "is_dir": is_folder} | ({} if is_folder else {"file_size": size})
            for name, (is_folder, size) in entries.items()
        ]
        return 200, json.dumps({"files": listed}).encode()


def _set(owner: dict[str, Any], pairs: list[Any], field: str = "tags") -> Any:
    """Set tags, or params; the last value stands."""
    now = {pair["key"]: pair["value"] for pair in [*owner[field], *pairs]}
    owner[field] = [{"key": key, "value": value} for key, value in now.items()]
    return {}
