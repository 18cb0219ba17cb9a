"""Document: a comparison as JSON has it."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from tracklayer.compare.align import Row

if TYPE_CHECKING:
    from tracklayer.compare.cost import Cost
    from tracklayer.compare.frame import Comparison
    from tracklayer.compare.groups import Grouping


def document(comparison: Comparison) -> dict[str, Any]:
    """Everything that the rows hold and that was computed without being asked for; NaN and infinities as text."""
    metrics = {
        key: {
            "direction": way,
            "best": sorted(comparison.best(key)),
            "guessed": way is not None and key not in comparison.said,
            "unit": comparison.units.get(key),
        }
        for key, way in comparison.metrics.items()
    }
    costs = comparison.costs()
    rows = [
        {
            **_row(row),
            "seconds": comparison.seconds(index),
            "until_now": comparison.running(index),
            "cost": _cost(costs[index]),
        }
        for index, row in enumerate(comparison.rows)
    ]
    return {
        "places": comparison.places,
        "read_at": None if comparison.read_at is None else comparison.read_at.isoformat(),
        "experiments": comparison.experiments,
        "filter": comparison.filter,
        "map": dict(comparison.map),
        "clashes": comparison.clashes,
        "rows": rows,
        "metrics": metrics,
        "groups": _groups(comparison.grouping()),
        "suggestions": [one.model_dump() | {"option": one.option} for one in comparison.suggestions()],
        "failures": [failure.model_dump() for failure in comparison.failures],
    }


def _groups(found: Grouping) -> dict[str, Any]:
    """Groups of two runs or more: one of a run says no more than its row."""
    repeated = tuple(group for group in found.groups if len(group.rows) > 1)
    return finite(asdict(replace(found, groups=repeated)))  # type: ignore[no-any-return] # a dict goes in


def finite(given: Any) -> Any:
    """What JSON can hold of tables and texts: NaN and infinities as text."""
    if isinstance(given, float) and not math.isfinite(given):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(given)]
    if isinstance(given, dict):
        return {key: finite(value) for key, value in given.items()}
    return [finite(value) for value in given] if isinstance(given, (list, tuple)) else given


def _row(row: Row) -> dict[str, Any]:
    """The copy that is shown, then where all copies are and what differs."""
    run = json.loads(row.run.model_dump_json(exclude={"id", "experiment", "deleted", "token"}))
    copies = [
        {
            "place": held.place,
            "provider": held.provider,
            "url": held.url,
            "experiment": held.experiment,
            "run": held.run.id,
            "renamed": dict(held.renamed),
        }
        for held in row.copies
    ]
    differences = [json.loads(difference.model_dump_json()) for difference in row.differences]
    return {**run, "copies": copies, "differences": differences}


def _cost(found: Cost | None) -> dict[str, Any] | None:
    return None if found is None else asdict(found)
