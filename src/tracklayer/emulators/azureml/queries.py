"""Which searches the service refuses, and its own words for states.

* The support matrix: https://learn.microsoft.com/azure/machine-learning/how-to-track-experiments-mlflow
* The texts of refusals are ours: Azure's are not known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tracklayer.emulators.azureml.errors import bad_request
from tracklayer.emulators.azureml.knobs import Knobs

_DATA = re.compile(r"\s*(metrics?|params?|parameters?|tags?)\s*\.", re.IGNORECASE)
#: A state compared, a text, or something of a run compared.
_TERM = re.compile(
    r"(?<![\w.])(?P<state>(?:(?:attributes?|attr|run)\.)?`?status`?\s*!?=\s*)(?P<quote>['\"])(?P<word>\w+)(?P=quote)"
    r"|'[^']*'"
    r"|(?P<kind>metrics?|params?|parameters?|tags?)\s*\.\s*(?P<name>`[^`]*`|\"[^\"]*\"|[^\s=<>!]+)\s*(?P<by>!=)?",
    re.IGNORECASE,
)
#: Runs of a page, at most.
LARGEST = 1000
_PLAIN = re.compile(r"[\w.\-/]+")


def checked(asked: Mapping[str, Any], knobs: Knobs) -> dict[str, Any]:
    """A search as MLflow's own server is to see it. `AzureError` for what Azure does not support."""
    for clause in asked.get("order_by") or ():
        if _DATA.match(str(clause)):
            raise bad_request(f"Ordering runs by metrics, parameters or tags is not supported: {clause}")
    _page(asked.get("max_results"), knobs)
    words = asked.get("filter")
    return {**asked, "filter": _TERM.sub(_term, str(words))} if words else dict(asked)


def _term(term: re.Match[str]) -> str:
    """A term as MLflow's own server is to see it: its states are in capitals. `AzureError`."""
    if term["state"]:
        return f"{term['state']}{term['quote']}{term['word'].upper()}{term['quote']}"
    kind, name = (term["kind"] or "").lower(), term["name"] or ""
    if kind.startswith("tag") and term["by"]:
        raise bad_request(f"The operator != is not supported for tags: {term[0]}")
    if kind.startswith("metric") and not _PLAIN.fullmatch(name.strip('`"')):
        raise bad_request(f"Filtering by metrics with special characters is not supported: {term[0]}")
    return term[0]


def _page(size: Any, knobs: Knobs) -> None:
    if size is not None and knobs.run_pages == "refused" and int(size) > LARGEST:
        raise bad_request(f"MaxResults = {size} is invalid: MaxResults must not be more than {LARGEST}.")


def history(asked: Mapping[str, Any], knobs: Knobs) -> None:
    """A page of a metric's history. `AzureError`: https://github.com/mlflow/mlflow/issues/10694"""
    size = str(asked.get("max_results") or "")
    if size.isdigit() and int(size) >= LARGEST and knobs.history_pages == "refused":
        raise bad_request(f"MaxResults = {size} is invalid: MaxResults must be less than {LARGEST}.")
