"""Processes of the subjects: started, spoken to over pipes in JSON lines, ended by their ids."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from select import select
from typing import Any

from benchmarks.logging.surroundings import MARK

Message = dict[str, Any]


#: Seconds that the system may take to take away a process that was killed.
DYING = 5.0


class TooLongError(Exception):
    """A process did not say anything within its time."""


class BrokenError(Exception):
    """A process said that it failed, or ended without a word."""


class Child:
    """A process in a group of its own, which answers in JSON lines. What else it prints goes to a file."""

    def __init__(self, command: list[str], folder: Path, env: dict[str, str]) -> None:
        self._printed = folder / "printed.txt"
        with self._printed.open("ab") as printed:
            self.process = subprocess.Popen(
                command, cwd=folder, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=printed,
                start_new_session=True,
            )  # fmt: skip
        self._heard = b""

    def say(self, message: Message) -> None:
        """Send a line; one that nobody takes any more is no error here: `hear` tells why."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()

    def hear(self, limit: float) -> Message:
        """The next line; `TooLongError` after `limit` seconds, `BrokenError` when the process failed or is gone."""
        assert self.process.stdout is not None
        pipe, deadline = self.process.stdout.fileno(), time.monotonic() + limit
        while b"\n" not in self._heard:
            left = deadline - time.monotonic()
            if left <= 0 or not select([pipe], [], [], left)[0]:
                raise TooLongError(f"said nothing for {limit:.0f} s")
            piece = os.read(pipe, 1 << 16)
            if not piece:
                lines = self._printed.read_text(encoding="utf-8", errors="replace").split("\n")
                raise BrokenError(f"ended: {' / '.join(line for line in lines[-4:] if line) or self.process.wait()}")
            self._heard += piece
        line, _, self._heard = self._heard.partition(b"\n")
        message: Message = json.loads(line)
        if "failed" in message:
            raise BrokenError(message["failed"])
        return message

    def kill(self) -> None:
        """`kill -9` of the process group."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self, limit: float = 10) -> None:
        """Let it end by itself for some seconds, then kill it."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        try:
            self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.kill()


def marked(mark: str) -> list[int]:
    """The ids of all living processes with a mark: those too that left their group. Linux only; elsewhere none."""
    sought, found = f"{MARK}={mark}".encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if sought in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


def end_marked(mark: str, patience: float) -> None:
    """Wait some seconds for the processes with a mark to end by themselves, then kill each by its id."""
    for process in _left(mark, patience):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    _left(mark, DYING)


def _left(mark: str, seconds: float) -> list[int]:
    """The processes with a mark that are still there after some seconds."""
    deadline = time.monotonic() + seconds
    while (left := marked(mark)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def peak_megabytes(process: int) -> float:
    """The most memory that a living process has held; 0 where /proc does not tell."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0
