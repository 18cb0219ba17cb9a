"""Runs to compare."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from tracklayer.compare import Held
from tracklayer.model import ExperimentRef, MetricSummary, Origin, Run

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def metric(last: float, **fields: Any) -> MetricSummary:
    return MetricSummary(last=last, last_step=fields.pop("last_step", 9), last_time=0, **fields)


def held(run: str, place: str = "local:/a", *, origin: tuple[str, str] | None = None, **fields: Any) -> Held:
    """A run of an experiment `digits` that took a minute."""
    made = Run(
        id=run,
        experiment=ExperimentRef(id="1"),
        status=fields.pop("status", "finished"),
        started=fields.pop("started", NOON),
        ended=fields.pop("ended", NOON + timedelta(minutes=1)),
        origin=Origin(url=origin[0], experiment="digits", run=origin[1]) if origin else None,
        metrics={
            key: metric(value) if isinstance(value, float) else value
            for key, value in fields.pop("metrics", {}).items()
        },
        **fields,
    )
    return Held(place=place, url=f"{place}#{run}", experiment="digits", run=made)
