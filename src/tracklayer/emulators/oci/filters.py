"""The filters that AI Data Platform's reference knows: fewer operators than MLflow's own.

* Runs: "Supported operators are =, !=, >, >=, <, and <="; experiments: "=, !=, LIKE, and ILIKE".
  https://docs.oracle.com/en/cloud/paas/ai-data-platform/aiwap/ (runs/search, experiments/search)
* The words of the refusal are ours.
"""

from __future__ import annotations

import json
import re

KNOWN = {
    "runs/search": frozenset({"=", "!=", ">", ">=", "<", "<="}),
    "experiments/search": frozenset({"=", "!=", "LIKE", "ILIKE"}),
}
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"[^\"]*\"|`[^`]*`")
_OPERATOR = re.compile(r"!=|>=|<=|=|>|<|\b(?:NOT\s+IN|IN|I?LIKE|IS\s+NOT\s+NULL|IS\s+NULL)\b", re.IGNORECASE)


def unknown_operator(route: str, body: bytes) -> str | None:
    """An operator in the filter of a search that is not documented for it, or None."""
    known = KNOWN.get(route)
    if known is None:
        return None
    try:
        given = json.loads(body or b"{}").get("filter") or ""
    except (ValueError, AttributeError):  # the server behind says what is wrong with it
        return None
    if not isinstance(given, str):
        return None
    asked = [" ".join(one.upper().split()) for one in _OPERATOR.findall(_QUOTED.sub("''", given))]
    return next((one for one in asked if one not in known), None)
