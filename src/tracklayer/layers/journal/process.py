"""Who writes a journal, and whether they still live.

No lock is taken, since a shared file system may break it: on the writer's own machine the process is looked up; from
elsewhere the writer lives as long as it is heard of.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from tracklayer.model import Model

#: Seconds of silence after which a writer on another machine is taken for dead; it gives a sign every few seconds.
SILENCE = 300.0


class Process(Model):
    """A process: its machine, its number there, and what tells it from a later one of the same number.

    * `machine`: the boot and the namespace of processes that `pid` belongs to, where the system tells (Linux).
    """

    host: str
    machine: str
    pid: int
    began: str

    @property
    def said(self) -> str:
        """For people."""
        return f"process {self.pid} on {self.host}"

    @property
    def local(self) -> bool:
        """Can it be looked up here?"""
        return (self.host, self.machine) == (platform.node(), _machine()) and os.name != "nt"

    def alive(self, silent: Callable[[], float], patience: float = SILENCE) -> bool:
        """Does it live? `silent`: tells the seconds since it was last heard of."""
        if not self.local:
            return silent() < patience
        return _state(self.pid) not in _GONE and _began(self.pid) == self.began


def this_process() -> Process:
    """The process that asks."""
    return process_of(os.getpid())


def process_of(pid: int) -> Process:
    """A process of this machine."""
    return Process(host=platform.node(), machine=_machine(), pid=pid, began=_began(pid))


#: No such process, or one that has ended and that nobody has asked how.
_GONE = {"", "Z", "X"}


def _state(pid: int) -> str:
    """The state of a process as one letter; empty where there is none."""
    fields = _stat(pid)
    if fields:
        return fields[0]
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        return "?"
    return "?"


def _began(pid: int) -> str:
    """When a process began, in ticks after the boot; empty where the system does not tell."""
    fields = _stat(pid)
    return fields[19] if fields else ""


def _stat(pid: int) -> list[str]:
    """`/proc/PID/stat` from the state on: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


@lru_cache(maxsize=1)
def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def silence(path: Path) -> float:
    """Seconds since a writer was heard of, by the clock of the file system that holds its file."""
    beacon = path.with_name(f".now-{os.getpid()}")
    try:
        beacon.touch()
        present = beacon.stat().st_mtime
        beacon.unlink()
    except OSError:
        present = time.time()
    return max(0.0, present - path.stat().st_mtime)
