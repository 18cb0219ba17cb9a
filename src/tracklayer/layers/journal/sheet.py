"""Sheet: the file of one journal. A frame is written to it whole, or held in memory, or counted as lost.

Where the disk is full or no folder can be written to, nothing is raised: it is said once, and tried again now and then.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import RLock

from tracklayer.layers.journal.folder import RECORDS, UNBORN, homes, new_folder
from tracklayer.layers.journal.frames import Frame, Kind, frame_at, packed
from tracklayer.layers.journal.held import MOST, Held
from tracklayer.layers.journal.records import Lost, Start

log = logging.getLogger("tracklayer")

#: Seconds between two tries to write what is held.
AGAIN = 0.25
#: For the owner alone, and growing at its end only.
FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)


class Sheet:
    """Grows by whole frames.

    * `folder`: where it lies; None where nothing can be written. * `fd`: of the file; -1 without one.
    * `records`: how many are kept. * `held`: those of them that are in memory only. * `lost`: how many are not kept.
    * `hindered`: called when it cannot be written to any more. * `first`: gives the frames that must stand in the file
      before what is held, unless they are among that; `resumed`: called when all of it does.
    """

    def __init__(
        self,
        start: Start,
        *,
        hindered: Callable[[], None] = lambda: None,
        first: Callable[[], Iterable[bytes]] = tuple,
        resumed: Callable[[], None] = lambda: None,
    ) -> None:
        self.folder: Path | None = None
        self.fd = -1
        self.records = 0
        self.held = Held(start.places)
        self.lost = 0
        self.why = ""
        self._hindered = hindered
        self._first = first
        self._resumed = resumed
        self._synced = 0
        self._tried: float | None = None  # the last try to write, while writing fails
        self._trying = False  # a signal's handler may come in the midst of a try
        self._lock = RLock()
        self._open(start)

    @property
    def sound(self) -> bool:
        """Can it be written to?"""
        return self._tried is None

    def append(self, frame: bytes, torn: int = 0) -> bool:
        """Write a frame, or hold it; False when it is lost. `torn`: bytes of it that have been written already."""
        if torn:
            self._take_back(frame[:torn])
        if self._tried is None and self._write(frame):
            self.records += 1
            return True
        with self._lock:
            if self._tried is None and self._write(frame):  # another thread has found that it goes again
                self.records += 1
                return True
            kept = self.held.add(frame)
            if kept:
                self.records += 1
            self.retry()
            if not kept and self._tried is None and self._write(frame):
                self.records += 1
                return True
            if not kept:
                self.lost += 1
            return kept

    def retry(self, *, now: bool = False) -> None:
        """Write what is held, if that was not tried just before."""
        with self._lock:
            if self._tried is None or self.fd < 0 or self._trying or not (len(self.held) or self.lost):
                return
            if not now and time.monotonic() - self._tried < AGAIN:
                return
            self._trying = True
            try:
                self._resume()
            finally:
                self._trying = False

    def sync(self) -> None:
        """Have the disk keep what was written, also through a loss of power; and tell that the writer lives."""
        fd, records, folder = self.fd, self.records, self.folder
        if fd < 0 or folder is None:
            return
        try:
            if records != self._synced:
                os.fdatasync(fd) if hasattr(os, "fdatasync") else os.fsync(fd)
                self._synced = records
            if os.fstat(fd).st_nlink == 0:  # taken for dead by another machine, or deleted by hand
                self._fail("the journal was deleted")
                return
            os.utime(folder / RECORDS)
        except OSError as error:
            log.debug("journal %s cannot be synced: %s", folder, error)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            fd, self.fd = self.fd, -1
            if fd >= 0:
                os.close(fd)

    # -- inside

    def _open(self, start: Start) -> None:
        """Begin a journal in the first place that takes one; without any, all is held."""
        wrong = []
        body = packed(Kind.START, start)
        for place in homes():
            try:
                self.folder = new_folder(place, start.draft.name or "run")
                self.fd = os.open(self.folder / UNBORN, FLAGS, 0o600)
                if os.write(self.fd, body) != len(body):
                    raise OSError(28, "no room is left on the disk")  # noqa: TRY301 -- told as any other
                (self.folder / UNBORN).rename(self.folder / RECORDS)  # so that nobody finds half a first record
            except OSError as error:  # noqa: PERF203 -- two turns at most
                wrong.append(f"{place}: {error.strerror}")
                self.close()
                if self.folder is not None:
                    shutil.rmtree(self.folder, ignore_errors=True)
                self.folder = None
            else:
                self.records += 1
                if wrong:
                    log.warning("tracklayer cannot write to %s; the journal lies in %s", wrong[0], self.folder)
                return
        self._fail("; ".join(wrong) or "there is none")
        self.append(body)

    def _resume(self) -> None:
        """Write all that is held, and what of it is lost. A part that was written is held no more."""
        while True:
            begin, data = self.held.all()
            for frame in self._first():
                if frame not in data and not self._also(frame):
                    return
            done = self._write(data)
            self.held.written(begin + done)
            if done < len(data):
                return
            if not len(self.held):  # else a signal's handler came meanwhile
                break
        lost = self.lost
        if lost and not self._also(packed(Kind.LOST, Lost(records=lost, why=self.why))):
            return
        self.lost -= lost
        self._resumed()
        self._tried = None
        log.warning("tracklayer can write to %s again; %d records were lost meanwhile", self.folder, lost)

    def _also(self, frame: bytes) -> bool:
        """Write a frame that has not been held."""
        if not self._write(frame):
            return False
        self.records += 1
        return True

    def _write(self, body: bytes) -> int:
        """Write to the file, each frame whole or not at all; how many bytes stand there."""
        try:
            written = os.write(self.fd, body)
        except OSError as error:
            self._fail(error.strerror or type(error).__name__)
            return 0
        if written == len(body):
            return written
        whole = 0
        while isinstance(found := frame_at(memoryview(body)[:written], whole), Frame):
            whole = found.stop
        if whole < written:
            self._take_back(body[whole:written])
        self._fail("no room is left on the disk")
        return whole

    def _take_back(self, torn: bytes) -> None:
        """Cut a torn frame off. Where another thread has written behind it, readers pass over it."""
        try:
            size = os.fstat(self.fd).st_size
            if os.pread(self.fd, len(torn), size - len(torn)) == torn:
                os.ftruncate(self.fd, size - len(torn))
        except OSError as error:
            log.debug("a torn record stays in %s: %s", self.folder, error)

    def _fail(self, why: str) -> None:
        with self._lock:
            if self._tried is None:
                log.warning(
                    "tracklayer cannot write to %s: %s; training goes on, %d bytes of records are held in memory and"
                    " what is beyond is lost until it can be written again",
                    self.folder or "any folder",
                    why,
                    MOST,
                )
            self.why = why
            self._tried = time.monotonic()
        self._hindered()
