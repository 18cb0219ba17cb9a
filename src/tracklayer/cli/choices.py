"""Choices: the options with which `compare` and `watch` are told what to lay side by side, and how to show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias

import typer

#: Runs that the table shows when nobody says how many.
LIMIT = 100
#: Seconds between two looks.
EVERY = 10.0

Urls: TypeAlias = Annotated[
    list[str], typer.Argument(metavar="URL...", help="URLs of places, or of runs (PLACE#RUN).", show_default=False)
]
Experiments: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--experiment", metavar="NAME", help="Only the runs of this experiment; may be given several times."),
]
Metrics: TypeAlias = Annotated[
    list[str] | None, typer.Option("--metric", metavar="KEY", help="Only this metric; may be given several times.")
]
Names: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="OLD=NEW", help="A metric or param that is called NEW elsewhere: val_acc=accuracy."),
]
Minimize: TypeAlias = Annotated[
    list[str] | None, typer.Option(metavar="KEY", help="A metric of which less is better, where its name does not say.")
]
Maximize: TypeAlias = Annotated[
    list[str] | None, typer.Option(metavar="KEY", help="A metric of which more is better, where its name does not say.")
]
Sort: TypeAlias = Annotated[
    str | None, typer.Option(metavar="KEY", help="Order the table's runs by this metric, the best first.")
]
Limit: TypeAlias = Annotated[int, typer.Option(min=1, help="Show at most so many runs in the table.")]
Curves: TypeAlias = Annotated[
    bool, typer.Option("--curves/--no-curves", help="Read the points of what is shown, and draw its curves.")
]
Every: TypeAlias = Annotated[
    float, typer.Option(metavar="SECONDS", min=1, help="How long to wait between two looks of a live view.")
]


def renamed(lines: Sequence[str] | None) -> dict[str, str]:
    """The names that are mapped."""
    from tracklayer.compare import parsed_map  # noqa: PLC0415 -- `tracklayer --help` needs none of it

    return parsed_map(lines or ())


def directions(minimize: Sequence[str] | None, maximize: Sequence[str] | None) -> dict[str, str]:
    """Which way metrics get better, as it is said. `BadParameter` for one that is said to get better both ways."""
    both = set(minimize or ()) & set(maximize or ())
    if both:
        raise typer.BadParameter(f"{min(both)!r} cannot be better both ways: give it to --minimize or to --maximize")
    return {**dict.fromkeys(minimize or (), "min"), **dict.fromkeys(maximize or (), "max")}
