"""One client a place, for `tl.start_run(to=...)`; closed when the program ends."""

from __future__ import annotations

import atexit
import os
from collections.abc import Sequence
from threading import Lock

from tracklayer.api.client import Client, connect
from tracklayer.api.current import end_all
from tracklayer.api.urls import default_place, several
from tracklayer.errors import InvalidInput
from tracklayer.layers.journal.carrier import close_all
from tracklayer.layers.journal.dispatch import deliveries

_lock = Lock()
_clients: dict[str, Client] = {}


def client_of(url: str | None) -> Client:
    """The client of a place, always the same one; None: the default place."""
    client = connect(url)  # makes no call, and says what the place's own URL is: a relative path depends on the folder
    with _lock:
        known = _clients.setdefault(client.url, client)
    if known is not client:
        client.close()
    return known


def places(to: str | Sequence[str] | None) -> list[str]:
    """The URLs of one place or several; None: the default ones. A text may name several with commas between."""
    given = [default_place()] if to is None else [to] if isinstance(to, str) else list(to)
    found = [url for text in given for url in several(text)]
    if not found:
        message = "to= names no place: give a URL, or a list of URLs"
        raise InvalidInput(message)
    return list(dict.fromkeys(found))


@atexit.register
def _leave() -> None:
    """End the runs that nobody ended, then let go of the places they are written to."""
    end_all()
    for delivery in deliveries():  # of a forked child: what it logged ends, and the run does not
        delivery.leave()
    close_all()
    with _lock:
        clients = list(_clients.values())
        _clients.clear()
    for client in clients:
        client.close()


def _forked() -> None:
    """In a child process: connections are the parent's, so the child makes its own."""
    global _lock  # noqa: PLW0603 -- the parent may have held it when it forked
    _lock = Lock()
    _clients.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
