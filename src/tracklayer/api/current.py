"""The current run: the one that `tl.log_metric` and its like write to.

* Each context (thread, asyncio task) has a stack of its own, in a `contextvars.ContextVar`: the innermost run that is
  active is the current one. Tasks inherit the stack of their maker; threads do not, unless they are started with
  `contextvars.copy_context().run`.
* A context with no active run takes the process's only one, when there is exactly one: a worker thread logs to the run
  that the main thread started.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from contextvars import ContextVar
from threading import RLock
from typing import TYPE_CHECKING

from tracklayer.errors import InvalidInput
from tracklayer.model import Status

if TYPE_CHECKING:
    from tracklayer.api.active_run import ActiveRun

log = logging.getLogger("tracklayer")

_stack: ContextVar[tuple[ActiveRun, ...]] = ContextVar("tracklayer_current_runs", default=())
_lock = RLock()  # a signal's handler ends runs too
_begun: list[ActiveRun] = []  # of this process, not ended
_entered: list[ActiveRun] = []  # those among them that were made current somewhere


def current() -> ActiveRun | None:
    """The run to write to; None when no run is active. `InvalidInput` when it is not clear which."""
    for run in reversed(_stack.get()):
        if run.active:
            return run
    with _lock:
        candidates = [run for run in _entered if run.active]
    if len(candidates) > 1:
        message = (
            f"{len(candidates)} runs are active and none of them was started in this thread: use the run's own methods,"
            " or start the thread with contextvars.copy_context().run"
        )
        raise InvalidInput(message)
    return candidates[0] if candidates else None


def begin(run: ActiveRun) -> None:
    """Remember a run, so that it is ended at exit if nobody does."""
    with _lock:
        _begun.append(run)


def enter(run: ActiveRun) -> None:
    """Make a run the current one of this context. Twice is once."""
    stack = tuple(held for held in _stack.get() if held.active and held is not run)
    _stack.set((*stack, run))
    with _lock:
        if run not in _entered:
            _entered.append(run)


def leave(run: ActiveRun) -> None:
    """Forget a run that has ended; the one it was started within is the current one again."""
    _stack.set(tuple(held for held in _stack.get() if held is not run))
    with _lock:
        for runs in (_begun, _entered):
            if run in runs:
                runs.remove(run)


def end_all(status: Status | None = None, *, timeout: float | None = None) -> None:
    """End every run that is still active, the innermost first: for the exit of the program.

    * None: `finished`; `failed` when the program ends with an error, `killed` when it was interrupted. An interactive
      session ends `finished`, whatever went wrong in it. * `timeout`: seconds that their places are waited for, in all.
    """
    error = None if hasattr(sys, "ps1") else getattr(sys, "last_value", None)
    until = None if timeout is None else time.monotonic() + timeout
    with _lock:
        left = list(reversed(_begun))
    for run in left:
        rest = None if until is None else max(0.0, until - time.monotonic())
        _end(run, status or status_after(error), rest)


def status_after(error: BaseException | None) -> Status:
    """The status of a run that is left with this error."""
    if error is None:
        return "finished"
    return "failed" if isinstance(error, Exception) else "killed"


def _end(run: ActiveRun, status: Status, timeout: float | None) -> None:
    try:
        run.end(status, timeout)
    except Exception as fault:  # noqa: BLE001 -- one run that cannot be ended must not keep the others from it
        log.warning("run %r was left as it is at exit: %s", run.name, fault)


def _forked() -> None:
    """In a child process: the parent's runs are the parent's to end."""
    global _lock  # noqa: PLW0603 -- the parent may have held it when it forked
    _lock = RLock()  # a signal's handler ends runs too
    _begun.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
