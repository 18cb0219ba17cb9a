"""What Databricks refuses of MLflow's requests, beside what MLflow refuses itself: each number is a knob's.

* https://docs.databricks.com/api/experiments/v1/log-batch, .../set-tag, .../log-param, .../search-experiments
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tracklayer.emulators.databricks.errors import ApiError, invalid
from tracklayer.emulators.databricks.knobs import Knobs
from tracklayer.emulators.databricks.ledger import Ledger
from tracklayer.emulators.serving import Request

#: Operation -> where it has keys and values: of params, of tags.
_ONE = {"runs/log-parameter": "param", "runs/set-tag": "tag", "experiments/set-experiment-tag": "experiment tag"}


def keys(asked: Mapping[str, Any], kind: str) -> list[str]:
    """The keys of a list of params, tags or metrics."""
    return [str(one.get("key", "")) for one in _rows(asked, kind)]


def check(operation: str, request: Request, asked: Mapping[str, Any], knobs: Knobs, ledger: Ledger) -> None:
    """Refuse what is too much. Raises `ApiError`."""
    _check_page(operation, asked, knobs)
    owner = owner_of(operation, asked)
    if operation == "runs/log-batch" and len(request.body) > knobs.request_bytes:
        raise invalid(f"Request size {len(request.body)} exceeds the limit of {knobs.request_bytes} bytes")
    if operation in _ONE:
        kind = _ONE[operation]
        most = {"param": knobs.params_per_run, "tag": knobs.tags_per_run}.get(kind, knobs.tags_per_experiment)
        _check_pair(kind, asked, knobs)
        ledger.room(kind, owner, [str(asked.get("key", ""))], most)
    if operation in {"runs/log-batch", "runs/create", "experiments/create"}:
        for kind in ("param", "tag", "metric"):
            for one in _rows(asked, f"{kind}s"):
                _check_pair(kind, one, knobs)
    if operation == "experiments/create":
        ledger.room("experiment tag", owner, keys(asked, "tags"), knobs.tags_per_experiment)
    if operation in {"runs/log-batch", "runs/create"}:
        ledger.room("param", owner, keys(asked, "params"), knobs.params_per_run)
        ledger.room("tag", owner, keys(asked, "tags"), knobs.tags_per_run)
    ledger.room_for_steps(owner, steps(operation, asked), knobs)


def note(operation: str, asked: Mapping[str, Any], owner: str, ledger: Ledger) -> None:
    """It was written."""
    if operation in _ONE:
        ledger.add(_ONE[operation], owner, [str(asked.get("key", ""))])
    elif operation == "runs/delete-tag":
        ledger.drop("tag", owner, str(asked.get("key", "")))
    elif operation == "experiments/create":
        ledger.add("experiment tag", owner, keys(asked, "tags"))
    elif operation in {"runs/log-batch", "runs/create"}:
        ledger.add("param", owner, keys(asked, "params"))
        ledger.add("tag", owner, keys(asked, "tags"))
    if number := steps(operation, asked):
        ledger.add_steps(owner, number)


def owner_of(operation: str, asked: Mapping[str, Any]) -> str:
    """The run or the experiment that a request writes to; empty for one that it makes."""
    if operation.endswith("/create"):
        return ""
    name = "experiment_id" if operation.startswith("experiments/") else "run_id"
    return str(asked.get(name) or asked.get("run_uuid") or "")


def steps(operation: str, asked: Mapping[str, Any]) -> int:
    """How many points a request writes."""
    return 1 if operation == "runs/log-metric" else len(_rows(asked, "metrics")) if operation == "runs/log-batch" else 0


def _rows(asked: Mapping[str, Any], kind: str) -> Sequence[Mapping[str, Any]]:
    found = asked.get(kind)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _check_pair(kind: str, pair: Mapping[str, Any], knobs: Knobs) -> None:
    key, value = str(pair.get("key", "")), str(pair.get("value", ""))
    if len(key.encode()) > knobs.key_bytes:
        raise _too_long(f"{kind} key", key, knobs.key_bytes)
    most = knobs.param_bytes if kind == "param" else knobs.tag_bytes
    if kind != "metric" and len(value.encode()) > most:
        raise _too_long(f"{kind} value", value, most)


def _too_long(what: str, text: str, most: int) -> ApiError:
    return invalid(
        f"{what.capitalize()} '{text[:250]}' had length {len(text.encode())}, which exceeded length limit of {most}"
    )


def _check_page(operation: str, asked: Mapping[str, Any], knobs: Knobs) -> None:
    most = {"metrics/get-history": knobs.history_page, "experiments/search": knobs.experiments_page}.get(operation)
    given = str(asked.get("max_results", "0"))
    if most is not None and given.isdecimal() and int(given) > most:
        raise invalid(f"Invalid value {given} for parameter 'max_results' supplied. It must be at most {most}")
