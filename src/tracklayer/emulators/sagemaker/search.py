"""Search over experiments, trials and trial components: what the index has, filtered, sorted, in pages."""

from __future__ import annotations

from typing import Any

from tracklayer.emulators.sagemaker.expressions import Expression
from tracklayer.emulators.sagemaker.listing import page
from tracklayer.emulators.sagemaker.properties import RECORDS, Property, known
from tracklayer.emulators.sagemaker.state import Region


def search(region: Region, asked: dict[str, Any]) -> dict[str, Any]:
    """Search. Newest change first where nothing else is said; what lacks the property to sort by comes last."""
    resource = asked["Resource"]
    kind = RECORDS[resource]
    expression = Expression(resource, asked.get("SearchExpression"))
    by = known(resource, asked.get("SortBy", "LastModifiedTime"))
    with_metrics = "Metrics" in expression.heads | {by.head}
    found = [one for one in region.records(resource, metrics=with_metrics) if expression.holds(one)]
    found = _sorted(found, by, kind, descending=asked.get("SortOrder", "Descending") == "Descending")
    some, following = page(region, asked, found, lambda one: str(one[f"{kind}Name"]))
    if kind == "TrialComponent":
        some = [region.with_metrics(one) for one in some]
    total = {"Value": len(found), "Relation": "EqualTo"}
    return {"Results": [{kind: one} for one in some], "TotalHits": total, **following}


def _sorted(found: list[dict[str, Any]], by: Property, kind: str, *, descending: bool) -> list[dict[str, Any]]:
    keyed = [(by.values(one), one) for one in found]
    there = [(_key(values[0]), str(one[f"{kind}Name"]), one) for values, one in keyed if values]
    there.sort(key=lambda one: one[:2], reverse=descending)
    return [one for _, _, one in there] + [one for values, one in keyed if not values]


def _key(value: Any) -> tuple[bool, float, str]:
    """Numbers before text."""
    return (True, 0.0, value) if isinstance(value, str) else (False, value, "")
