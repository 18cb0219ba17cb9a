"""Landing: batches and files are written to a run; what the place refuses is set aside."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from tracklayer.errors import Conflict, JournalDamaged, NotFound, TracklayerError, Unsupported
from tracklayer.layers.journal.cargo import send_file
from tracklayer.layers.journal.folder import Journal
from tracklayer.layers.journal.records import Spooled
from tracklayer.layers.journal.refusals import REFUSED, Piece, Refusals, Refused, written
from tracklayer.model import Batch, RunRef
from tracklayer.spi import Driver

log = logging.getLogger("tracklayer")


class Landing:
    """The place of one journal. `refused`: the first error of what was set aside; it is said once."""

    def __init__(self, journal: Journal, driver: Driver) -> None:
        self.refusals = Refusals(journal.path, driver.url)
        self.refused: TracklayerError | None = None
        self._journal = journal
        self._driver = driver
        self._left_out: set[str] = set()

    def write(self, run: RunRef, batch: Batch) -> None:
        """Write a batch; set aside what of it is refused. Whatever is wrong with the run itself travels on."""
        self._keep(self._written(run, batch))

    def send(self, run: RunRef, files: Sequence[Spooled]) -> None:
        """Store files; set aside those that are refused."""
        for file in files:
            self._keep(self._sent(run, file))

    def retry(self, run: RunRef) -> None:
        """Try again what was set aside."""
        size, waiting = self.refusals.size, self.refusals.all()
        still: list[Refused] = []
        while waiting:
            piece, _ = waiting[0]
            still += self._written(run, piece) if isinstance(piece, Batch) else self._sent(run, piece)
            waiting.pop(0)
        if self.refusals.all():
            self.refusals.replace(still, size)

    def _written(self, run: RunRef, batch: Batch) -> list[Refused]:
        if batch == Batch():
            return []
        try:
            self._driver.write(run, batch)
        except REFUSED as error:
            if isinstance(error, Conflict) and self._driver.get_run(run).deleted:
                message = f"run {run.id!r} is deleted: restore it, and what was logged follows"
                raise NotFound(message, provider=self._driver.traits.provider, operation="write") from error
            return written(partial(self._driver.write, run), batch)
        return []

    def _sent(self, run: RunRef, file: Spooled) -> list[Refused]:
        try:
            send_file(self._driver, run, self._journal, file)
        except (*REFUSED, JournalDamaged) as error:
            return [(file, error)]
        return []

    def _keep(self, refused: list[Refused]) -> None:
        """Set aside, and say so once. What a place does not offer at all is left out there."""
        kept: list[tuple[Piece, TracklayerError]] = []
        for piece, why in refused:
            if not isinstance(why, Unsupported):
                kept.append((piece, why))
            elif why.feature not in self._left_out:
                self._left_out.add(why.feature)
                log.warning("tracklayer: what needs it is left out at %s: %s", self._driver.url, why)
        if not kept:
            return
        try:
            self.refusals.add(kept)
        except OSError as error:
            log.warning("tracklayer: what %s refused cannot be kept: %s", self._driver.url, error.strerror)
        if self.refused is None:
            self.refused = kept[0][1]
            name, path = self._journal.start.draft.name, self.refusals.path
            said = "tracklayer: %s refused a part of run %r, which is kept in %s: %s"
            log.warning(said, self._driver.url, name, path, self.refused)
