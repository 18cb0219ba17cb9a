"""What passes the edge: ids of experiments inward and outward, places of files outward, errors outward."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tracklayer.emulators.azureml import guids
from tracklayer.emulators.azureml.errors import AzureError
from tracklayer.emulators.azureml.knobs import Knobs
from tracklayer.emulators.azureml.names import Workspace

#: MLflow's words for what its server refuses, with HTTP's number where its answer says another.
_MISSING = "RESOURCE_DOES_NOT_EXIST"


def inward(asked: Mapping[str, Any], workspace: Workspace, *, searching: bool) -> dict[str, Any]:
    """A request as MLflow is to see it. `AzureError` for an experiment that is not there; a search finds none then."""
    changed = dict(asked)
    if "experiment_id" in asked:
        changed["experiment_id"] = _number(workspace, asked["experiment_id"], searching=searching)
    many = asked.get("experiment_ids")
    if isinstance(many, list):
        changed["experiment_ids"] = [_number(workspace, one, searching=searching) for one in many]
    changed.pop("artifact_location", None)  # files lie where the workspace says
    return changed


def _number(workspace: Workspace, given: Any, *, searching: bool) -> str:
    found = guids.number(workspace, str(given))
    if found is None and not searching:
        message = f"No Experiment with id={given} exists"
        raise AzureError(404, "UserError", message, _MISSING, "NotFoundError")
    return guids.NOBODY if found is None else found


@dataclass(frozen=True)
class Outward:
    """Changes answers. `host`: as the client names it. `named`: the name of an experiment by MLflow's number."""

    workspace: Workspace
    host: str
    knobs: Knobs
    named: Callable[[str], str]

    def read(self, answer: Any) -> Any:
        """An answer as the client is to see it."""
        if isinstance(answer, list):
            return [self.read(one) for one in answer]
        if not isinstance(answer, dict):
            return answer
        changed = {name: self.read(value) for name, value in answer.items()}
        number = answer.get("experiment_id")
        if isinstance(number, str):
            changed["experiment_id"] = guids.guid(self.workspace, number)
            if "artifact_location" in answer:
                empty = self.knobs.artifact_locations == "empty"
                changed["artifact_location"] = "" if empty else self._of_experiment(changed["experiment_id"])
            if "artifact_uri" in answer:
                changed["artifact_uri"] = self._of_run(number, changed["experiment_id"], str(answer["run_id"]))
        return changed

    def _of_experiment(self, guid: str) -> str:
        return f"azureml://{self.host}/mlflow/v2.0{self.workspace.scope}/experiments/{guid}"

    def _of_run(self, number: str, guid: str, run: str) -> str:
        old = self.knobs.artifact_uris == "experiment"
        root = f"azureml://experiments/{self.named(number)}" if old else self._of_experiment(guid)
        return f"{root}/runs/{run}/artifacts"


def refused(status: int, answer: Any) -> AzureError:
    """What MLflow's server refused, as Azure would: in its own shape, with MLflow's word and text."""
    said = answer if isinstance(answer, dict) else {}
    word = str(said.get("error_code", "INTERNAL_ERROR"))
    return AzureError(status, "UserError", str(said.get("message", "")), word)
