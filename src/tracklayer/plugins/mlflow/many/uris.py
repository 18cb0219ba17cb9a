"""The URI of several places: `tracklayer+places:/PLACE/PLACE`, percent-encoded, and `?write=true` to write there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote, unquote

from tracklayer.errors import InvalidInput

SCHEME = "tracklayer+places"
#: What a server says to whoever would write to places that it only reads.
READS_ONLY = "this server only reads: start it with --write"
_BEGIN, _WRITE = f"{SCHEME}:/", "?write=true"


class Places(NamedTuple):
    """URLs of places; `write`: they may be written to."""

    urls: tuple[str, ...]
    write: bool


def uri_of(urls: Sequence[str], *, write: bool = False) -> str:
    """The URI of these places."""
    return _BEGIN + "/".join(quote(url, safe="") for url in urls) + (_WRITE if write else "")


def places_of(uri: str) -> Places:
    """The places of a URI. `InvalidInput` for none."""
    path = uri.removeprefix(_BEGIN).removesuffix(_WRITE)
    urls = tuple(unquote(url) for url in path.split("/") if url)
    if not uri.startswith(_BEGIN) or "?" in path or not urls:
        message = f"not a URI of places: {uri!r:.80}; write {_BEGIN}PLACE/PLACE, each percent-encoded"
        raise InvalidInput(message)
    return Places(tuple(dict.fromkeys(urls)), uri.endswith(_WRITE))
