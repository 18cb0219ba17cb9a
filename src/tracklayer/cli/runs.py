"""`tracklayer runs`: the runs of a place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracklayer.cli.options import AsJson, Experiment, Filter, Place
from tracklayer.cli.output import console, document, emit, note, table

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tracklayer.api import Client
    from tracklayer.model import Run

#: Runs that are listed when nobody says how many.
LIMIT = 100


class View(str, Enum):
    """Which runs, by whether they are deleted."""

    ACTIVE = "active"
    DELETED = "deleted"
    ALL = "all"


def runs(
    place: Place = None,
    *,
    experiment: Experiment = None,
    filter: Filter = "",
    order_by: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="metrics.loss ASC, attributes.start_time DESC; may be given several times."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="List at most so many runs.")] = LIMIT,
    view: Annotated[View, typer.Option(help="Which runs.")] = View.ACTIVE,
    as_json: AsJson = False,
) -> None:
    """List the runs of a place, the newest first."""
    from tracklayer.api import connect  # noqa: PLC0415 -- `tracklayer --help` needs none of it
    from tracklayer.render import text  # noqa: PLC0415

    with connect(place) as client:
        query = client.runs(experiment, filter=filter, order_by=tuple(order_by or ()), limit=limit + 1, view=view.value)
        found = list(query)
        more, found = len(found) > limit, found[:limit]
        names = {one.id: one.name for one in client.experiments()}
        if as_json:
            listed = [_document(client, run, names) for run in found]
            emit({"place": client.url, "runs": listed, "more": more})
            return
        console().print(_table(found, names))
        more_of = f"; there are more: --limit {2 * limit}" if more else ""
        note(f"{text.counted(len(found), 'run')} of {client.url}{more_of}")


def _document(client: Client, run: Run, names: Mapping[str, str]) -> dict[str, Any]:
    from tracklayer.api.urls import run_url  # noqa: PLC0415

    home = names.get(run.experiment.id, run.experiment.id)
    return {"url": run_url(client.url, run.id), **document(run), "experiment": home}


def _table(runs: Sequence[Run], names: Mapping[str, str]) -> RenderableType:
    from tracklayer.render import text  # noqa: PLC0415

    rows = []
    for run in runs:
        took = (run.ended - run.started).total_seconds() if run.started and run.ended else None
        status = f"{run.status}, deleted" if run.deleted else run.status
        home = names.get(run.experiment.id, run.experiment.id)
        rows.append((run.id, run.name or "-", home, status, text.moment(run.started), text.duration(took)))
    return table(("id", "name", "experiment", "status", "started", "time"), rows, right=["time"])
