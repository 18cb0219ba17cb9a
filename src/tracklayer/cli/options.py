"""Options that several commands take."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Annotated, TypeAlias

import typer

Place: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="[PLACE]", help="URL of a place. Default: $TRACKLAYER_URL, else local:")
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, and nothing else.")]
Filter: TypeAlias = Annotated[
    str, typer.Option("--filter", metavar="QUERY", help="MLflow's grammar: metrics.loss < 0.1 and params.kind = 'mlp'")
]
Experiment: TypeAlias = Annotated[
    str | None, typer.Option("--experiment", metavar="NAME", help="Only the runs of this experiment.")
]
OneRun: TypeAlias = Annotated[str | None, typer.Option("--run", metavar="RUN", help="Only this run: its id or URL.")]
Since: TypeAlias = Annotated[
    datetime | None,
    typer.Option(
        "--since",
        metavar="WHEN",
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"],
        help="Only runs that began then or later: 2026-11-23, 2026-11-23T04:28:45, in UTC unless it says +01:00.",
    ),
]
Engine: TypeAlias = Annotated[
    str, typer.Option("--engine", metavar="ENGINE", help="threads, dask://HOST:PORT or ray://HOST:PORT.")
]
Workers: TypeAlias = Annotated[
    int | None, typer.Option("--workers", metavar="N", min=1, help="Tasks at once, at most. Default: 16.")
]


def in_utc(moment: datetime | None) -> datetime | None:
    """A moment that was given without its zone is in UTC."""
    return moment if moment is None or moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)
