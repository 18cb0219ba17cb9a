"""Keeper: the thread that has the disk keep what was logged, tells that this process lives, and takes on orphans."""

from __future__ import annotations

import logging
import os
import time
from threading import Lock, Thread

from tracklayer.layers.journal.dispatch import adopt_children, adopt_orphans, deliveries, take_over
from tracklayer.layers.journal.folder import home

log = logging.getLogger("tracklayer")

#: Seconds between two rounds; and rounds between two syncs of the disk, which is what a loss of power may take.
PACE, SYNC = 1.0, 5

_lock = Lock()
_thread: Thread | None = None


def keep() -> None:
    """Have the keeper at work in this process."""
    global _thread  # noqa: PLW0603 -- one a process
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = Thread(target=_work, name="tracklayer keeper", daemon=True)
            _thread.start()


def _work() -> None:
    turn = 0
    while True:
        time.sleep(PACE)
        turn += 1
        try:
            _round(first=turn == 1, sync=turn % SYNC == 0)
        except Exception as error:  # noqa: BLE001 -- nothing that goes wrong may end the thread, or reach training
            log.debug("a round of the keeper was cut short: %s", error)


def _round(*, first: bool, sync: bool) -> None:
    mine = deliveries()
    if sync:
        for delivery in mine:
            delivery.writer.sync()
    if first:
        adopt_orphans(home())
    for folder in {one.writer.path.parent for one in mine if one.writer.path is not None}:
        adopt_children(folder)
    take_over()


def _forked() -> None:
    global _lock, _thread
    _lock, _thread = Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
