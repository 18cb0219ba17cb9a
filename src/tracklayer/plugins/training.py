"""Training: the run that a framework's callback logs to, from the beginning of a training to its end."""

from __future__ import annotations

import atexit
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Thread, get_ident
from typing import TYPE_CHECKING, Any, TypedDict
from weakref import WeakSet

from tracklayer.api import ActiveRun, Options, current_run, start_run
from tracklayer.api.current import enter, status_after
from tracklayer.api.identity import known_as, lonely
from tracklayer.api.start import in_a_moment
from tracklayer.errors import InvalidInput
from tracklayer.plugins.logged import Logged

if TYPE_CHECKING:
    from typing_extensions import Unpack

log = logging.getLogger("tracklayer")


class StartArguments(TypedDict, total=False):
    """What `tracklayer.start_run` takes: every plugin takes the same, for the run that it starts."""

    experiment: str | None
    name: str | None
    to: str | Sequence[str] | None
    parent: Any
    resume: Any
    tags: Mapping[str, object] | None
    params: Mapping[str, object] | None
    description: str | None
    strict: bool | None
    options: Options | None


#: What another training does not take over.
ANEW = {"_run", "_own", "_held", "_going"}
#: What is added to a run that is there already. Any other argument asks for a run of its own.
ADDED = {"params", "tags"}


class Training(Logged):
    """The run of a training: the one handed over as `run`, else the current one, else one of its own.

    * With an argument of `start_run` but `params` and `tags`, it is always one of its own.
    * A run of its own is the current one while it lasts. It ends with the training; in a `with`, with the block, and
      then all trainings in the block are one run.
    * Most frameworks do not say when a training raised. The run of one that never came to its end ends `failed` when
      this is let go, when the next one of the same `kind` starts in the thread, or with the program; in a `with`, when
      the block is left: `failed`, or `killed` by an interrupt.
    * A run that is handed over, or was there, is ended by whoever started it.
    """

    #: Set where the framework says of each training how it ended: then one that is going on is what it seems.
    sure = False
    #: Set where the training is the program's own loop: when the program ends well, so did the training.
    loops = False
    #: Set where a framework sends this to the processes that it trains in: they log to one run, which starts here.
    shared = False
    #: Of a run that several programs start alike; None: the run has a token of its own.
    token: str | None = None
    _run: ActiveRun | None = None
    _elsewhere: Callable[[], ActiveRun] | None = None
    _own = _held = _going = False

    def __init__(
        self, kind: str, run: ActiveRun | None, given: StartArguments, **defaults: Unpack[StartArguments]
    ) -> None:
        """`defaults`: for what `given` says nothing of, in a run of its own."""
        said: Any = {key: value for key, value in given.items() if value is not None}
        if run is not None and set(said) - ADDED:
            message = f"{kind}: give run=, or the arguments of a run to start, not both"
            raise InvalidInput(message)
        super().__init__(kind)
        self._handed = run
        self._given: StartArguments = said
        self.defaults = defaults
        self._status = "finished"
        self._thread = get_ident()

    # -- its life

    @property
    def last(self) -> ActiveRun | None:
        """The run, be it ended; None if there is none yet."""
        return self._run

    @property
    def held(self) -> bool:
        """Is it within a `with`, where all trainings are one run?"""
        return self._held

    @property
    def going(self) -> bool:
        """Is a training going on, or was it left in the middle?"""
        return self._going

    def run(self) -> ActiveRun:
        """The run: begun if there is none yet, gone on with if it has ended."""
        if self._run is None:
            self._run = self._first()
            _trainings.add(self)
        if not self._run.active:
            self._run = start_run(resume=self._run, options=self._given.get("options"))
            self._own = True
        return self._run

    def begin(self) -> ActiveRun:
        """A training starts. Each has a run of its own, except in a `with`."""
        for other in list(_trainings):
            other.give_way(self.kind)
        if not self._held:
            self._run, self._params = None, {}
        self._going, self._thread = True, get_ident()
        return self.run()

    def end(self, status: str = "finished") -> None:
        """The training has ended: so does a run of its own."""
        changed, self._going, self._status = self._status != status, False, status
        if self._own and not self._held and self._run is not None:
            if changed:  # one that was given up, and went on nevertheless
                self.run()
            self._run.end("finished" if self._elsewhere else status)  # how it ended is for the other process to say

    def complete(self) -> None:
        """The training has come to its end, and more of it may be logged: the run ends when this is let go."""
        self._going = False

    def enter(self) -> None:
        """A `with` begins: all that is trained in it is one run."""
        self._held = True
        if self._run is not None and not self._run.active:  # of a training or a `with` before
            self._run, self._params = None, {}

    def exit(self, error: BaseException | None) -> None:
        """The `with` ends, and the run with it."""
        self.settle()
        self._held = False
        self.end(status_after(error))

    def settle(self) -> None:
        """Log what is known afterwards, and end the run, if the training has ended: where no framework says so."""

    def give_way(self, kind: str | None) -> None:
        """Another takes over in this thread: this is settled, and has failed if it goes on and is of that `kind`."""
        if self._thread == get_ident():
            self.settle()
            if self._going and self._own and not self._held and not self.sure and self.kind == kind:
                self.end("failed")

    def abandon(self, status: str | None = None) -> None:
        """Nobody will say any more how it ended. `status`: None: it failed, unless it had ended."""
        self._held = False
        self.settle()
        if self._own and self._run is not None and self._run.active:
            self.end(status or ("failed" if self._going else self._status))

    def __del__(self) -> None:
        if self._run is None or sys.is_finalizing():
            return
        if self._thread == get_ident():
            self.abandon()
        else:  # the collector may call this in the very thread that has to carry what is logged
            Thread(target=self.abandon, name="tracklayer lets go").start()

    # -- copies

    def fresh(self) -> Training:
        """Another one, which has not begun."""
        state = {key: value for key, value in vars(self).items() if key not in ANEW}
        other = object.__new__(type(self))
        vars(other).update(state, _params={}, _told=set(), _status="finished")
        return other

    def __deepcopy__(self, memo: dict[int, Any]) -> Training:
        """Estimators and callbacks are copied for each fold and trial: each has a training of its own."""
        return self.fresh()

    def __getstate__(self) -> dict[str, Any]:
        """In another process it logs to the run that goes on here, once there is something to log; else it is fresh."""
        if self.shared:
            self.run()
        run = self._run if self._run is not None and self._run.active else self._handed
        elsewhere = self._elsewhere if run is None else _sent(run)
        return {**vars(self.fresh()), "_handed": None, "_elsewhere": elsewhere}

    # -- inside

    @contextmanager
    def opened(self) -> Iterator[ActiveRun]:
        """The run, for what is logged after a training too: one that had ended is ended again as it was."""
        ended = self._run is not None and not self._run.active
        run = self.run()
        try:
            yield run
        finally:
            if ended:
                run.end(self._status)

    def _again(self, run: ActiveRun) -> ActiveRun:
        """A run that goes on: what it holds is asked for, if its place answers in a moment."""
        driver = run.delivery.shipments[0].driver
        found = in_a_moment(lambda: driver.get_run(run.ref))
        self._params = {} if found is None else dict(found.params)
        return run

    def _first(self) -> ActiveRun:
        """The run that was handed over, the current one, or a new one."""
        for other in list(_trainings):
            other.give_way(None)  # so that none is taken for the current one that has ended
        if self._elsewhere is not None:
            self._own = True  # its part in it
            run = self._elsewhere()
            enter(run)
            return run
        given = self._given
        there = self._handed if self._handed is not None or set(given) - ADDED else _current()
        self._own = there is None
        if there is None:
            resume = given.get("resume")
            named: Any = {**self.defaults, **given} if resume is None else dict(given)
            if lonely():  # no matter: the others of the launch do not log
                named["options"] = (named.get("options") or Options()).model_copy(update={"shared": False})
            with known_as(self.token):
                return start_run(**named) if resume is None else self._again(start_run(**named))
        if given.get("params"):
            there.log_params(given["params"] or {})
        if given.get("tags"):
            there.set_tags(given["tags"] or {})
        return there


_trainings: WeakSet[Training] = WeakSet()


def _sent(run: ActiveRun) -> Callable[[], ActiveRun]:
    """What makes the run in another process."""
    make, made_of = run.__reduce__()
    return partial(make, *made_of)


def _current() -> ActiveRun | None:
    """The current run; None where it is not clear which."""
    try:
        return current_run()
    except InvalidInput:
        return None


@atexit.register  # later than the module that ends all runs that are left, so it comes before that
def _leave() -> None:
    """The program ends: with an error, or in the middle of a training that somebody gave up."""
    error = None if hasattr(sys, "ps1") else getattr(sys, "last_value", None)
    for training in list(_trainings):
        _abandon(training, status_after(error) if error is not None or training.loops else None)


def _abandon(training: Training, status: str | None) -> None:
    try:
        training.abandon(status)
    except Exception as fault:  # noqa: BLE001 -- one that cannot be ended must not keep the others from it
        log.warning("%s: its run was left as it is at exit: %s", training.kind, fault)
