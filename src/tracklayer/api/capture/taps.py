"""The taps on the standard streams of this process, and who listens to them.

* Listeners come and go in any order: a stream has one tap, and the tap has the listeners.
"""

from __future__ import annotations

import os
import sys
from threading import RLock
from typing import Any

from tracklayer.api.capture.attempt import attempt
from tracklayer.api.capture.tap import Sink, Tap


class Taps:
    """The taps of this process, and the locks that keep them in order; a forked child has new ones.

    * `writing`: for what a sink does. Who holds it must not log: a handler of `logging` that prints may wait for it.
    """

    def __init__(self) -> None:
        self._forked()
        self._taps: list[Tap] = []
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forked)

    def listen(self, sink: Sink) -> None:
        """Tell a sink what is written to `sys.stdout` and `sys.stderr`, as they are now."""
        with self._changing:
            for stream in {id(each): each for each in (sys.stdout, sys.stderr) if each is not None}.values():
                tap = self._tap_of(stream) or attempt("the output of a stream", self._tapped, stream)
                if tap is not None:
                    tap.sinks = (*tap.sinks, sink)

    def leave(self, sink: Sink) -> None:
        """Tell it nothing more."""
        with self._changing:
            for tap in self._taps:
                tap.sinks = tuple(each for each in tap.sinks if each != sink)
            silent = [tap for tap in self._taps if not tap.sinks]
            self._taps = [tap for tap in self._taps if tap.sinks]
            for tap in silent:
                attempt("leaving a stream", tap.close)

    def _tap_of(self, stream: Any) -> Tap | None:
        return next((tap for tap in self._taps if stream is tap.stream or stream is tap.standin), None)

    def _tapped(self, stream: Any) -> Tap:
        tap = Tap(stream)
        tap.open()
        self._taps.append(tap)
        return tap

    def _forked(self) -> None:
        # Old ones may be held by threads that are not in this process. One thread may need one twice: a signal's
        # handler prints while its program does.
        self._changing = RLock()
        self.writing = RLock()


TAPS = Taps()
