"""The tracker: the edge before a real MLflow server, one for each workspace, started at its first request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import uuid4

from tracklayer.emulators.azureml import limits, queries
from tracklayer.emulators.azureml.errors import AzureError, answered, bad_request, nothing_here
from tracklayer.emulators.azureml.guids import number
from tracklayer.emulators.azureml.knobs import Knobs
from tracklayer.emulators.azureml.ledger import Held, Ledger
from tracklayer.emulators.azureml.names import Workspace
from tracklayer.emulators.azureml.translation import Outward, inward, refused
from tracklayer.emulators.mlflow import MlflowNotServing, MlflowUnreachable, Servers, forwarded
from tracklayer.emulators.serving import Request, Response

_API = re.compile(r"/api/2\.0/(?:preview/)?mlflow/(?P<call>[a-z-]+/[a-z-]+)")
API = "/api/2.0/mlflow/"
_WRITING = {"runs/log-batch", "runs/update", *limits.ONE}
_ASYNC = "runs/log-batch-async"
_STATUS = "runs/get-run-data-status"
#: What the service has; all else of MLflow's it does not know.
KNOWN = {
    *(f"experiments/{verb}" for verb in ("create", "search", "get", "get-by-name", "update", "delete", "restore")),
    "experiments/set-experiment-tag",
    *(f"runs/{verb}" for verb in ("create", "get", "search", "delete", "restore", "delete-tag", "log-inputs")),
    *_WRITING,
    _ASYNC,
    _STATUS,
    "metrics/get-history",
}
_NOBODYS = re.compile(r"(registered-models|model-versions)/[a-z-]+")


@dataclass(frozen=True)
class Asked:
    """A request to one workspace's tracker, understood."""

    workspace: Workspace
    host: str
    method: str
    call: str
    content: Mapping[str, Any] = field(default_factory=dict)


def call_of(rest: str | None) -> str:
    """MLflow's name of a call (`runs/create`), by what follows the workspace's scope; else the path itself."""
    found = _API.fullmatch(rest or "")
    return found["call"] if found else (rest or "").lstrip("/")


class Tracker:
    """The trackers of all workspaces. `knobs`: read at each request."""

    def __init__(self, knobs: Callable[[], Knobs]) -> None:
        self._knobs = knobs
        self._servers = Servers(lambda: {"MLFLOW_TRUNCATE_LONG_VALUES": "false"})
        self._ledger = Ledger()
        self._serving: set[str] = set()
        self._waiting: dict[str, int] = {}
        self._names: dict[tuple[str, str], str] = {}

    def warm(self) -> None:
        """Let the servers' common process import MLflow."""
        self._servers.begin()

    def stop(self) -> None:
        """End the servers, and their common process."""
        self._servers.stop_all()

    def forget(self) -> None:
        """End the servers, and drop what they hold. Their common process stays: it takes seconds to come up."""
        while self._serving:
            self._servers.stop(self._serving.pop())
        self._ledger.clear()
        self._waiting.clear()
        self._names.clear()

    # -- one request

    def respond(self, request: Request, workspace: Workspace, call: str) -> Response:
        """The answer to who was let in. `AzureError`."""
        knobs = self._knobs()
        if call == "runs/log-inputs" and knobs.log_inputs == "refused":
            return nothing_here()
        if call not in KNOWN and not _NOBODYS.fullmatch(call):
            return nothing_here()
        asked = Asked(workspace, request.host, request.method, call, _content(request))
        if call == _STATUS:
            return self._status(asked)
        outward = Outward(workspace, request.host, knobs, lambda known: self._name(workspace, known))
        answer = self._carried_out(asked, knobs)
        if call == _ASYNC:
            return self._tracked(asked, knobs)
        return answered(outward.read(answer))

    def run(self, workspace: Workspace, run: str) -> Held | None:
        """What a run has; None where there is none. `AzureError`."""
        return self._ledger.of(workspace.place, run, lambda: self._shown(workspace, run))

    def is_of(self, workspace: Workspace, held: Held, experiment: str) -> bool:
        """Whether a run is one of that experiment's, by its GUID or its name."""
        return number(workspace, experiment) == held.experiment or (
            self._name(workspace, held.experiment) == experiment
        )

    def _carried_out(self, asked: Asked, knobs: Knobs) -> Any:
        given, call, workspace = asked.content, asked.call, asked.workspace
        if call == "runs/search":
            given = queries.checked(given, knobs)
        elif call == "metrics/get-history":
            queries.history(given, knobs)
        elif call == "experiments/update" and given.get("new_name"):
            raise bad_request("Renaming an experiment is not supported.")
        searching = call == "runs/search"
        given = inward(given, workspace, searching=searching)
        if call in _WRITING or call == _ASYNC:
            return self._written(asked, given, knobs)
        if call == "runs/create":
            limits.check_run(call, given, None, knobs)
        elif call == "experiments/create":
            limits.check_experiment(given, (), knobs)
        elif call == "experiments/set-experiment-tag":
            limits.check_experiment(given, self._tags_of(workspace, given.get("experiment_id")), knobs)
        elif call == "experiments/delete":
            self._check_empty(workspace, given.get("experiment_id"), knobs)
        answer = self._ask(workspace, asked.method, call, given)
        return self._read(asked, given, answer, knobs)

    def _read(self, asked: Asked, given: Mapping[str, Any], answer: Any, knobs: Knobs) -> Any:
        """What is left of an answer, and what is to be remembered of it."""
        if asked.call == "runs/delete-tag":
            held = self.run(asked.workspace, str(given.get("run_id")))
            if held is not None:
                held.tags.discard(str(given.get("key")))
        hidden = knobs.slashes == "hidden"
        if asked.call == "experiments/search" and hidden:
            kept = [one for one in answer.get("experiments", ()) if "/" not in one["name"]]
            return {**answer, "experiments": kept}
        if asked.call == "experiments/get-by-name" and hidden and "/" in answer["experiment"]["name"]:
            message = f"Could not find experiment with name '{answer['experiment']['name']}'"
            raise AzureError(404, "UserError", message, "RESOURCE_DOES_NOT_EXIST", "NotFoundError")
        return answer

    def _written(self, asked: Asked, given: Mapping[str, Any], knobs: Knobs) -> Any:
        """A call that writes to a run: held to the limits of the whole run, one after the other."""
        call = "runs/log-batch" if asked.call == _ASYNC else asked.call
        held = self.run(asked.workspace, str(given.get("run_id") or given.get("run_uuid")))
        if held is None:  # let MLflow say it
            return self._ask(asked.workspace, asked.method, call, given)
        with held.lock:
            limits.check_run(call, given, held, knobs)
            answer = self._ask(asked.workspace, asked.method, call, given)
            held.add(limits.batch(call, given))
            return answer

    def _check_empty(self, workspace: Workspace, experiment: Any, knobs: Knobs) -> None:
        """`AzureError` for an experiment with runs: https://github.com/Azure/MachineLearningNotebooks/issues/196"""
        view = "ACTIVE_ONLY" if knobs.deleting_experiments == "without active runs" else "ALL"
        asked = {"experiment_ids": [experiment], "max_results": 1, "run_view_type": view}
        if self._ask(workspace, "POST", "runs/search", asked).get("runs"):
            raise bad_request("Only empty Experiments can be deleted. This experiment contains run(s).")

    # -- asynchronous batches

    def _tracked(self, asked: Asked, knobs: Knobs) -> Response:
        if not asked.content.get("metrics"):
            return answered({})
        batch = str(uuid4())
        self._waiting[batch] = knobs.async_polls
        return answered({"batch_tracking_id": batch})

    def _status(self, asked: Asked) -> Response:
        batch = str(asked.content.get("batch_tracking_id"))
        left = self._waiting.get(batch)
        if left is None:
            raise bad_request(f"There is no batch {batch}.")
        self._waiting[batch] = max(0, left - 1)
        return answered({"is_complete": not left})

    # -- what the server behind knows

    def _shown(self, workspace: Workspace, run: str) -> Mapping[str, Any] | None:
        try:
            found: Mapping[str, Any] = self._ask(workspace, "GET", "runs/get", {"run_id": run})["run"]
        except AzureError as error:
            if error.status in {400, 404}:  # no such run, or nothing that could be one's id
                return None
            raise
        return found

    def _tags_of(self, workspace: Workspace, experiment: Any) -> set[str]:
        found = self._ask(workspace, "GET", "experiments/get", {"experiment_id": experiment})
        return {one["key"] for one in found["experiment"].get("tags", ())}

    def _name(self, workspace: Workspace, experiment: str) -> str:
        """The name of an experiment by its number: it never changes."""
        known = self._names.get((workspace.place, experiment))
        if known is None:
            found = self._ask(workspace, "GET", "experiments/get", {"experiment_id": experiment})
            known = self._names[workspace.place, experiment] = str(found["experiment"]["name"])
        return known

    def _ask(self, workspace: Workspace, method: str, call: str, given: Mapping[str, Any]) -> Any:
        """The answer of MLflow's server. `AzureError` for what it refuses."""
        query = urlencode(given, doseq=True) if method == "GET" else ""
        body = b"" if method == "GET" else json.dumps(given).encode()
        headers = {"content-type": "application/json"}
        self._serving.add(workspace.place)
        try:
            url = self._servers.url(workspace.place, "mlflow-artifacts:/")
            response = forwarded(url, Request(method, API + call, query, headers, body))
        except (MlflowNotServing, MlflowUnreachable) as error:
            raise AzureError(503, "ServiceUnavailable", str(error), "TEMPORARILY_UNAVAILABLE") from error
        try:
            answer = json.loads(response.body or b"{}")
        except ValueError:
            answer = None
        if response.status != 200 or answer is None:  # noqa: PLR2004 -- MLflow's only success
            raise refused(response.status, answer)
        return answer


def _content(request: Request) -> Mapping[str, Any]:
    """What is asked for: of the query, or of the body."""
    if request.method == "GET":
        found = parse_qs(request.query, keep_blank_values=True)
        return {name: values[0] if len(values) == 1 else values for name, values in found.items()}
    try:
        content = json.loads(request.body or b"{}")
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise bad_request("The request's body is not a JSON object.")
    return content
