"""Arrival: the run of a journal at its place, made or found when its first records get there."""

from __future__ import annotations

import time
from collections.abc import Callable

from tracklayer.layers.journal.creation import created, joined, resumed
from tracklayer.layers.journal.folder import Journal
from tracklayer.layers.journal.reader import Reader
from tracklayer.layers.journal.records import Captured
from tracklayer.layers.journal.writer import Writer
from tracklayer.model import Run, RunRef
from tracklayer.spi import Driver

#: Seconds that a run waits to be made until the program is known; and that one who joins it waits for its maker.
CAPTURE, MAKER = 10.0, 60.0


class Arrival:
    """`writer`: of this process; None for a journal that somebody else writes, or wrote."""

    def __init__(
        self, journal: Journal, driver: Driver, writer: Writer | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._journal = journal
        self._driver = driver
        self._writer = writer
        self._clock = clock
        self._begun = clock()
        self._asked: float | None = None

    def run(self, *, over: bool) -> Run | None:
        """The run; None: not yet. `over`: nobody writes the journal any more."""
        start, live = self._journal.start, self._writer is not None
        if not live and not self._journal.records.exists():
            raise FileNotFoundError(self._journal.records)  # another process has carried all of it
        if self._driver.url in start.resume:
            return resumed(self._driver, RunRef(id=start.resume[self._driver.url]))
        if not start.owner:
            return self._joined(over=over)
        captured = self._captured(over=over)
        return None if captured is None else created(self._driver, self._journal, captured.source, live=live)

    def _captured(self, *, over: bool) -> Captured | None:
        """What is known of the program; None while that may still come."""
        if not self._journal.start.capturing:
            return Captured()
        found = Reader(self._journal.records).captured() if self._writer is None else self._writer.captured
        waits = not over and self._clock() - self._begun < CAPTURE
        return found or (None if waits else Captured())

    def _joined(self, *, over: bool) -> Run | None:
        """The run that another writer makes; made here, when nobody else seems to."""
        for other in self._journal.siblings():
            run = other.cursor(self._driver.url).run
            if run is not None:
                return self._driver.get_run(RunRef(id=run))
        found = joined(self._driver, self._journal)
        if found is not None:
            return found
        self._asked = self._clock() if self._asked is None else self._asked
        patience = MAKER / 6 if over else MAKER
        if (over and self._writer is None) or self._clock() - self._asked > patience:
            return created(self._driver, self._journal, None, live=self._writer is not None)
        return None
