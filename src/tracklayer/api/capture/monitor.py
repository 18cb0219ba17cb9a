"""A clock beside a run: measures and logs every few seconds until it is stopped."""

from __future__ import annotations

import atexit
import logging
import os
from collections.abc import Callable, Mapping
from threading import Event, Thread, current_thread

from tracklayer.api.capture.attempt import attempt

log = logging.getLogger("tracklayer")

#: Seconds that `stop` waits for a sample that is being logged.
PATIENCE = 5.0
#: Seconds between samples at least: more often, and measuring is what is measured.
LEAST = 0.1


class Monitor:
    """Calls `log(sample(), step)` every `interval` seconds, on a thread that never keeps a program from ending.

    * `step` counts samples from 0; the first is taken after one interval. A sample without metrics is none.
    * What `sample` or `log` raise is noted as a debug record, and the next sample is taken all the same.
    * Belongs to the process that made it: in a forked child it does nothing, and `stop` returns.
    * `stopped`: the event that is waited on, for whoever wants to hold the clock.
    """

    def __init__(
        self,
        sample: Callable[[], Mapping[str, float]],
        log: Callable[[dict[str, float], int], object],
        interval: float = 10.0,
        *,
        stopped: Event | None = None,
    ) -> None:
        self._sample = sample
        self._log = log
        self._interval = max(interval, LEAST)
        self._stopped = Event() if stopped is None else stopped
        self._process = os.getpid()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin. Twice is once; after `stop` it is over."""
        if self._thread is not None or self._stopped.is_set() or os.getpid() != self._process:
            return
        thread = Thread(target=self._run, name="tracklayer-monitor", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the system has no thread left, or the interpreter ends
            log.debug("the monitor is left out: %s", error)
            return
        self._thread = thread
        # A thread that is cut off while it writes at the interpreter's end may abort the program: it is stopped before.
        atexit.register(self.stop)

    def stop(self) -> None:
        """End: nothing more is logged, unless a `log` hangs for longer than `PATIENCE` seconds. Twice is once."""
        if os.getpid() != self._process:  # the thread is the parent's, and so is the lock of the event
            return
        self._stopped.set()
        thread = self._thread
        if thread is not None and thread is not current_thread():
            thread.join(PATIENCE)
        atexit.unregister(self.stop)

    def _run(self) -> None:
        step = 0
        while not self._stopped.wait(self._interval):
            metrics = attempt("a sample", self._sample)
            if not metrics or self._stopped.is_set():
                continue
            attempt("logging a sample", self._log, dict(metrics), step)
            step += 1
