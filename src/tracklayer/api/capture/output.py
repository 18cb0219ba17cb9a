"""What a program prints, kept in a file beside what it trains."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from tracklayer.api.capture.attempt import attempt
from tracklayer.api.capture.taps import TAPS

log = logging.getLogger("tracklayer")

#: Only its owner reads the file: nobody knows what is printed.
MODE = 0o600


class Tee:
    r"""Copies what Python writes to `sys.stdout` and `sys.stderr` into a file, in the order it was written.

    * Secrets are NOT hidden here: whoever gives the file away hides them first.
    * The file is UTF-8, what cannot be written so is escaped (`\udc80`); a file that is there is gone on with. It
      holds every write at once: nothing waits in a buffer when a program is killed.
    * `most`: bytes of the file at most; then one line more says that it was cut.
    * What is not heard: programs that it starts, libraries in C (a notebook shows them, so there they are), and streams
      that stand in `sys` later only.
    * A forked child's output is in the file too. A full disk loses what is printed meanwhile, and nothing is raised.
    """

    def __init__(self, path: str | os.PathLike[str], most: int | None = None) -> None:
        self._path = Path(path)
        self._most = most
        self._file: int | None = None
        self._identity: tuple[int, int] = (0, 0)
        self._cut = False
        self._failed = False

    def start(self) -> bool:
        """Begin to copy. False, and nothing is copied, where the file cannot be written. Twice is once."""
        if self._file is None:
            self._file = attempt("the output", self._opened)
            if self._file is not None:
                TAPS.listen(self._take)
        return self._file is not None

    def stop(self) -> None:
        """Copy no more, and leave the streams as they were. Twice is once."""
        attempt("the end of the output", TAPS.leave, self._take)
        with TAPS.writing:
            file, self._file = self._file, None
        if file is not None:
            attempt("the end of the output", self._close, file)

    def _opened(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)  # no newlines of Windows' own
        file = os.open(self._path, flags, MODE)
        status = os.fstat(file)
        self._identity = (status.st_dev, status.st_ino)
        return file

    def _close(self, file: int) -> None:
        if self._ours(os.fstat(file)):
            os.close(file)

    def _take(self, text: str) -> None:
        try:
            with TAPS.writing:
                self._write(text.encode("utf-8", "backslashreplace"))
        except Exception as error:  # noqa: BLE001 -- `print` is not to fail for it
            if not self._failed:
                self._failed = True  # before it is told: a handler of `logging` prints, and comes back here
                log.debug("the output is not kept in full: %s", error)

    def _write(self, data: bytes) -> None:
        if self._file is None or self._cut:
            return
        status = os.fstat(self._file)
        if not self._ours(status):  # somebody closed all files, as daemons do: the number is another file's now
            self._file = None
            return
        room = len(data) if self._most is None else self._most - status.st_size
        if len(data) > room:
            self._cut = True
            data = data[: max(0, room)].decode("utf-8", "ignore").encode()
            data += f"\n[the output is cut here: it is longer than {self._most} bytes]\n".encode()
        while data:
            data = data[os.write(self._file, data) :]

    def _ours(self, status: os.stat_result) -> bool:
        return (status.st_dev, status.st_ino) == self._identity
