"""Place: one place as MLflow's stores and repositories share it in this process.

* Runs that are logged to from here are known here: reading one costs no call. Others are read through a cache that
  forgets after a moment, for what others write is to be seen.
"""

from __future__ import annotations

import logging
import os
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import RLock
from uuid import uuid4

from tracklayer.api.options import Options, defaults
from tracklayer.api.start import carrier_to
from tracklayer.errors import NotFound, RateLimited, Timeout, TracklayerError, Unavailable
from tracklayer.layers.journal.carrier import Carrier
from tracklayer.layers.journal.creation import token_found
from tracklayer.layers.journal.dispatch import settle
from tracklayer.layers.journal.process import this_process
from tracklayer.layers.journal.records import VERSION, Parent, Start
from tracklayer.model import Batch, RunDraft, RunRef
from tracklayer.plugins.mlflow import ids
from tracklayer.plugins.mlflow.experiments import Experiments
from tracklayer.plugins.mlflow.known import Known, known_of
from tracklayer.plugins.mlflow.pens import Direct, Live, Pen
from tracklayer.spi import Driver, every

log = logging.getLogger("tracklayer")

#: Seconds that what a place said of a run is taken for true; that a run's id is waited for; and that reading waits for
#: what this process logged.
FRESH, ID_TIMEOUT, PATIENCE = 2.0, 10.0, 10.0
#: Runs that are remembered.
MOST = 1_024
#: A place that cannot be reached now: training is not to fail for it.
DOWN = (Unavailable, Timeout, RateLimited)


class Place:
    """One place. Any thread may use it. No call is made before something is asked for."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._asked = url
        self._clock = clock
        self._lock = RLock()
        self._carrier: Carrier | None = None
        self._lives: dict[str, Live] = {}
        self._seen: OrderedDict[str, tuple[float, Known]] = OrderedDict()
        self.experiments = Experiments(lambda: self.driver, clock)

    @property
    def carrier(self) -> Carrier:
        """What takes runs to the place. Opening it makes no call."""
        with self._lock:
            if self._carrier is None:
                self._carrier = carrier_to(self._asked)
            return self._carrier

    @property
    def url(self) -> str:
        """The place's own URL."""
        return self.carrier.place

    @property
    def driver(self) -> Driver:
        """The place with all its layers."""
        return self.carrier.driver

    @property
    def settled(self) -> Driver:
        """The same, when what this process has logged there has arrived, or after a while."""
        settle(self.url, PATIENCE)
        return self.driver

    # -- runs

    def known(self, run: str, *, fresh: bool = False) -> Known:
        """What is known of a run. `fresh`: ask the place, unless the run is logged to from here. `NotFound`."""
        live = self.live(run)
        if live is not None:
            return live.known
        with self._lock:
            moment, known = self._seen.get(run, (0.0, None))
            if known is not None and not fresh and self._clock() - moment < FRESH:
                return known
        found = known_of(self.driver.get_run(self.ref(run)))
        return self.keep(found, run)

    def keep(self, known: Known, run: str | None = None) -> Known:
        """Remember what a place said of a run, or what is known of one that has just ended."""
        with self._lock:
            self._seen[run or known.run] = (self._clock(), known)
            self._seen.move_to_end(run or known.run)
            if len(self._seen) > MOST:
                self._seen.popitem(last=False)
        return known

    def forget(self, run: str) -> None:
        """What is known of a run is not true any more."""
        with self._lock:
            self._seen.pop(run, None)

    def live(self, run: str) -> Live | None:
        """The run, if it is logged to from here, or is on its way still."""
        live = self._lives.get(run)
        if live is not None and live.ended and live.landed:
            with self._lock:
                self._lives.pop(run, None)
            self.keep(live.known)
            return None
        return live

    def pen(self, run: str) -> Pen:
        """What a run is written with. `NotFound`."""
        live = self.live(run)
        if live is not None and not live.ended:
            return live
        known = self.known(run)
        return Direct(self.settled if live else self.driver, known, known.ref or self.ref(run), options())

    def ref(self, run: str) -> RunRef:
        """The run of MLflow's id in the place. `NotFound`."""
        live = self._lives.get(run)
        if live is not None:
            return live.ref(PATIENCE)
        if not run.startswith(ids.PENDING):
            return RunRef(id=ids.RUN.read(run))
        driver, token = self.settled, run.removeprefix(ids.PENDING)
        for home in every(driver.list_experiments):
            found = token_found(driver, home.ref, token)
            if found is not None:
                return found.ref
        message = f"no run of the token {token} has been made there"
        raise NotFound(message, provider=driver.traits.provider, operation="get_run")

    # -- beginning and end

    def begin(self, draft: RunDraft, known: Known, parent: str | None) -> Live:
        """A new run in the experiment `known.experiment`. Its id is waited for, for a while."""
        home = self.experiments.get(known.experiment)
        above = None if parent is None else self._parent(parent)
        start = Start(
            version=VERSION,
            draft=draft,
            experiment=home.name,
            places=(self.url,),
            parent=above,
            process=this_process(),
        )
        live = Live(start, self.carrier, known, options())
        live.go()
        try:
            known.run = ids.RUN.spell(live.ref(ID_TIMEOUT).id)
        except DOWN as error:
            known.run = f"{ids.PENDING}{draft.token}"
            log.warning("tracklayer: %s has not made the run yet, and will: %s", self.url, error)
        except TracklayerError:
            live.leave(0.0)
            raise
        with self._lock:
            self._lives[known.run] = live
        return live

    def go_on(self, run: str) -> Live:
        """A run that is logged to from here from now on; its status is `running` again. `NotFound`."""
        known = self.known(run, fresh=True)
        ref = known.ref or self.ref(run)
        start = Start(
            version=VERSION,
            draft=RunDraft(token=known.token or uuid4().hex, name=known.name),
            places=(self.url,),
            resume={self.url: ref.id},
            process=this_process(),
        )
        known.status, known.ended = "running", None
        live = Live(start, self.carrier, known, options())
        live.go()
        with self._lock:
            self._lives[run] = live
        return live

    def end(self, run: str, change: Batch) -> None:
        """A run ends."""
        live = self.live(run)
        if live is not None and not live.ended:
            live.finish(change)
            self.live(run)  # what has landed is let go of
        else:
            self.pen(run).write(change)

    def leave(self, run: str) -> None:
        """Nothing more is logged to a run from here; all that was is there, or on its way."""
        live = self.live(run)
        if live is not None:
            live.leave(PATIENCE)
            with self._lock:
                self._lives.pop(run, None)

    def close(self, timeout: float) -> None:
        """The process ends: what is logged is flushed, and no run is ended by that."""
        until = self._clock() + timeout
        for live in list(self._lives.values()):
            live.leave(max(0.0, until - self._clock()))

    def _parent(self, run: str) -> Parent:
        live = self._lives.get(run)
        if live is not None and live.known.ref is None:
            return Parent(token=live.delivery.start.token, experiment=live.delivery.start.experiment)
        return Parent(ids={self.url: self.ref(run).id})


def options() -> Options:
    """How runs are logged: as `tracklayer.configure` has it; what MLflow notes itself is left out."""
    return defaults().model_copy(update={"capture": False, "system_metrics": 0.0, "output": False, "shared": False})


_lock = RLock()
_places: dict[str, Place] = {}


def place(url: str) -> Place:
    """The place of a URL, always the same one in a process."""
    with _lock:
        known = _places.get(url)
        if known is None:
            opened = Place(url)
            known = _places[url] = _places.setdefault(opened.url, opened)
        return known


def places() -> list[Place]:
    """All that this process has used."""
    with _lock:
        return list(dict.fromkeys(_places.values()))


def _forked() -> None:
    """In a child process: connections and threads are the parent's; what it logs to live runs goes through them."""
    global _lock  # noqa: PLW0603 -- the parent may have held it when it forked
    _lock = RLock()
    for one in set(_places.values()):
        one.__dict__["_lock"] = RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
