"""URLs of places and of runs: `PLACE` and `PLACE#RUN`."""

from __future__ import annotations

import os
import re
from urllib.parse import quote, unquote

from tracklayer.errors import InvalidInput
from tracklayer.spi.registry import SCHEME

#: The environment variable that names the place of a program that says nothing.
VARIABLE = "TRACKLAYER_URL"
FALLBACK = "local:"


def default_place() -> str:
    """`$TRACKLAYER_URL`, else `local:`. It may name several, with commas between."""
    return os.environ.get(VARIABLE) or FALLBACK


def several(text: str) -> list[str]:
    """The URLs in a text with commas between them; a comma within a URL stands before no scheme."""
    return [url.strip() for url in re.split(r",(?=\s*[a-zA-Z][a-zA-Z0-9+.-]*:)", text) if url.strip()]


def run_url(place: str, run: str) -> str:
    """The URL of a run: its place, `#`, its id percent-encoded."""
    return f"{place}#{quote(run, safe='')}"


def split(url: str) -> tuple[str, str | None]:
    """The place and the run's id in a URL; None for the URL of a place. `InvalidInput` when the id is empty."""
    place, mark, run = url.rpartition("#")
    if not mark:
        return url, None
    if not run:
        message = f"the URL {url!r} ends before the run's id: write PLACE#RUN"
        raise InvalidInput(message)
    return place, unquote(run)


def is_run_url(text: str) -> bool:
    """Is this a run's URL, and not a plain id? It begins with a scheme and has a `#`."""
    return SCHEME.match(text) is not None and "#" in text
