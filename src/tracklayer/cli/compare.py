"""`tracklayer compare`: runs of several places side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tracklayer.cli.boundary import FAILED
from tracklayer.cli.options import AsJson, Experiment, Filter
from tracklayer.cli.output import console

if TYPE_CHECKING:
    from tracklayer.compare import Comparison


def compare(
    urls: Annotated[list[str], typer.Argument(metavar="URL...", help="URLs of places, or of runs (PLACE#RUN).")],
    *,
    experiment: Experiment = None,
    filter: Filter = "",
    metric: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="Only this metric; may be given several times.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Lay runs of several places side by side; the same run in two places stands in one row.

    A place that cannot be read is named, the others are compared, and the exit code is 1.
    """
    from tracklayer.compare import compare as lay_side_by_side  # noqa: PLC0415 -- `tracklayer --help` needs none of it

    found = lay_side_by_side(urls, experiment=experiment, filter=filter, metrics=metric or None)
    if as_json:
        print(found.to_json())
    else:
        report(found)
    if found.failures:
        raise typer.Exit(FAILED)


def report(found: Comparison) -> None:
    """The comparison as a table as wide as the terminal."""
    from tracklayer.compare.table import table  # noqa: PLC0415 -- it brings rich

    out = console()
    out.print(table(found, out.width))
