"""`tracklayer ui`: MLflow's own pages over one or several places."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from tracklayer.cli.boundary import complain
from tracklayer.cli.output import note
from tracklayer.errors import InvalidInput

#: The variable that holds the token of a server that others than this machine can reach; and its fewest characters.
VARIABLE, FEWEST = "TRACKLAYER_UI_TOKEN", 16


def ui(
    urls: Annotated[
        list[str] | None,
        typer.Argument(metavar="[URL]...", help="URLs of places. Default: $TRACKLAYER_URL, else local:"),
    ] = None,
    *,
    host: Annotated[str, typer.Option(help="Where to listen; any but this machine's own needs a token.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen. 0: any free one.")] = 5000,
    write: Annotated[bool, typer.Option("--write", help="Let pages and clients write, too.")] = False,
    token_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help=f"Each request must bring the token in it. Default: ${VARIABLE}"),
    ] = None,
) -> None:
    """Serve MLflow's pages and its REST API over one or several places, until Ctrl-C.

    Of several places all experiments are there, each named `NAME @ PLACE`. It only reads, unless --write is said.
    """
    from tracklayer.api.urls import default_place, several  # noqa: PLC0415 -- `tracklayer --help` needs none of it
    from tracklayer.cli.wrapped import interruptible  # noqa: PLC0415
    from tracklayer.plugins.mlflow.ui.address import Address  # noqa: PLC0415
    from tracklayer.plugins.mlflow.ui.serve import serve  # noqa: PLC0415

    def ready(url: str) -> None:
        print(url, flush=True)
        note(f"serving {', '.join(places)} {'to read and write' if write else 'to read'}, until Ctrl-C or SIGTERM")

    places = tuple(dict.fromkeys(urls or several(default_place())))
    address = Address(host, port, _token(token_file))
    with interruptible(), suppress(KeyboardInterrupt):
        serve(places, address, write=write, warn=complain, ready=ready)


def _token(file: Path | None) -> str | None:
    """The token, which is never shown. `InvalidInput`."""
    where = VARIABLE if file is None else f"--token-file {file}"
    if file is None:
        text = os.environ.get(VARIABLE)
        if text is None:
            return None
    else:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise InvalidInput(f"{where}: {getattr(error, 'strerror', None) or 'it is no text'}") from None
    text = text.strip()
    if len(text) < FEWEST or not text.isascii() or not text.isprintable():
        raise InvalidInput(f"{where}: a token is at least {FEWEST} characters of ASCII; try: openssl rand -hex 32")
    return text
