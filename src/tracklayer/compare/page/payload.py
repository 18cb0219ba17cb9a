"""Payload: what the page's scripts draw, as JSON."""

from __future__ import annotations

import base64
import json
import math
from array import array
from collections import Counter
from typing import Any

from tracklayer.compare.page.column import METRIC, Column
from tracklayer.compare.page.view import View, fronts
from tracklayer.compare.series import Series
from tracklayer.compare.signs import where
from tracklayer.model.points import little
from tracklayer.render import text

#: Nanoseconds in a millisecond, which browsers count in.
MILLI = 1_000_000
#: Letters of a value that the page shows.
LONGEST = 300


def payload(seen: View) -> str:
    """One document. Runs are named by their place in `order`; texts are as they are shown.

    * A curve's columns are little-endian float64 in base64: step, milliseconds since 1970, value.
    * Numbers that are not finite are null: nothing can be drawn of them.
    """
    place = {row: at for at, row in enumerate(seen.order)}
    rows = [seen.comparison.rows[row] for row in seen.order]
    group_of = {row: at for at, group in enumerate(seen.grouping.groups) for row in group.rows}
    letters = seen.letters
    document = {
        "names": _names(seen),
        "places": [where(row, letters) for row in rows],
        "groups": [group_of.get(row) for row in seen.order],
        "first": [place[row] for row in seen.first],
        "columns": [_column(one, seen) for one in seen.columns],
        "config": {
            text.plain(field): [_shown(values[row]) for row in seen.order]
            for field, values in seen.config.differing.items()
        },
        "fronts": [
            {"of": [_field(one), _field(other)], "rows": [place[row] for row in front if row in place]}
            for (one, other), front in fronts(seen).items()
        ],
        "spreads": _spreads(seen, place),
        "panels": list(seen.panels),
        "curves": [] if seen.histories is None else [_curve(one, place[one.row]) for one in seen.histories.series],
    }
    return json.dumps(document, allow_nan=False, separators=(",", ":"))


def _names(seen: View) -> list[str]:
    """The runs' names, those that several runs have with their place, and their number where that is not enough."""
    rows, letters = [seen.comparison.rows[row] for row in seen.order], seen.letters
    names = [text.shortened(text.plain(row.name), LONGEST) for row in rows]
    for more in ([where(row, letters) for row in rows], [f"#{at + 1}" for at in range(len(rows))]):
        counts = Counter(names)
        names = [f"{name} ({extra})" if counts[name] > 1 else name for name, extra in zip(names, more, strict=True)]
    return names


def _column(one: Column, seen: View) -> dict[str, Any]:
    values = [one.number(row) if one.numeric else _shown(one.values[row]) for row in seen.order]
    return {
        "field": text.plain(one.field),
        "name": text.plain(one.name),
        "under": text.plain(one.under),
        "numeric": one.numeric,
        "way": one.way,
        "values": [_finite(value) if isinstance(value, float) else value for value in values],
    }


def _spreads(seen: View, place: dict[int, int]) -> dict[str, Any]:
    """The groups' labels, and for each metric what it comes to in each group."""
    groups = seen.grouping.groups
    fields = ("n", "mean", "low", "high")
    return {
        "labels": [text.shortened(text.plain(group.label(seen.grouping.telling)), LONGEST) for group in groups],
        "rows": [[place[row] for row in group.rows if row in place] for group in groups],
        "metrics": {
            _field(key): [
                {field: _finite(getattr(group.metrics[key], field)) for field in fields}
                if key in group.metrics
                else None
                for group in groups
            ]
            for key in seen.comparison.metrics
        },
    }


def _field(metric: str) -> str:
    """As it stands in the page's lists to choose from, where control characters are written out."""
    return text.plain(f"{METRIC}{metric}")


def _curve(one: Series, at: int) -> dict[str, Any]:
    started = min(one.times, default=0) if one.started is None else one.started
    return {
        "row": at,
        "metric": one.metric,
        "count": one.count,
        "thinned": one.thinned,
        "rough": text.plain(one.approximate or ""),
        "started": started / MILLI,
        "steps": _packed(array("d", one.steps)),
        "times": _packed(array("d", (time / MILLI for time in one.times))),
        "values": _packed(one.values),
    }


def _packed(column: array[float]) -> str:
    return base64.b64encode(little(column).tobytes()).decode()


def _shown(value: Any) -> str | None:
    return None if value is None else text.shortened(text.value(value), LONGEST)


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value
