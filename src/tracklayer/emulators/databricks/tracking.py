"""MLflow's calls in a workspace: what Databricks does otherwise, and for all else the real MLflow server behind.

* Experiments are named by paths in the workspace, whose folder must be there.
* The documented limits hold. There is no proxy for files, and no version to be asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tracklayer.emulators.databricks import rules
from tracklayer.emulators.databricks.asking import Asking
from tracklayer.emulators.databricks.errors import ApiError, invalid, missing
from tracklayer.emulators.databricks.names import TRACKING
from tracklayer.emulators.databricks.workspace import Workspace
from tracklayer.emulators.mlflow import MlflowNotServing, MlflowUnreachable, Servers, forwarded
from tracklayer.emulators.serving import Request, Response

#: A call of MLflow's, and the name that the log has for it.
API = re.compile(r"/(?:ajax-)?api/\d+\.\d+/(?:preview/)?mlflow/(.*)")
#: What Databricks has of MLflow's API, by how it begins.
_SERVED = ("experiments/", "runs/", "metrics/", "artifacts/", "logged-models", "traces", "trace", "assessments")
#: The experiment that every MLflow server begins with: a workspace has none.
_DEFAULT = "0"
#: Where a run's place on disk is told by its URI.
_LOCAL = re.compile(r"dbfs:(?://[^/]*)?(/.*)")


class Tracking:
    """The servers behind, one for each workspace."""

    def __init__(self) -> None:
        # A value that is too long is refused, and not cut off: mlflow/environment_variables.py.
        self._servers = Servers(lambda: {"MLFLOW_TRUNCATE_LONG_VALUES": "false"})

    def warm(self) -> None:
        """Let the servers' common process import MLflow."""
        self._servers.begin()

    def forget(self) -> None:
        """End all servers."""
        self._servers.stop_all()

    def respond(self, asking: Asking) -> Response:
        """The answer. Raises `ApiError`."""
        operation, given, workspace = asking.operation, asking.content, asking.workspace
        if not operation.startswith(_SERVED):
            raise ApiError(404, "ENDPOINT_NOT_FOUND", f"No API found for '{asking.request.method} /mlflow/{operation}'")
        if str(given.get("experiment_id", "")) == _DEFAULT:
            raise missing(f"Node ID {_DEFAULT} does not exist.")
        changes = _changes(asking)
        rules.check(operation, asking.request, given, asking.knobs, workspace.ledger)
        sent = replace(asking.request, body=json.dumps({**given, **changes}).encode()) if changes else asking.request
        answer = self._forwarded(workspace, sent)
        if answer.status == 200:  # noqa: PLR2004 -- done
            _note(operation, {**given, **changes}, json.loads(answer.body or b"{}"), workspace)
        return _without_default(answer) if operation in {"experiments/search", "experiments/list"} else answer

    def root(self, workspace: Workspace, run: str) -> str:
        """The place of a run's files, as an absolute path. Raises `ApiError`."""
        known = workspace.roots.get(run)
        if known is not None:
            return known
        answer = self._forwarded(workspace, Request("GET", "/api/2.0/mlflow/runs/get", f"run_id={run}", {}))
        if answer.status != 200:  # noqa: PLR2004 -- not there
            raise missing(f"Run '{run}' not found.")
        uri = json.loads(answer.body)["run"]["info"]["artifact_uri"]
        found = _LOCAL.fullmatch(uri)
        if found is None:
            raise invalid(f"The artifacts of run {run} are in {uri.partition(':')[0]}:, which is not the workspace's")
        workspace.roots[run] = found[1]
        return found[1]

    def _forwarded(self, workspace: Workspace, request: Request) -> Response:
        try:
            url = self._servers.url(workspace.host, f"dbfs:{TRACKING}")
            return forwarded(url, replace(request, path=request.path.replace("/preview/", "/")))
        except MlflowUnreachable as error:
            raise ApiError(503, "TEMPORARILY_UNAVAILABLE", str(error)) from error
        except MlflowNotServing as error:
            raise ApiError(503 if error.starting else 500, "TEMPORARILY_UNAVAILABLE", str(error)) from error


def _changes(asking: Asking) -> Mapping[str, Any]:
    """What the server behind is to have instead of what was asked. Raises `ApiError`."""
    operation, given, knobs = asking.operation, asking.content, asking.knobs
    if operation == "experiments/create":
        path = asking.workspace.checked(given.get("name"), make=knobs.missing_folder == "made")
        own = _system_tags(path, asking.user) if knobs.system_tags == "given" else []
        return {"name": path, "tags": [*given.get("tags", []), *own]}
    if operation == "experiments/update" and "new_name" in given:
        return {"new_name": asking.workspace.checked(given["new_name"], make=knobs.missing_folder == "made")}
    if operation == "experiments/search" and not given.get("max_results"):  # mlflow/mlflow#10819
        return {"max_results": 1_000}
    if operation == "runs/create" and knobs.user_ids == "replaced":
        return {"user_id": asking.user}
    return {}


def _note(operation: str, given: Mapping[str, Any], said: Mapping[str, Any], workspace: Workspace) -> None:
    """What was done is known from now on."""
    owner = rules.owner_of(operation, given)
    if operation == "experiments/create":
        owner = str(said["experiment_id"])
        workspace.add(str(given["name"]), "MLFLOW_EXPERIMENT")
    elif operation == "runs/create":
        owner = str(said["run"]["info"]["run_id"])
    elif operation == "experiments/update" and "new_name" in given:
        workspace.add(str(given["new_name"]), "MLFLOW_EXPERIMENT")
    rules.note(operation, given, owner, workspace.ledger)


def _system_tags(path: str, user: str) -> list[Mapping[str, str]]:
    own = {
        "mlflow.ownerId": "1000000000000001",
        "mlflow.ownerEmail": user,
        "mlflow.experimentType": "MLFLOW_EXPERIMENT",
        "mlflow.experiment.sourceName": path,
    }
    return [{"key": key, "value": value} for key, value in own.items()]


def _without_default(answer: Response) -> Response:
    if answer.status != 200:  # noqa: PLR2004 -- a refusal
        return answer
    said = json.loads(answer.body or b"{}")
    said["experiments"] = [one for one in said.get("experiments", []) if one.get("experiment_id") != _DEFAULT]
    return replace(answer, body=json.dumps(said).encode())
