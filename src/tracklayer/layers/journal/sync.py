"""Sync: what other processes left in their journals goes to its places, in this process and by the same code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from tracklayer.errors import JournalDamaged, ProviderError, TracklayerError
from tracklayer.layers.journal.carrier import DOWN
from tracklayer.layers.journal.cursor import write_cursor
from tracklayer.layers.journal.folder import Journal, journals, sweep
from tracklayer.layers.journal.process import SILENCE
from tracklayer.layers.journal.reader import Reader
from tracklayer.layers.journal.records import Start
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


#: Journals that are carried at once.
AT_ONCE = 8
#: Failures at one place after which a journal is left for another time.
FAILURES = 3


def sync(
    folder: Path, *, to: str | None = None, patience: float = SILENCE, tell: Callable[[Synced], None] = lambda _: None
) -> list[Synced]:
    """Carry every journal in a folder, or the one that it is, to all its places, and to the place `to` as well.

    * Several at a time, parents before their children. * What one place does not take keeps nothing from the others.
    * A writer that has not been heard of for `patience` seconds, or is gone from this machine, is dead: its run ends
      `failed`. * `tell`: how far it is; called by several threads.
    """
    sweep(folder)
    places = Places()
    try:
        wanted = None if to is None else places(to).url
        found, damaged = _legible(journals(folder, patience=patience))
        done = [Synced(journal.path, run="?", place="-", why=why) for journal, why in damaged]
        for generation in _generations(found):
            errands = [(journal, place) for journal in generation for place in _wanted(journal, wanted)]
            with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="tracklayer sync") as pool:
                done += pool.map(lambda errand: _carried(errand[0], errand[1], wanted, places, tell), errands)
        return done
    finally:
        places.close()


class Places:
    """The places that are written to, each opened once."""

    def __init__(self) -> None:
        self._opened: dict[str, Driver] = {}
        self._lock = Lock()

    def __call__(self, url: str) -> Driver:
        """The place of a URL. `InvalidInput`; `DriverMissing`."""
        with self._lock:
            if url not in self._opened:
                self._opened[url] = stack(open_driver(url))
            return self._opened[url]

    def close(self) -> None:
        """Let go of all."""
        for driver in self._opened.values():
            driver.close()


def _legible(found: list[Journal]) -> tuple[list[Journal], list[tuple[Journal, str]]]:
    """The journals that can be read, and those that cannot, with the reason."""
    legible, damaged = [], []
    for journal in found:
        try:
            _ = journal.start
            legible.append(journal)
        except JournalDamaged as error:  # noqa: PERF203 -- a file each
            damaged.append((journal, str(error)))
    return legible, damaged


def _generations(found: list[Journal]) -> Iterator[list[Journal]]:
    """Those that wait for nobody, then those that waited for these, and so on.

    A run waits for its parent, and who joins a run for the one who makes it.
    """
    rest = found
    while rest:
        made = {journal.start.token for journal in rest if journal.start.owner}
        ready = [one for one in rest if not _awaited(one.start) & made]
        yield ready or rest
        rest = [one for one in rest if one not in ready] if ready else []


def _awaited(start: Start) -> set[str | None]:
    """The tokens of runs that are to be made before."""
    parent = set() if start.parent is None else {start.parent.token}
    return parent if start.owner else parent | {start.token}


def _wanted(journal: Journal, also: str | None) -> list[str]:
    """The places of a journal, with one that comes later."""
    places = [cursor.place for cursor in journal.cursors()]
    if also is not None and also not in places:
        write_cursor(journal.path, journal.cursor(also))
        places.append(also)
    return places


def _carried(
    journal: Journal, place: str, wanted: str | None, places: Places, tell: Callable[[Synced], None]
) -> Synced:
    shipment, why, before = None, "", 0
    name = journal.start.draft.name or journal.start.token
    state = Synced(journal.path, name, place, alive=journal.alive)
    try:
        driver = places(place)
        if not driver.lasting and place != wanted:
            return _gone(state, journal)
        shipment = Shipment(journal, driver)
        before = shipment.cursor.records
        shipment.retry_refused()
        for state_now in _steps(shipment, state, before):
            tell(state_now)
    except (TracklayerError, OSError) as error:
        why = str(error) if isinstance(error, ProviderError) else f"{state.place}: {error}"
    if shipment is None:
        return replace(state, left=Reader(journal.records).count(0), why=why)
    return _state(state, shipment, before, why)


def _steps(shipment: Shipment, state: Synced, before: int) -> Iterator[Synced]:
    """Carry on until all has landed, over failures that may pass as long as there is some progress between them."""
    failures, position = 0, -1
    while True:
        try:
            if not shipment.ship():
                return
        except ProviderError as error:
            failures = failures + 1 if shipment.cursor.position == position else 1
            position = shipment.cursor.position
            if not (error.retryable or isinstance(error, DOWN)) or failures >= FAILURES:
                raise  # a creation that broke off is looked for before it is asked for again
        yield _state(state, shipment, before)


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
        refused=len(shipment.landing.refusals),
        why=why,
    )
