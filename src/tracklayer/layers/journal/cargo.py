"""Cargo: the files of a run, from the journal's folder to a place."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import BinaryIO

from tracklayer.errors import InvalidInput, TracklayerError
from tracklayer.layers.journal.folder import Journal
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
    """Delete files that a record before `position` names, when all places are past it."""
    if any(not file.last for file in files) and all(cursor.position >= position for cursor in journal.cursors()):
        for file in files:
            if not file.last:
                journal.file(file.name).unlink(missing_ok=True)


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
