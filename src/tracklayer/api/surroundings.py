"""Surroundings: what is noted of the program and the machine beside what a run logs, all of it in the background."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from io import BytesIO
from threading import Thread
from typing import Any, BinaryIO
from uuid import uuid4

from tracklayer.api.capture import Monitor, SystemSampler, Tee, diff_size, environment, variables
from tracklayer.api.options import Options
from tracklayer.api.redaction import Redactor
from tracklayer.api.source import source
from tracklayer.layers.journal.dispatch import Delivery
from tracklayer.layers.journal.frames import Kind
from tracklayer.layers.journal.records import Captured, Spooled

log = logging.getLogger("tracklayer")

ENVIRONMENT, OUTPUT = "environment.json", "output.log"


class Surroundings:
    """Begins with a run and ends with it. What goes wrong here is no more than a debug record.

    * `put`: stores a file with the run. * `metrics`: logs a sample of the machine's load.
    * `audit`: notes which secrets were hidden.
    """

    def __init__(
        self,
        delivery: Delivery,
        options: Options,
        redactor: Redactor,
        *,
        put: Callable[[str, BinaryIO], None],
        metrics: Callable[[dict[str, float], int], None],
        audit: Callable[[], None],
    ) -> None:
        self._delivery = delivery
        self._options = options
        self._redactor = redactor
        self._put = put
        self._metrics = metrics
        self._audit = audit
        self._monitor: Monitor | None = None
        self._tee: Tee | None = None
        self._capturing: Thread | None = None

    def begin(self) -> None:
        """Start what the options ask for; the first of several ranks does it for all."""
        start = self._delivery.start
        if start.rank:
            return
        if start.capturing:
            self._capturing = Thread(target=self._capture, name="tracklayer captures", daemon=True)
            self._capturing.start()
        if self._options.system_metrics > 0 and SystemSampler.available():
            self._monitor = Monitor(SystemSampler().sample, self._metrics, self._options.system_metrics)
            self._monitor.start()
        if self._options.output:
            self._listen()

    def end(self) -> None:
        """Stop all of it; what is being captured is waited for, for a moment."""
        if self._monitor is not None:
            self._monitor.stop()
        if self._tee is not None:
            self._tee.stop()
        if self._capturing is not None:
            self._capturing.join(1.0)

    def _capture(self) -> None:
        found: Captured = Captured()
        try:
            found = Captured(source=source(self._redactor))
        except Exception as error:  # noqa: BLE001 -- training is not to know
            log.debug("the source of the program is left out: %s", error)
        self._delivery.writer.capture(found)
        try:
            about: dict[str, Any] = environment(self._redactor.environment(variables(os.environ)))
            changes = diff_size()
            about |= {"changes": changes} if changes else {}
            self._put(ENVIRONMENT, BytesIO(json.dumps(about, indent=1, ensure_ascii=False).encode()))
            self._audit()
        except Exception as error:  # noqa: BLE001 -- likewise
            log.debug("the environment is left out: %s", error)

    def _listen(self) -> None:
        folder = self._delivery.writer.folder()
        if folder is None:
            return
        name = uuid4().hex
        self._tee = Tee(folder / name)
        if self._tee.start():
            self._delivery.writer.record(Kind.FILE, Spooled(path=OUTPUT, name=name, last=True))
