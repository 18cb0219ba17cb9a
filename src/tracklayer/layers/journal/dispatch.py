"""Dispatch: what this process logs, and the carriers that take it to its places."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import RLock

from tracklayer.errors import JournalDamaged, TracklayerError, Unavailable
from tracklayer.layers.journal.carrier import Carrier
from tracklayer.layers.journal.folder import HOME, Journal, journals
from tracklayer.layers.journal.process import this_process
from tracklayer.layers.journal.records import End, Start
from tracklayer.layers.journal.shipment import Shipment
from tracklayer.layers.journal.writer import Writer
from tracklayer.model import RunRef
from tracklayer.spi import Driver

log = logging.getLogger("tracklayer")

_lock = RLock()
_carriers: dict[str, Carrier] = {}
_deliveries: list[Delivery] = []
_forks: list[bool] = []  # not empty once this process has forked


def carrier_of(place: str, open_driver: Callable[[], Driver]) -> Carrier:
    """The carrier to a place, always the same one."""
    with _lock:
        return _carriers.setdefault(place, Carrier(place, open_driver))


class Delivery:
    """What this process logs to one run, on its way to all its places. The first place is the one that is asked."""

    def __init__(
        self,
        start: Start,
        carriers: Sequence[Carrier],
        *,
        spell: Callable[[str], str] = str,
        on_fork: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_fork`: called in a forked child that has begun to log. `spell`: see `Writer`."""
        self.start = start
        self.on_fork = on_fork
        self.carriers = list(carriers)
        self.writer = Writer(start, opened=self._began, spell=spell)
        self.journal = Journal(self.writer.path or Path(HOME, "none"), start)
        self.shipments = [Shipment(self.journal, carrier.driver, writer=self.writer) for carrier in self.carriers]
        with _lock:
            _deliveries.append(self)

    def go(self) -> None:
        """Hand it to the carriers, unless another process has them."""
        if not self.at_home:
            return
        for carrier, shipment in zip(self.carriers, self.shipments, strict=True):
            carrier.add(shipment)

    def run(self, timeout: float) -> RunRef:
        """The run in the first place; waits for it. Raises what keeps it from being made, `Unavailable` in the end."""
        shipment = self.shipments[0]
        if shipment.cursor.run is None:
            if not self.at_home:
                shipment.cursor = self.journal.cursor(shipment.place)
            error = self.carriers[0].wait_for(shipment, time.monotonic() + timeout) if self.at_home else None
            if isinstance(error, TracklayerError):
                raise error
        if shipment.cursor.run is None:
            message = f"the run has not been made there within {timeout:g} s; it will be, and what is logged is kept"
            raise Unavailable(message, provider=shipment.driver.traits.provider, operation="start_run")
        return RunRef(id=shipment.cursor.run)

    def flush(self, timeout: float) -> bool:
        """Wait until all that was logged has landed, by forked children too; False when it has not."""
        until = time.monotonic() + timeout
        if not self.at_home:
            return self._carried_by_parent(until)
        if self.writer.path is not None:
            adopt_children(self.writer.path.parent)

        def ours(shipment: Shipment) -> bool:
            return shipment.journal.start.token == self.start.token

        landed = [carrier.flush(carrier.carried(ours), until) for carrier in self.carriers]  # each gets its try
        return all(landed)

    def pending(self) -> dict[str, int]:
        """Place -> the records that have not landed there, refused ones included."""
        if not self.at_home:
            for shipment in self.shipments:
                shipment.cursor = self.journal.cursor(shipment.place)
        return {one.place: one.pending() + len(one.landing.refusals) for one in self.shipments}

    @property
    def error(self) -> BaseException | None:
        """What keeps the first place that fails from having all of it."""
        pairs = zip(self.carriers, self.shipments, strict=True)
        found = (one.breaker.error or carrier.breaker.error or one.landing.refused for carrier, one in pairs)
        return next((error for error in found if error is not None), None)

    @property
    def at_home(self) -> bool:
        """Does this process carry it, and not its parent?"""
        return self.writer.start.carried_by is None

    def leave(self) -> None:
        """Nothing more comes from this process; the run itself may go on."""
        self.writer.end(End())
        self.forget()

    def forget(self) -> None:
        """It has ended."""
        with _lock:
            if self in _deliveries:
                _deliveries.remove(self)

    def _began(self, writer: Writer) -> None:
        """In a forked child: its journal is carried by the parent, which has connections and threads."""
        self.journal = Journal(writer.path or Path(HOME, "none"), writer.start)
        self.shipments = [Shipment(self.journal, one.driver, writer=writer) for one in self.shipments]
        self.on_fork()

    def _carried_by_parent(self, until: float) -> bool:
        while (left := until - time.monotonic()) > 0:
            if self.at_home:  # the parent is gone
                return self.flush(left)
            cursors = [self.journal.cursor(one.place) for one in self.shipments]
            if not self.journal.size or all(cursor.position >= self.journal.size for cursor in cursors):
                return True
            time.sleep(0.05)
        return False


def deliveries() -> list[Delivery]:
    """Those that have not ended."""
    with _lock:
        return list(_deliveries)


def expect_children() -> None:
    """Processes of this one's may log to its runs from now on."""
    _forks.append(True)


def adopt_children(folder: Path) -> None:
    """Take on the journals of this process's forked children."""
    if _forks:
        me = this_process()
        _adopt(folder, lambda journal: journal.start.carried_by == me)


def adopt_orphans(folder: Path) -> None:
    """Take on the journals of processes that died."""
    _adopt(folder, lambda journal: not journal.alive, lasting=True)


def _adopt(folder: Path, wanted: Callable[[Journal], bool], *, lasting: bool = False) -> None:
    """Take on journals in a folder that are not carried here yet, to the places that there are carriers for."""
    with _lock:
        known = {*_carriers.values(), *(carrier for delivery in _deliveries for carrier in delivery.carriers)}
        carriers = [carrier for carrier in known if carrier.driver.lasting or not lasting]
    here = {shipment.journal.path for carrier in carriers for shipment in carrier.carried(lambda _: True)}
    for journal in journals(folder):
        try:
            if journal.path in here or not wanted(journal):
                continue
            places = {cursor.place for cursor in journal.cursors() if not cursor.done}
        except (JournalDamaged, OSError) as error:
            log.debug("%s", error)
            continue
        for carrier in carriers:
            if carrier.place in places:
                carrier.add(Shipment(journal, carrier.driver))


def take_over() -> None:
    """In a child whose parent is gone: carry what this process logs from here on."""
    for delivery in deliveries():
        parent = delivery.writer.start.carried_by
        if parent is not None and delivery.writer.path is not None and not parent.alive(lambda: 0.0):
            carriers = [carrier_of(one.place, one.opener) for one in delivery.carriers]
            shipments = [Shipment(delivery.journal, carrier.driver, writer=delivery.writer) for carrier in carriers]
            delivery.carriers, delivery.shipments = carriers, shipments
            delivery.start = delivery.writer.start = delivery.writer.start.model_copy(update={"carried_by": None})
            delivery.go()


def settle(place: str, timeout: float) -> None:
    """Wait until a place has what this process logged, so that what is read there is up to date."""
    for delivery in deliveries():
        for carrier, shipment in zip(delivery.carriers, delivery.shipments, strict=True):
            if carrier.place == place and delivery.at_home and not shipment.landed:
                carrier.flush([shipment], time.monotonic() + timeout)


def _forked() -> None:
    """In a child process: threads and connections are the parent's."""
    global _lock  # noqa: PLW0603 -- the parent may have held it when it forked
    _lock = RLock()
    _carriers.clear()
    _forks.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked, after_in_parent=expect_children)
