"""Sync: what other processes left in their journals goes to its places, in this process and by the same code."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from tracklayer.errors import JournalDamaged, ProviderError, TracklayerError
from tracklayer.layers.journal.cursor import write_cursor
from tracklayer.layers.journal.folder import Journal, journals
from tracklayer.layers.journal.process import SILENCE
from tracklayer.layers.journal.reader import Reader
from tracklayer.layers.journal.shipment import Shipment, clear
from tracklayer.layers.stack import stack
from tracklayer.spi import Driver, open_driver


@dataclass(frozen=True)
class Synced:
    """How one journal stands with one place.

    * `run`: its name. * `run_id`: its id there. * `sent`, `left`, `refused`: records, and pieces that were refused.
    * `alive`: its writer lives, so more may come. * `why`: what keeps the rest.
    """

    journal: Path
    run: str
    place: str
    run_id: str | None = None
    sent: int = 0
    left: int = 0
    refused: int = 0
    alive: bool = False
    why: str = ""

    @property
    def ok(self) -> bool:
        """Is all of it there that was logged so far?"""
        return not self.left and not self.refused and not self.why


Opener = Callable[[str], Driver]


def sync(
    folder: Path, *, to: str | None = None, patience: float = SILENCE, tell: Callable[[Synced], None] = lambda _: None
) -> list[Synced]:
    """Carry every journal in a folder, or the one that it is, to all its places, and to the place `to` as well.

    * A writer that has not been heard of for `patience` seconds, or is gone from this machine, is dead: its run ends
      `failed`. * What one place does not take keeps nothing from the others. * `tell`: how far it is.
    """
    done: list[Synced] = []
    with ExitStack() as opened:
        drivers: dict[str, Driver] = {}

        def driver_of(url: str) -> Driver:
            if url not in drivers:
                drivers[url] = stack(open_driver(url))
                opened.callback(drivers[url].close)
            return drivers[url]

        wanted = None if to is None else driver_of(to).url
        for journal in journals(folder, patience=patience):
            try:
                places = [cursor.place for cursor in journal.cursors()]
                name = journal.start.draft.name or journal.start.token
            except JournalDamaged as error:
                done.append(Synced(journal.path, run="?", place="-", why=str(error)))
                continue
            if wanted is not None and wanted not in places:
                write_cursor(journal.path, journal.cursor(wanted))
                places.append(wanted)
            for place in places:
                state = Synced(journal.path, name, place, alive=journal.alive)
                done.append(_carried(state, journal, driver_of, tell, wanted=place == wanted))
    return done


def _carried(
    state: Synced, journal: Journal, driver_of: Opener, tell: Callable[[Synced], None], *, wanted: bool
) -> Synced:
    shipment, why = None, ""
    try:
        driver = driver_of(state.place)
        if not driver.lasting and not wanted:
            return _gone(state, journal)
        shipment = Shipment(journal, driver)
        before = shipment.cursor.records
        shipment.retry_refused()
        while shipment.ship():
            state = _state(state, shipment, before)
            tell(state)
    except (TracklayerError, OSError) as error:
        why = str(error) if isinstance(error, ProviderError) else f"{state.place}: {error}"
    if shipment is None:
        return replace(state, left=Reader(journal.records).count(0), why=why)
    return _state(state, shipment, before, why)


def _gone(state: Synced, journal: Journal) -> Synced:
    """A place in the memory of another process: only that one can carry anything there, as long as it lives."""
    if state.alive:
        return state
    cursor = journal.cursor(state.place)
    if any(other.done for other in journal.cursors() if other.place != state.place):
        write_cursor(journal.path, cursor.model_copy(update={"position": journal.size, "done": True}))
        clear(journal)
        return replace(state, run_id=cursor.run)
    left = Reader(journal.records).count(cursor.position)
    why = f"{state.place} was in the memory of a process that has ended: send it elsewhere with --to URL"
    return replace(state, run_id=cursor.run, left=left, why=why)


def _state(state: Synced, shipment: Shipment, before: int, why: str = "") -> Synced:
    cursor = shipment.cursor
    return replace(
        state,
        run_id=cursor.run,
        sent=cursor.records - before,
        left=shipment.pending(),
        refused=len(shipment.refusals),
        why=why,
    )
