"""The URIs that MLflow keeps: of a place, of the files of a run, of the files of a model.

* `tracklayer+PLACE`: a place, `tracklayer+sagemaker://us-east-1`.
* `tracklayer+artifacts:/PLACE/runs/RUN/PATH` and `.../models/MODEL/PATH`: files; PLACE is percent-encoded, so that
  MLflow may append to the URI whatever the place's own URL looks like.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, unquote

from tracklayer.errors import InvalidInput

PREFIX = "tracklayer+"
FILES = "tracklayer+artifacts:/"
RUNS, MODELS = "runs", "models"


class Files(NamedTuple):
    """What an artifact URI leads to: a place, and a path among its files; empty: all of them."""

    place: str
    below: str


def place_of(tracking_uri: str) -> str:
    """The URL of the place that a tracking URI names."""
    if not tracking_uri.startswith(PREFIX):
        message = f"not a tracking URI of tracklayer: {tracking_uri.partition(':')[0]!r}; write tracklayer+PLACE"
        raise InvalidInput(message)
    return tracking_uri.removeprefix(PREFIX)


def root_of(place: str) -> str:
    """The URI that all files of a place lie below."""
    return FILES + quote(place, safe="")


def files_of(uri: str) -> Files:
    """What an artifact URI leads to. `InvalidInput`."""
    if not uri.startswith(FILES):
        return Files(place_of(uri), "")
    place, _, below = uri.removeprefix(FILES).partition("/")
    return Files(unquote(place), below)
