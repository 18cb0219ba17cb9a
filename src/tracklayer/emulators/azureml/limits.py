"""The service's limits, and the words in which it refuses what is above them.

* The words of two are known, `MetricV2Dto.Value/Count` and `Parameters`; the names of the other fields are ours.
* What is over a limit is refused whole, with all that came with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tracklayer.emulators.azureml.errors import bad_request, oversized
from tracklayer.emulators.azureml.knobs import Knobs
from tracklayer.emulators.azureml.ledger import Held, keys

NOTE = "mlflow.note.content"
NAME = "mlflow.runName"
_NAMED = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]*")
#: Calls that write to a run that is there, and how one of a thing becomes a batch.
ONE = {"runs/log-parameter": "params", "runs/set-tag": "tags", "runs/log-metric": "metrics"}


def batch(call: str, asked: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    """What a call writes to a run, as a log-batch has it."""
    if call in ONE:
        return {ONE[call]: [asked]}
    name = asked.get("run_name")
    named = [{"key": NAME, "value": name}] if call == "runs/update" and name else []
    return {kind: [*(asked.get(kind) or ())] for kind in ("params", "metrics")} | {
        "tags": [*(asked.get("tags") or ()), *named]
    }


def check_run(call: str, asked: Mapping[str, Any], held: Held | None, knobs: Knobs) -> None:
    """A call that writes to a run. `held`: what it has already; None for a new one. `AzureError`."""
    new = batch(call, asked)
    metrics, params, tags = new.get("metrics", []), new.get("params", []), new.get("tags", [])
    _most("MetricV2Dto.Value/Count", knobs.metrics_per_batch, len(metrics))
    _most("Parameters/Batch", knobs.params_per_batch, len(params))
    _most("Tags/Batch", knobs.tags_per_batch, len(tags))
    for one in metrics:
        _longest("MetricV2Dto.Name", knobs.metric_name, one.get("key"))
    for one in params:
        if knobs.param_value is not None:
            _longest("Parameters/Value", knobs.param_value, one.get("value"))
    for one in tags:
        _tag(one, knobs)
    name = asked.get("run_name")
    _longest("DisplayName", knobs.run_name, name)
    had = held or Held("")
    _most("Parameters", knobs.params_per_run, len(had.params | keys(params)))
    own = {NAME} if call == "runs/create" else set()
    _most("Tags", knobs.tags_per_run, len(_counted(had.tags | keys(tags) | own, knobs)))
    if knobs.metric_names is not None:
        _most("Metrics", knobs.metric_names, len(had.metrics | keys(metrics)))


def check_experiment(asked: Mapping[str, Any], had: Iterable[str], knobs: Knobs) -> None:
    """A new experiment, or a tag of one; `had`: the keys of the tags that it has. `AzureError`."""
    _longest("ExperimentName", knobs.experiment_name, asked.get("name"))
    if "name" in asked and knobs.experiment_names == "checked" and not _NAMED.fullmatch(str(asked["name"])):
        raise bad_request(
            "Experiment name must be 1-256 characters, start with a letter or a number, and can only contain letters, "
            "numbers, underscores, and dashes."
        )
    tags = [asked] if "key" in asked else list(asked.get("tags") or ())
    for one in tags:
        _longest("ExperimentTags/Key", knobs.experiment_tag_key, one.get("key"))
        noted = one.get("key") == NOTE and knobs.note == "description"
        limit = knobs.description if noted else knobs.experiment_tag_value
        _longest("ExperimentTags/Value", limit, one.get("value"))
    _most("ExperimentTags", knobs.experiment_tags, len(_counted(keys(tags) | set(had), knobs)))


def _tag(one: Mapping[str, Any], knobs: Knobs) -> None:
    _longest("Tags/Key", knobs.tag_key, one.get("key"))
    if one.get("key") == NOTE and knobs.note == "description":
        _longest("Description", knobs.description, one.get("value"))
    elif one.get("key") != NAME:
        _longest("Tags/Value", knobs.tag_value, one.get("value"))


def _counted(tags: set[str], knobs: Knobs) -> set[str]:
    return {key for key in tags if knobs.own_tags == "counted" or not key.startswith("mlflow.")}


def _most(field: str, limit: int, count: int) -> None:
    if count > limit:
        raise oversized(field, limit, count)


def _longest(field: str, limit: int, text: Any) -> None:
    if isinstance(text, str) and len(text) > limit:
        raise oversized(field, limit, len(text))
