"""Trace: one log record for each native call, and never a value in it.

The records go to the logger `tracklayer.trace` at level DEBUG: provider, operation, the id it was done to,
milliseconds, and the class of the error if there was one. No name, param, tag, token or URL is ever part of a record.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from tracklayer.spi import Wrapper

T = TypeVar("T")

log = logging.getLogger("tracklayer.trace")


class Trace(Wrapper):
    """Times each call of the driver below and logs it."""

    def around(self, operation: str, on: str, call: Callable[[], T]) -> T:
        if not log.isEnabledFor(logging.DEBUG):
            return call()
        start = time.perf_counter()
        outcome = "ok"
        try:
            return call()
        except BaseException as error:
            outcome = type(error).__name__
            raise
        finally:
            elapsed = (time.perf_counter() - start) * 1e3
            log.debug("%s %s %s: %s in %.1f ms", self.traits.provider, operation, on, outcome, elapsed)
