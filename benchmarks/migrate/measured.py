"""A command, run to its end in a process of its own, and what it took."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class FailedError(Exception):
    """A command ended badly; says its last lines."""


@dataclass(frozen=True)
class Measured:
    """What one or several commands took: seconds, processor seconds of them and their children, megabytes at most."""

    seconds: float = 0.0
    cpu: float = 0.0
    peak: float = 0.0

    def __add__(self, other: Measured) -> Measured:
        """One after the other."""
        return Measured(self.seconds + other.seconds, self.cpu + other.cpu, max(self.peak, other.peak))


def run(command: Sequence[str], folder: Path, env: Mapping[str, str], *, codes: tuple[int, ...] = (0,)) -> Measured:
    """Run it in a folder, where `printed.txt` gets what it prints. `FailedError` unless it ends with one of `codes`."""
    printed = folder / "printed.txt"
    with printed.open("ab") as out:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:  # Ctrl-C: nothing is left behind
            process.kill()
            process.wait()
            raise
        seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        said = printed.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-8:]
        raise FailedError(f"{' '.join(command[:3])} ... ended with {process.returncode}: {' / '.join(said)}")
    return Measured(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
