"""`tracklayer show`: all there is to know of one run."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from tracklayer.cli.options import AsJson
from tracklayer.cli.output import console, document, emit, note, progress
from tracklayer.render.sparkline import BLOCKS, LETTERS, sparkline

if TYPE_CHECKING:
    from tracklayer.api import Client
    from tracklayer.model import Artifact, Run

#: Metrics whose points are fetched to draw their curves; the others are listed without.
MOST_CURVES = 30


def show(
    run: Annotated[str, typer.Argument(metavar="RUN-URL", help="PLACE#RUN, or the id of a run in the default place.")],
    *,
    history: Annotated[
        str | None, typer.Option(metavar="KEY", help="Print every point of this metric instead: step, time, value.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show a run: params, metrics with their curves, tags, data sets, files, and where it comes from.

    A value with a ~ is not exact; the reason stands below.
    """
    from tracklayer.api import connect  # noqa: PLC0415 -- `tracklayer --help` needs none of it
    from tracklayer.api.urls import is_run_url, run_url, split  # noqa: PLC0415

    with connect(split(run)[0] if is_run_url(run) else None) as client:
        found = client.run(run)
        if history is not None:
            _history(client, found, history, as_json=as_json)
            return
        home = client.driver.get_experiment(found.experiment).name
        files = list(_files(client, found))
        if as_json:
            url = run_url(client.url, found.id)
            emit({"url": url, **document(found), "experiment": home, "files": [document(file) for file in files]})
            return
        from tracklayer.cli.account import account  # noqa: PLC0415 -- it brings rich

        screen = console()
        curves = _curves(client, found, blocks=screen.encoding.startswith("utf"))
        for part in account(found, place=client.url, home=home, files=files, curves=curves):
            screen.print(part)
        if len(found.metrics) > MOST_CURVES:
            note(f"curves are drawn for the first {MOST_CURVES} of {len(found.metrics)} metrics; --history KEY has any")


def _history(client: Client, run: Run, key: str, *, as_json: bool) -> None:
    from tracklayer.errors import InvalidInput  # noqa: PLC0415

    if key not in run.metrics:
        message = f"run {run.id!r} has no metric {key!r}; it has: {', '.join(sorted(run.metrics)) or 'none'}"
        raise InvalidInput(message)
    points = client.metric_history(run, key)
    if as_json:
        emit({"run": run.id, **document(points)})
        return
    print("step\ttime_ns\tvalue")
    for step, time, value in points.rows():
        print(f"{step}\t{time}\t{value!r}")


def _files(client: Client, run: Run) -> Iterator[Artifact]:
    from tracklayer.spi import Feature  # noqa: PLC0415

    if client.traits.offers(Feature.ARTIFACTS):
        yield from client.artifacts(run)


def _curves(client: Client, run: Run, *, blocks: bool) -> dict[str, str]:
    """The curves of the first metrics that have more than one point."""
    from tracklayer.spi import Feature  # noqa: PLC0415

    if not client.traits.offers(Feature.METRIC_HISTORY):
        return {}
    wanted = [key for key in islice(sorted(run.metrics), MOST_CURVES) if run.metrics[key].count != 1]
    curves = {}
    with progress() as bars:
        for key in bars.track(wanted, description="curves"):
            values = client.metric_history(run, key).values
            if len(values) > 1:
                curves[key] = sparkline(values, signs=BLOCKS if blocks else LETTERS)
    return curves
