"""Shipment: one journal on its way to one place. The one code path of logging, of recovery and of `tracklayer sync`.

* A batch is read, written, and then acknowledged by the cursor. A writer that dies in between leaves a batch that is
  written again, and a batch written twice is written once.
* What the place refuses for what is in it is set aside. Every other error travels on, and the batch stays where it is.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

from tracklayer.errors import Conflict, NotFound, TracklayerError, Unsupported
from tracklayer.layers.journal.breaker import Breaker
from tracklayer.layers.journal.cargo import let_go, send_file
from tracklayer.layers.journal.creation import created, joined, resumed
from tracklayer.layers.journal.cursor import write_cursor
from tracklayer.layers.journal.folder import Journal
from tracklayer.layers.journal.reader import Reader
from tracklayer.layers.journal.records import Captured, Spooled
from tracklayer.layers.journal.refusals import REFUSED, Refusals, Refused, written
from tracklayer.layers.journal.taken import Taken
from tracklayer.layers.journal.writer import Writer
from tracklayer.model import ENDED, Batch, Run, RunRef
from tracklayer.spi import Driver, Feature

log = logging.getLogger("tracklayer")

#: Seconds that a run waits to be made until the program is known; and that one who joins it waits for its maker.
CAPTURE, MAKER = 10.0, 60.0


class Shipment:
    """Carries a journal on, a batch at a time. One thread at a time.

    * `writer`: of this process; None for a journal that somebody else writes, or wrote.
    """

    def __init__(
        self,
        journal: Journal,
        driver: Driver,
        *,
        writer: Writer | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.journal = journal
        self.driver = driver
        self.writer = writer
        self.cursor = journal.cursor(driver.url)
        self.breaker = Breaker()
        self.refusals = Refusals(journal.path, driver.url)
        self.refused: TracklayerError | None = None
        self._left_out: set[str] = set()
        self._reader = Reader(journal.records)
        self._clock = clock
        self._begun = clock()
        self._asked: float | None = None

    @property
    def place(self) -> str:
        """The URL of the place."""
        return self.driver.url

    @property
    def landed(self) -> bool:
        """Is all of it there that has been logged so far?"""
        return self.cursor.run is not None and not self.waiting

    @property
    def waiting(self) -> int:
        """Bytes that have not landed."""
        held = 0 if self.writer is None else len(self.writer.held)
        return max(0, self.journal.size - self.cursor.position) + held

    @property
    def over(self) -> bool:
        """Does nobody write any more?"""
        return not self.journal.alive if self.writer is None else self.writer.closed

    def has(self, size: int) -> bool:
        """Has the first `size` bytes of it landed, and all that is in no file?"""
        held = self.writer is not None and bool(self.writer.held)
        return self.landed or (self.cursor.run is not None and self.cursor.position >= size and not held)

    def pending(self) -> int:
        """Records that have not landed."""
        if self.cursor.done and self.cursor.position >= self.journal.size:
            return 0
        if self.writer is not None:
            return max(0, self.writer.records - self.cursor.records)
        try:
            return self._reader.count(self.cursor.position)
        except OSError:
            return 0

    def ship(self) -> bool:
        """Carry on by a batch. False when nothing is there to be carried, or when it must wait.

        * Ends the run of a writer that died, when all else has landed. * Deletes a journal that all places have.
        """
        try:
            return self._ship()
        except FileNotFoundError:
            if self.writer is not None or self.journal.records.exists():
                raise
            self.cursor = self.cursor.model_copy(update={"done": True})  # another process has carried and deleted it
            return False

    def _ship(self) -> bool:
        run = self._run()
        if run is None:
            return False
        taken = self._take()
        if taken is None:
            if self.writer is None and not self.cursor.done and self.over:
                self._close(run)
            return False
        self._write(run, self._noted(taken))
        self._send(run, [file for file in taken.files if not file.last])
        if taken.end is not None:
            self._send(run, self._reader.files())
            self._write(run, self._offered(taken.end.change))
        self._acknowledge(taken)
        return True

    def _close(self, run: RunRef) -> None:
        """End the run of a writer that is gone without a word. Only the journal of the run's maker does."""
        self._send(run, self._reader.files())
        journal = self.journal
        if journal.start.owner:
            found = self.driver.get_run(run)
            if found.status not in ENDED and not found.deleted:
                said = f"{journal.start.process.said} died; last heard of {journal.heard.isoformat(timespec='seconds')}"
                change = Batch(status="failed", ended=journal.heard, tags={"audit.ended": f"failed: {said}"})
                self._write(run, self._offered(change))
        self._save(done=True)
        clear(self.journal, self.writer)

    def retry_refused(self) -> int:
        """Try again what was set aside; how many pieces are refused still."""
        waiting = self.refusals.all()
        if not waiting or self.cursor.run is None:
            return len(waiting)
        run = RunRef(id=self.cursor.run)
        self.refusals.clear()
        for piece, _ in waiting:
            if isinstance(piece, Batch):
                self._write(run, piece)
            else:
                self._send(run, [piece])
        return len(self.refusals)

    # -- inside

    def _take(self) -> Taken | None:
        """The next records: of the file, or of what could not be written to it."""
        at = self.cursor.position
        if at < self.journal.size:
            taken = self._reader.take(at, over=self.over)
            if taken.stop > at:
                return taken
        if self.writer is None or not self.writer.held:
            return None
        state = self.writer.state
        taken = self._reader.decode(memoryview(bytes(self.writer.held)))
        taken.held = state
        return taken if taken.stop else None

    def _run(self) -> RunRef | None:
        """The run in this place; made or found at first. None: not yet."""
        if self.cursor.run is not None:
            return RunRef(id=self.cursor.run)
        start = self.journal.start
        if self.place in start.resume:
            run = resumed(self.driver, RunRef(id=start.resume[self.place]))
        elif start.owner:
            captured = self._captured()
            if captured is None:
                return None
            run = created(self.driver, self.journal, captured.source)
        else:
            found = self._joined()
            if found is None:
                return None
            run = found
        self._save(run=run.id)
        return run.ref

    def _captured(self) -> Captured | None:
        """What is known of the program; None while that may still come."""
        if not self.journal.start.capturing:
            return Captured()
        found = self._reader.captured() if self.writer is None else self.writer.captured
        waits = not self.over and self._clock() - self._begun < CAPTURE
        return found or (None if waits else Captured())

    def _joined(self) -> Run | None:
        """The run that another writer makes; made here, when nobody else seems to."""
        for other in self.journal.siblings():
            run = other.cursor(self.place).run
            if run is not None:
                return self.driver.get_run(RunRef(id=run))
        found = joined(self.driver, self.journal)
        if found is not None:
            return found
        self._asked = self._clock() if self._asked is None else self._asked
        if self.over or self._clock() - self._asked > MAKER:
            return created(self.driver, self.journal, None)
        return None

    def _noted(self, taken: Taken) -> Batch:
        """What is written to the run, with a note of what is missing."""
        lost = sum(one.records for one in taken.lost) + taken.unknown
        notes = [f"{lost} records could not be kept" + (f": {taken.lost[0].why}" if taken.lost else "")] if lost else []
        if taken.unread:
            notes.append(f"{taken.unread} bytes of the journal were damaged")
        if not notes:
            return taken.batch
        log.warning("tracklayer: %s, of run %r", "; ".join(notes), self.journal.start.draft.name)
        return taken.batch.model_copy(update={"tags": {**taken.batch.tags, "audit.lost": "; ".join(notes)}})

    def _write(self, run: RunRef, batch: Batch) -> None:
        """Write a batch; set aside what of it is refused. Whatever is wrong with the run itself travels on."""
        if batch == Batch():
            return
        try:
            self.driver.write(run, batch)
        except REFUSED as error:
            if isinstance(error, Conflict) and self.driver.get_run(run).deleted:
                raise NotFound(
                    f"run {run.id!r} is deleted: restore it, and what was logged follows",
                    provider=self.driver.traits.provider,
                    operation="write",
                ) from error
            self._refuse(written(partial(self.driver.write, run), batch), run)

    def _refuse(self, refused: list[Refused], run: RunRef) -> None:
        rank = self.journal.start.rank
        if rank:  # what several ranks log differently is told apart by the rank
            write = partial(self.driver.write, run)
            kept: list[Refused] = []
            for piece, why in refused:
                if isinstance(piece, Batch) and piece.params:
                    renamed = {f"rank{rank}/{key}": value for key, value in piece.params.items()}
                    kept += written(write, Batch(params=renamed))
                else:
                    kept.append((piece, why))
            refused = kept
        for _, why in refused:
            if isinstance(why, Unsupported) and why.feature not in self._left_out:
                self._left_out.add(why.feature)
                log.warning("tracklayer: what needs it is left out at %s: %s", self.place, why)
        refused = [pair for pair in refused if not isinstance(pair[1], Unsupported)]
        if not refused:
            return
        self.refusals.add(refused)
        if self.refused is None:
            self.refused = refused[0][1]
            log.warning(
                "tracklayer: %s refused a part of run %r, which is kept in %s: %s",
                self.place,
                self.journal.start.draft.name,
                self.refusals.path,
                refused[0][1],
            )

    def _send(self, run: RunRef, files: list[Spooled]) -> None:
        for file in files:
            try:
                send_file(self.driver, run, self.journal, file)
            except REFUSED as error:  # noqa: PERF203 -- a network call each
                self._refuse([(file, error)], run)

    def _offered(self, change: Batch) -> Batch:
        """The end of a run as this place may be told it."""
        if change.ended is not None and not self.driver.traits.offers(Feature.BACKDATING):
            return change.model_copy(update={"ended": None})
        return change

    def _acknowledge(self, taken: Taken) -> None:
        done = self.cursor.done or taken.end is not None
        records = self.cursor.records + taken.records
        if taken.held is not None and self.writer is not None:
            self.writer.release(taken.stop, taken.held)
            self._save(records=records, done=done)
            return
        self._save(position=taken.stop, records=records, done=done)
        let_go(self.journal, taken.files, taken.stop)
        if done:
            clear(self.journal, self.writer)

    def _save(self, **changes: object) -> None:
        """Put the cursor down. Where that cannot be, all is sent again some day, to no harm."""
        self.cursor = self.cursor.model_copy(update=changes)
        try:
            write_cursor(self.journal.path, self.cursor)
        except OSError as error:
            log.debug("the cursor of %s cannot be written: %s", self.journal.path, error)


def clear(journal: Journal, writer: Writer | None = None) -> None:
    """Delete a journal, if all of it is everywhere."""
    size = journal.size
    if all(cursor.done and cursor.position >= size for cursor in journal.cursors()) and not journal.refused:
        if writer is not None:
            writer.close()
        journal.remove()
