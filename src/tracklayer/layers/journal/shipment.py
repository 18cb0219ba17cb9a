"""Shipment: one journal on its way to one place. The one code path of logging, of recovery and of `tracklayer sync`.

* A batch is read, written, and then acknowledged by the cursor. A writer that dies in between leaves a batch that is
  written again, and a batch written twice is written once.
* What the place refuses for what is in it is set aside. Every other error travels on, and the batch stays where it is.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from tracklayer.errors import TracklayerError
from tracklayer.layers.journal.arrival import Arrival
from tracklayer.layers.journal.breaker import Breaker
from tracklayer.layers.journal.cargo import let_go
from tracklayer.layers.journal.creation import remove_twins
from tracklayer.layers.journal.cursor import write_cursor
from tracklayer.layers.journal.folder import Journal
from tracklayer.layers.journal.landing import Landing
from tracklayer.layers.journal.reader import BLOCK, Reader
from tracklayer.layers.journal.taken import Taken
from tracklayer.layers.journal.writer import Writer
from tracklayer.model import ENDED, Batch, RunRef, same
from tracklayer.spi import Driver, Feature

log = logging.getLogger("tracklayer")

#: Seconds that a rank waits at its end for what the first one says.
FIRST_RANK = 5.0
#: Bytes that are carried at once, at the least: some 1,000 points.
LEAST = 1 << 15
#: The most that is counted of how often a place was asked for a run.
TWICE = 2


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
        self.landing = Landing(journal, driver)
        self._most = BLOCK
        self._reader = Reader(journal.records)
        self._arrival = Arrival(journal, driver, writer, clock=clock)
        self._clock = clock
        self._notes: list[str] = []
        self._spoken: float | None = None

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
        return max(0, self.journal.size - self.cursor.position) + self._held

    @property
    def over(self) -> bool:
        """Does nobody write any more?"""
        return not self.journal.alive if self.writer is None else self.writer.closed

    def has(self, size: int) -> bool:
        """Has the first `size` bytes of it landed, and all that is in no file? Of a writer that died: all there is."""
        if self.writer is None:
            return self.cursor.done or (self._reached(size) and not self.over)
        if self.writer.closed:  # the journal may be deleted by now, and its size say nothing
            return self.cursor.done and not self._held
        return self._reached(size) and not self._held

    @property
    def _held(self) -> int:
        """Bytes that are in no file, and that this place does not have."""
        if self.writer is None or self.writer.sheet is None or not len(self.writer.sheet.held):
            return 0
        return len(self.writer.sheet.held.for_place(self.place)[1])

    def _reached(self, size: int) -> bool:
        return self.cursor.run is not None and self.cursor.position >= size

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
            moved = self._ship()
        except FileNotFoundError:
            if self.writer is not None or self.journal.records.exists():
                raise
            self.cursor = self.cursor.model_copy(update={"done": True})  # another process has carried and deleted it
            return False
        except TracklayerError:
            self._most = max(LEAST, self._most // 4)  # over a bad line, small steps arrive
            raise
        self._most = min(BLOCK, self._most * 2)
        return moved

    def _ship(self) -> bool:
        run = self._run()
        if run is None:
            return False
        taken = self._take()
        if taken is None:
            if self.writer is None and not self.cursor.done and self.over:
                self._close(run)
            return False
        if taken.end is not None and self._early(run):
            return False
        batch = self._noted(taken)
        self.landing.write(run, batch.model_copy(update={"params": {}}) if self.journal.start.rank else batch)
        self.landing.send(run, [file for file in taken.files if not file.last])
        if taken.end is not None:
            self._last(run)
            self.landing.write(run, self._offered(taken.end.change))
            self._alone(run)
        self._acknowledge(taken)
        return True

    def _close(self, run: RunRef) -> None:
        """End the run of a writer that is gone without a word. Only the journal of the run's maker does."""
        self._last(run)
        self._alone(run)
        journal = self.journal
        if journal.start.owner:
            found = self.driver.get_run(run)
            if found.status not in ENDED and not found.deleted:
                said = f"{journal.start.process.said} died; last heard of {journal.heard.isoformat(timespec='seconds')}"
                change = Batch(status="failed", ended=journal.heard, tags={"audit.ended": f"failed: {said}"})
                self.landing.write(run, self._offered(change))
        self._save(done=True, sure=journal.sure)

    def retry_refused(self) -> None:
        """Try again what was set aside."""
        if self.cursor.run is not None:
            self.landing.retry(RunRef(id=self.cursor.run))

    # -- inside

    def _take(self) -> Taken | None:
        """The next records: of the file, or of what could not be written to it."""
        at = self.cursor.position
        if at < self.journal.size:
            taken = self._reader.take(at, over=self.over, most=self._most, trusted=self.writer is not None)
            if taken.stop > at:
                return taken
        if self.writer is None or self.writer.sheet is None:
            return None
        begin, data = self.writer.sheet.held.for_place(self.place)
        taken = self._reader.decode(memoryview(data))
        taken.held = begin + taken.stop
        return taken if taken.stop else None

    def _run(self) -> RunRef | None:
        """The run in this place; made or found at first. None: not yet."""
        if self.cursor.run is None:
            if self.cursor.asked < TWICE:
                self._save(asked=self.cursor.asked + 1)
            run = self._arrival.run(over=self.over)
            if run is None:
                return None
            self._save(run=run.id)
        return RunRef(id=str(self.cursor.run))

    def _noted(self, taken: Taken) -> Batch:
        """What is written to the run, with a note of what is missing."""
        lost = sum(one.records for one in taken.lost) + taken.unknown
        why = f": {taken.lost[0].why}" if taken.lost else ""
        if taken.end is not None and self.writer is not None and self.writer.sheet is not None:
            lost, why = lost + self.writer.sheet.lost, why or f": {self.writer.sheet.why}"
        notes = [f"{lost} records could not be kept{why}"] if lost else []
        if taken.unread:
            notes.append(f"{taken.unread} bytes of the journal were damaged")
        if not notes:
            return taken.batch
        log.warning("tracklayer: %s, of run %r", "; ".join(notes), self.journal.start.draft.name)
        self._notes += notes
        return taken.batch.model_copy(update={"tags": {**taken.batch.tags, "audit.lost": "; ".join(self._notes)}})

    def _early(self, run: RunRef) -> bool:
        """Has the first rank yet to say params that this one says too?"""
        if not self.journal.start.rank or self.writer is None:
            return False
        self._spoken = self._clock() if self._spoken is None else self._spoken
        if self._clock() - self._spoken > FIRST_RANK:
            return False
        found = self.driver.get_run(run)
        return found.status not in ENDED and not self._reader.params().keys() <= found.params.keys()

    def _last(self, run: RunRef) -> None:
        """What is carried before the end: files that grew, and what a rank says of its params.

        * The first rank speaks for the run. What another says otherwise, or alone, is told apart by that rank.
        """
        self.landing.send(run, self._reader.files())
        rank = self.journal.start.rank
        params = self._reader.params() if rank else {}
        if params:
            known = self.driver.get_run(run).params
            other = {key: value for key, value in params.items() if key not in known or not same(known[key], value)}
            self.landing.write(run, Batch(params={f"rank{rank}/{key}": value for key, value in other.items()}))

    def _alone(self, run: RunRef) -> None:
        """Take away what a request made that went on after its asker had given it up."""
        if self.journal.start.owner and self.cursor.asked >= TWICE:
            remove_twins(self.driver, run, self.journal.start.token)

    def _offered(self, change: Batch) -> Batch:
        """The end of a run as this place may be told it."""
        if change.ended is not None and not self.driver.traits.offers(Feature.BACKDATING):
            return change.model_copy(update={"ended": None})
        return change

    def _acknowledge(self, taken: Taken) -> None:
        done = self.cursor.done or taken.end is not None
        records = self.cursor.records + taken.records
        if taken.held is not None and self.writer is not None and self.writer.sheet is not None:
            self._save(records=records, done=done)
            self.writer.sheet.held.given(self.place, taken.held)  # who waits for that finds all of it counted
            return
        self._save(position=taken.stop, records=records, done=done)
        if self.driver.lasting:  # a place in memory keeps nothing for those that come later
            let_go(self.journal, taken.files, taken.stop)

    def _save(self, *, sure: bool = True, **changes: object) -> None:
        """Put the cursor down. Where that cannot be, all is sent again some day, to no harm.

        * `sure`: the writer has ended, and is not only silent. * A journal that all places have is deleted before
          anybody is told that this one has it.
        """
        cursor = self.cursor.model_copy(update=changes)
        try:
            write_cursor(self.journal.path, cursor)
        except OSError as error:
            log.debug("the cursor of %s cannot be written: %s", self.journal.path, error)
        if cursor.done and sure:
            clear(self.journal, self.writer)
        self.cursor = cursor


def clear(journal: Journal, writer: Writer | None = None) -> None:
    """Delete a journal, if all of it is everywhere."""
    size = journal.size
    if all(cursor.done and cursor.position >= size for cursor in journal.cursors()) and not journal.refused:
        if writer is not None:
            writer.close()
        journal.remove()
