"""`tracklayer experiments`: what experiments a place holds."""

from __future__ import annotations

from tracklayer.cli.options import AsJson, Place
from tracklayer.cli.output import console, document, emit, note, table


def experiments(place: Place = None, *, as_json: AsJson = False) -> None:
    """List the experiments of a place."""
    from tracklayer.api import connect  # noqa: PLC0415 -- `tracklayer --help` needs none of it
    from tracklayer.render import text  # noqa: PLC0415

    with connect(place) as client:
        found = list(client.experiments())
        if as_json:
            emit({"place": client.url, "experiments": [document(experiment) for experiment in found]})
            return
        rows = [(one.name, one.id, text.moment(one.created), (one.description or "")) for one in found]
        console().print(table(("name", "id", "created", "description"), rows))
        note(f"{text.counted(len(found), 'experiment')} in {client.url}")
