"""One client a place, for `tl.start_run(to=...)`; closed when the program ends."""

from __future__ import annotations

import atexit
import os
from threading import Lock

from tracklayer.api.client import Client, connect
from tracklayer.api.current import end_all

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


@atexit.register
def _leave() -> None:
    """End the runs that nobody ended, then close the clients they are written through."""
    end_all()
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
