"""Training: the run that a framework's callback logs to, from the beginning of a training to its end."""

from __future__ import annotations

import atexit
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import get_ident
from typing import TYPE_CHECKING, Any, TypedDict
from weakref import WeakSet

from tracklayer.api import ActiveRun, Options, current_run, start_run
from tracklayer.api.current import status_after
from tracklayer.api.identity import lonely
from tracklayer.api.start import in_a_moment
from tracklayer.api.values import metric_value, param_values
from tracklayer.errors import Conflict, InvalidInput
from tracklayer.model import ParamValue, same

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


#: What is added to a run that is there already. Any other argument asks for a run of its own.
ADDED = {"params", "tags"}


class Training:
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
    _run: ActiveRun | None = None
    _own = _held = _going = False

    def __init__(
        self, kind: str, run: ActiveRun | None, given: StartArguments, **defaults: Unpack[StartArguments]
    ) -> None:
        """`defaults`: for what `given` says nothing of, in a run of its own."""
        said: Any = {key: value for key, value in given.items() if value is not None}
        if run is not None and set(said) - ADDED:
            message = f"{kind}: give run=, or the arguments of a run to start, not both"
            raise InvalidInput(message)
        self.kind = kind
        self._handed = run
        self._given: StartArguments = said
        self.defaults = defaults
        self._status = "finished"
        self._thread = get_ident()
        self._params: dict[str, ParamValue] = {}
        self._told: set[str] = set()

    # -- its life

    @property
    def begun(self) -> bool:
        """Has it a run, be it ended?"""
        return self._run is not None

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
        self._going, self._status = False, status
        if self._own and not self._held and self._run is not None:
            self._run.end(status)

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
        if not sys.is_finalizing():
            self.abandon()

    # -- what is logged

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

    def log_params(self, params: Mapping[str, object]) -> None:
        """Log params. Another value of one that is set already is told and left out: no training ends by it."""
        new: dict[str, ParamValue] = {}
        with self.opened() as run:
            for key, value in param_values(params).items():
                if key not in self._params:
                    new[key] = self._params[key] = value
                elif not same(self._params[key], value):
                    log.warning("%s: param %r stays %r, not %r", self.kind, key, self._params[key], value)
            try:
                run.log_params(new)
            except Conflict:  # with what the program logged to the same run
                for key, value in new.items():
                    self._log_param(run, key, value)

    def log_metrics(self, metrics: Mapping[str, object], step: int | None) -> None:
        """Log what of the metrics is a number, at a step (None: 0); of the rest it is told once."""
        found = {key: self._number(key, value) for key, value in metrics.items()}
        numbers = {key: value for key, value in found.items() if value is not None}
        if numbers:
            with self.opened() as run:
                run.log_metrics(numbers, step or 0)

    def fresh(self) -> Training:
        """Another one, which has not begun: for another process."""
        return Training(self.kind, self._handed, self._given, **self.defaults)

    def log_file(self, name: str, write: Callable[[Path], object]) -> None:
        """Store what `write` writes to a path, as a file of the run."""
        with TemporaryDirectory() as folder, self.opened() as run:
            path = Path(folder) / name
            write(path)
            run.log_artifact(path)

    # -- inside

    def _again(self, run: ActiveRun) -> ActiveRun:
        """A run that goes on: what it holds is asked for, if its place answers in a moment."""
        driver = run.delivery.shipments[0].driver
        found = in_a_moment(lambda: driver.get_run(run.ref))
        self._params = {} if found is None else dict(found.params)
        return run

    def _log_param(self, run: ActiveRun, key: str, value: object) -> None:
        try:
            run.log_param(key, value)
        except Conflict as error:
            log.warning("%s: %s", self.kind, error)

    def _number(self, key: str, value: object) -> float | None:
        try:
            return metric_value(key, value)
        except InvalidInput as error:
            if key not in self._told:
                self._told.add(key)
                log.warning("%s: left out: %s", self.kind, error)
            return None

    def _first(self) -> ActiveRun:
        """The run that was handed over, the current one, or a new one."""
        for other in list(_trainings):
            other.give_way(None)  # so that none is taken for the current one that has ended
        given = self._given
        there = self._handed if self._handed is not None or set(given) - ADDED else _current()
        self._own = there is None
        if there is None:
            resume = given.get("resume", self.defaults.get("resume"))
            named: Any = {**self.defaults, **given} if resume is None else {**given, "resume": resume}
            if lonely():  # no matter: the others of the launch do not log
                named["options"] = (named.get("options") or Options()).model_copy(update={"shared": False})
            return start_run(**named) if resume is None else self._again(start_run(**named))
        if given.get("params"):
            there.log_params(given["params"] or {})
        if given.get("tags"):
            there.set_tags(given["tags"] or {})
        return there


_trainings: WeakSet[Training] = WeakSet()


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
        _abandon(training, None if error is None else status_after(error))


def _abandon(training: Training, status: str | None) -> None:
    try:
        training.abandon(status)
    except Exception as fault:  # noqa: BLE001 -- one that cannot be ended must not keep the others from it
        log.warning("%s: its run was left as it is at exit: %s", training.kind, fault)
