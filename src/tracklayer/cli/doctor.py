"""`tracklayer doctor`: is everything there that tracklayer needs?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tracklayer.cli.boundary import FAILED
from tracklayer.cli.options import AsJson
from tracklayer.cli.output import console, emit, table

if TYPE_CHECKING:
    from tracklayer.cli.checkup import Extra, Reached


def doctor(
    places: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PLACE]...", help="URLs of places to reach. Default: $TRACKLAYER_URL, else local:"),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Check versions, extras, credentials (their names, never their values) and whether places answer.

    The exit code is 1 when a place does not answer.
    """
    from tracklayer.cli import checkup  # noqa: PLC0415 -- `tracklayer --help` needs none of it

    versions, extras, credentials = checkup.versions(), checkup.extras(), checkup.credentials()
    reached = [checkup.reach(place) for place in places] if places else [checkup.reach(None)]
    if as_json:
        emit(
            {
                "versions": versions,
                "extras": [extra._asdict() for extra in extras],
                "credentials": [found._asdict() for found in credentials],
                "places": [place._asdict() for place in reached],
            }
        )
    else:
        out = console()
        out.print(table(("version", ""), versions.items()))
        out.print()
        out.print(table(("extra", "has", "lacks", "to install"), [_extra(extra) for extra in extras]))
        out.print()
        rows = [(one.provider, one.name, "found" if one.found else "not found") for one in credentials]
        out.print(table(("provider", "credential", ""), rows or [("-", "none is needed", "")]))
        out.print()
        out.print(table(("place", "answers", "seconds"), [_place(place) for place in reached], right=["seconds"]))
    if not all(place.ok for place in reached):
        raise typer.Exit(FAILED)


def _extra(extra: Extra) -> tuple[str, ...]:
    has = ", ".join(f"{package} {version}" for package, version in extra.has.items())
    return extra.name, has or "needs no package", ", ".join(extra.lacks) or "-", extra.pip or ""


def _place(place: Reached) -> tuple[str, ...]:
    answer = "yes" if place.ok else "no"
    return place.place, f"{answer}: {place.says}" if place.says else answer, f"{place.seconds:.2f}"
