"""Signals: a program that is told to end has its runs ended first."""

from __future__ import annotations

import logging
import os
import signal
from threading import current_thread, main_thread
from types import FrameType

from tracklayer.api import current

log = logging.getLogger("tracklayer")

#: Seconds that the places are waited for after SIGTERM. Whoever sends it waits longer: Kubernetes 30 s, Slurm 30 s,
#: Docker 10 s, systemd 90 s. https://docs.docker.com/reference/cli/docker/container/stop/
GRACE = 8.0


def watch() -> None:
    """Have SIGTERM end the active runs `killed` and flush them, then end the program as it would have.

    * Only where nobody else has asked for the signal: a handler of the program's own is left alone.
    * Only from the main thread, which is the only one that may.
    """
    if current_thread() is not main_thread() or not hasattr(signal, "SIGTERM"):
        return
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminated)


def _terminated(number: int, frame: FrameType | None) -> None:
    del frame
    try:
        current.end_all("killed", timeout=GRACE)
    finally:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
