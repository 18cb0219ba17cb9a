"""Cargo: the files of a run, from the journal's folder to a place."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import BinaryIO

from tracklayer.errors import InvalidInput, TracklayerError
from tracklayer.layers.journal.folder import Journal
from tracklayer.layers.journal.reader import BLOCK, Reader
from tracklayer.layers.journal.records import Spooled
from tracklayer.layers.stack import stack
from tracklayer.model import RunRef
from tracklayer.spi import Driver, open_driver


def send_file(driver: Driver, run: RunRef, journal: Journal, file: Spooled) -> None:
    """Store a file with the run. `InvalidInput` when nobody has it any more."""
    try:
        waiting: BinaryIO = journal.file(file.name).open("rb")
    except FileNotFoundError:
        _from_elsewhere(driver, run, journal, file)
        return
    with waiting:
        driver.put_artifact(run, file.path, waiting)


def let_go(journal: Journal, files: Sequence[Spooled], position: int) -> None:
    """Delete the files that records of a take name, which ends at `position`, when all places are past those records.

    * A place may be in the midst of the take: what is named from there on stays. One that is further behind than a
      block has none of it.
    """
    mine = [file for file in files if not file.last]
    if not mine:
        return
    slowest = min((cursor.position for cursor in journal.cursors()), default=position)
    if slowest < position - BLOCK:
        return
    try:
        ahead = _named(journal, slowest, position) if slowest < position else set()
    except FileNotFoundError:  # the journal is deleted, and its files with it
        return
    for file in mine:
        if file.name not in ahead:
            journal.file(file.name).unlink(missing_ok=True)


def _named(journal: Journal, at: int, stop: int) -> set[str]:
    """The files that records between two positions name."""
    reader, names = Reader(journal.records), set[str]()
    while at < stop and (taken := reader.take(at, most=stop - at)).stop > at:
        names |= {file.name for file in taken.files}
        at = taken.stop
    return names


def _from_elsewhere(driver: Driver, run: RunRef, journal: Journal, file: Spooled) -> None:
    """A place that came later is given the file by one that has it."""
    for cursor in journal.cursors():
        if cursor.run is None or cursor.place == driver.url:
            continue
        with ExitStack() as opened:
            try:
                other = stack(open_driver(cursor.place))
                opened.callback(other.close)
                data = opened.enter_context(other.open_artifact(RunRef(id=cursor.run), file.path))
            except TracklayerError:
                continue
            driver.put_artifact(run, file.path, data)
            return
    message = f"the file {file.path!r} is neither in {journal.path} nor in any other place of the run"
    raise InvalidInput(message)
