"""`tracklayer compare`: runs of several places side by side."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tracklayer.cli.boundary import FAILED
from tracklayer.cli.choices import (
    EVERY,
    LIMIT,
    Curves,
    Every,
    Experiments,
    Limit,
    Maximize,
    Metrics,
    Minimize,
    Names,
    Sort,
    Urls,
    directions,
    renamed,
)
from tracklayer.cli.options import AsJson, Filter
from tracklayer.cli.output import console, emit, progress

if TYPE_CHECKING:
    from tracklayer.compare import Comparison


def compare(
    urls: Urls,
    *,
    experiment: Experiments = None,
    filter: Filter = "",
    metric: Metrics = None,
    map_: Names = None,
    minimize: Minimize = None,
    maximize: Maximize = None,
    group_by: Annotated[
        list[str] | None, typer.Option(metavar="PARAM", help="Group runs by this param; may be given several times.")
    ] = None,
    seed_param: Annotated[
        list[str] | None, typer.Option(metavar="PARAM", help="This param is a seed: it makes no group of its own.")
    ] = None,
    prices: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What an hour costs, as TOML or JSON: adds a column.")
    ] = None,
    pareto: Annotated[
        list[str] | None, typer.Option(metavar="KEY,KEY", help="The runs that no other beats in all these metrics.")
    ] = None,
    importance: Annotated[
        str | None, typer.Option(metavar="KEY", help="Which params this metric hangs on; needs scikit-learn.")
    ] = None,
    test: Annotated[
        str | None, typer.Option(metavar="KEY", help="Whether groups differ in this metric by more than chance.")
    ] = None,
    sort: Sort = None,
    limit: Limit = LIMIT,
    curves: Curves = True,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="The report: one page that opens offline.")] = None,
    md: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A report for a pull request, with a picture beside it.")
    ] = None,
    picture_url: Annotated[
        str, typer.Option(metavar="URL", help="Where readers of --md will find its picture. Default: beside it.")
    ] = "",
    parquet: Annotated[Path | None, typer.Option(metavar="FILE", help="One row a run, as Parquet.")] = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="One row a run, as CSV.")] = None,
    points: Annotated[
        Path | None, typer.Option(metavar="FILE", help="One row a point, as CSV where it ends so, else as Parquet.")
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Look again and again, until Ctrl-C.")] = False,
    every: Every = EVERY,
    as_json: AsJson = False,
) -> None:
    """Lay runs of several places side by side; the same run in two places stands in one row.

    A place that cannot be read is named, the others are compared, and the exit code is 1.
    """
    from tracklayer.compare import compare as lay_side_by_side  # noqa: PLC0415 -- `tracklayer --help` needs none of it

    asked = partial(
        lay_side_by_side,
        urls,
        experiment=experiment,
        filter=filter,
        metrics=metric or None,
        map=renamed(map_),
        directions=directions(minimize, maximize),
        group_by=group_by or None,
        seed_params=seed_param or None,
        prices=prices,
    )
    files = {"html": html, "md": md, "parquet": parquet, "csv": csv, "points": points}
    wanted = {kind: path for kind, path in files.items() if path is not None}
    if live:
        from tracklayer.cli.watch import look_on  # noqa: PLC0415 -- only where it is asked for

        if wanted or pareto or importance or test:
            raise typer.BadParameter("--live shows the table alone: it writes no file, and looks for nothing else")
        look_on(asked, every=every, sort=sort, curves=curves, as_json=as_json)
    from tracklayer.cli.findings import Findings, fronts  # noqa: PLC0415 -- likewise
    from tracklayer.cli.reports import check, write  # noqa: PLC0415 -- likewise
    from tracklayer.render.text import plain  # noqa: PLC0415 -- likewise

    check(wanted.values())
    found = asked()
    findings = Findings(found, fronts(pareto or (), tuple(found.metrics)), importance, test)
    said = [] if as_json else list(findings.shown(console().width))
    document = findings.document() if as_json else {}
    tests = [test] if test else []
    written = list(write(found, wanted, curves=curves, tests=tests, picture_url=picture_url))
    if as_json:
        emit(document)
    else:
        report(found, sort=sort, limit=limit, curves=curves)
        for part in said:
            console().print(part)
        for line in written:
            console().print(plain(line), soft_wrap=True)
    if found.failures:
        raise typer.Exit(FAILED)


def report(found: Comparison, *, sort: str | None = None, limit: int | None = None, curves: bool = False) -> None:
    """The comparison as a table as wide as the terminal."""
    from tracklayer.compare.table import ranked, table  # noqa: PLC0415 -- it brings rich

    out = console()
    rows, blocks = ranked(found, sort, limit), out.encoding.startswith("utf")
    with progress() as bars:
        bars.add_task("curves", total=None)
        drawn = table(found, out.width, rows=rows, curves=curves, blocks=blocks)
    out.print(drawn)
