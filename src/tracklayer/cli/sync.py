"""`tracklayer sync`: what was logged and has not reached its place."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracklayer.cli.boundary import FAILED
from tracklayer.cli.options import AsJson
from tracklayer.cli.output import console, emit, note, progress, table

if TYPE_CHECKING:
    from tracklayer.layers.journal.sync import Synced

#: Seconds between two looks of `--watch`.
PAUSE = 5.0


def sync(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="A folder of journals, or one journal. Default: $TRACKLAYER_HOME."),
    ] = None,
    *,
    to: Annotated[str | None, typer.Option(metavar="URL", help="Send everything to this place as well.")] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on until Ctrl-C, and carry what is logged meanwhile.")
    ] = False,
    silence: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0, help="A writer on another machine that is silent so long is dead."),
    ] = 300.0,
    as_json: AsJson = False,
) -> None:
    """Send what was logged and has not reached its place: from runs whose process died, or that had no network.

    What has landed everywhere is deleted here. A run whose process died ends 'failed', with the reason as a tag.
    The exit code is 1 when something is left.
    """
    from tracklayer.errors import InvalidInput  # noqa: PLC0415 -- `tracklayer --help` needs none of it
    from tracklayer.layers.journal.folder import homes  # noqa: PLC0415

    places = list(homes()) if folder is None else [folder.absolute()]
    if folder is not None and not places[0].is_dir():
        message = f"no folder is named {str(folder)!r}: give the folder that holds the journals, or one of them"
        raise InvalidInput(message)
    found = _once(places, to, silence)
    while watch:
        _tell(found, as_json=as_json)
        time.sleep(PAUSE)
        found = _once(places, to, silence)
    _tell(found, as_json=as_json, all_said=True)
    if not all(one.ok for one in found):
        raise typer.Exit(FAILED)


def _once(places: Sequence[Path], to: str | None, silence: float) -> list[Synced]:
    from tracklayer.layers.journal.sync import sync as carry  # noqa: PLC0415

    with progress("state") as bars:
        task = bars.add_task("journals", total=None, state="")

        def tell(one: Synced) -> None:
            bars.update(task, description=one.run, state=f"{one.sent:,} records sent, {one.left:,} left")

        return [one for place in places for one in carry(place, to=to, patience=silence, tell=tell)]


def _tell(found: Sequence[Synced], *, as_json: bool, all_said: bool = False) -> None:
    """What was done. Of a watch, only what is new."""
    told = found if all_said else [one for one in found if one.sent or one.why]
    if as_json:
        emit({"journals": [_document(one) for one in told]})
        return
    if not told:
        if all_said:
            note("nothing is left to be sent")
        return
    rows = [(one.run, one.place, f"{one.sent:,}", f"{one.left:,}", f"{one.refused:,}", _state(one)) for one in told]
    console().print(table(("run", "place", "sent", "left", "refused", ""), rows, right=["sent", "left", "refused"]))


def _state(one: Synced) -> str:
    if one.why:
        return one.why
    if one.refused:
        return f"refused, and tried again each time; kept in {one.journal}"
    return "still being written" if one.alive else "done"


def _document(one: Synced) -> dict[str, Any]:
    return {
        "journal": str(one.journal),
        "run": one.run,
        "place": one.place,
        "id": one.run_id,
        "sent": one.sent,
        "left": one.left,
        "refused": one.refused,
        "alive": one.alive,
        "why": one.why,
    }
