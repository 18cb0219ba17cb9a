"""A user's command, run in an environment of ours: signals reach it, its exit code is ours, its streams are its own."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from tracklayer.errors import InvalidInput

#: What somebody who ends or asks us means for the command.
PASSED_ON = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
#: What a terminal sends to all processes of its foreground: the command has got it already.
FROM_TERMINAL = ("SIGINT", "SIGHUP", "SIGQUIT")
#: A shell's exit code for a command that a signal ended is this and the signal's number.
SIGNALLED = 128


def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command to its end; its exit code, as a shell has it. `InvalidInput` when it cannot be started."""
    started: list[subprocess.Popen[bytes]] = []
    early: list[int] = []

    def pass_on(number: int) -> None:
        if not started:
            early.append(number)
        elif not (signal.Signals(number).name in FROM_TERMINAL and _in_foreground()):
            with suppress(OSError, ValueError):  # it has ended; or Windows, which has hardly a signal
                started[0].send_signal(number)

    with _handled(PASSED_ON, pass_on):
        try:
            process = subprocess.Popen(list(command), env=dict(environment))  # noqa: S603 -- the user's own command
        except OSError as error:
            raise InvalidInput(f"cannot run {command[0]!r}: {error.strerror or error}") from None
        started.append(process)
        for number in early:
            pass_on(number)
        code = process.wait()
    return code if code >= 0 else SIGNALLED - code


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM ends what is within as Ctrl-C does: with all that it has to tidy up."""

    def interrupt(_number: int) -> None:
        raise KeyboardInterrupt

    with _handled(("SIGTERM",), interrupt):
        yield


@contextmanager
def _handled(names: Sequence[str], do: Callable[[int], object]) -> Iterator[None]:
    """Do this on these signals; those that are ignored stay ignored."""

    def handle(number: int, _frame: FrameType | None) -> None:
        do(number)

    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number, known in before.items():
        if known is not signal.SIG_IGN:
            signal.signal(number, handle)
    try:
        yield
    finally:
        for number, known in before.items():
            signal.signal(number, known)


def _in_foreground() -> bool:
    """Whether this process and what it started are what a terminal's keys are for."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
