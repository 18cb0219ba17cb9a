"""Homes: the experiments of the target that the runs go to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias, get_args

from tracklayer.errors import AlreadyExists, InvalidInput, MigrationError, NotFound, Timeout, Unavailable
from tracklayer.migrate.identity import HOME_PREFIX, another_name, home_mark
from tracklayer.migrate.ledger import Ledger
from tracklayer.migrate.summary import Failure
from tracklayer.migrate.trouble import MOST_SILENCE, Trouble
from tracklayer.model import Experiment, ExperimentDraft, ExperimentRef
from tracklayer.spi import Driver

#: What is done when the target has an experiment of the name that no migration from this source has made.
OnConflict: TypeAlias = Literal["merge", "rename", "fail"]


class Homes:
    """Finds or makes the experiment of the target for one of the source.

    * One that it makes gets the source's tags and description, and a sidecar that says so.
    * `merge`: one of that name is used as it is. `rename`: the runs go to `NAME (8 letters)`. `fail`: `MigrationError`.
    """

    def __init__(self, source: Driver, target: Driver, ledger: Ledger, on_conflict: OnConflict) -> None:
        if on_conflict not in get_args(OnConflict):
            message = f"on_conflict must be one of {', '.join(get_args(OnConflict))}, not {on_conflict!r}"
            raise InvalidInput(message)
        self._source = source
        self._target = target
        self._ledger = ledger
        self._on_conflict = on_conflict
        self.made = 0

    def home(self, ref: ExperimentRef) -> tuple[str, ExperimentRef]:
        """The name of an experiment at the source, and its home at the target."""
        ours = self._source.get_experiment(ref)
        mark = home_mark(self._source.url, ours.id)
        theirs = self._found(ours.name)
        if theirs is None:
            theirs = self._marked(ours, ours.name, mark)
        elif not self._ours(theirs, ours, mark):
            if self._on_conflict == "fail":
                message = f"an experiment {ours.name!r} is there already: say --on-conflict merge or rename"
                raise MigrationError(message)
            if self._on_conflict == "rename":
                name = another_name(ours.name, self._source.url, ours.id)
                theirs = self._found(name)
                if theirs is None or not self._ours(theirs, ours, mark):
                    theirs = self._marked(ours, name, mark)
        if theirs.deleted:
            message = f"the experiment {theirs.name!r} is deleted at {self._target.url}: restore it there first"
            raise MigrationError(message)
        return ours.name, theirs.ref

    def _found(self, name: str) -> Experiment | None:
        try:
            return self._target.get_experiment(name)
        except NotFound:
            return None

    def _make(self, ours: Experiment, name: str) -> Experiment:
        self._ledger.making(ours.id)
        draft = ExperimentDraft(name=name, tags=ours.tags, description=ours.description)
        try:
            made = self._target.create_experiment(draft)
        except AlreadyExists:  # somebody else was quicker
            return self._target.get_experiment(name)
        except (Unavailable, Timeout) as error:
            if error.retryable:  # the layers below have tried it again
                raise
            made = self._found(name) or self._target.create_experiment(draft)
        self.made += 1
        return made

    def _marked(self, ours: Experiment, name: str, mark: str) -> Experiment:
        """Make it, and note beside it for what."""
        made = self._make(ours, name)
        self._target.put_sidecar(made.ref, mark, b"made by a migration")
        return made

    def _ours(self, theirs: Experiment, ours: Experiment, mark: str) -> bool:
        """Was it made for `ours`? What a kill kept from being marked is marked now."""
        if theirs.deleted:
            return True  # nothing can be put beside it, and it is refused anyway
        if mark in self._target.get_sidecars(theirs.ref, HOME_PREFIX):
            return True
        if not self._ledger.began(ours.id):
            return False
        if self._make(ours, theirs.name).tags != ours.tags:  # which completes what was begun: see layers/fit.py
            return False
        self._target.put_sidecar(theirs.ref, mark, b"made by a migration")
        return True


def homes_of(
    homes: Homes, experiments: Iterable[ExperimentRef]
) -> tuple[dict[str, tuple[str, ExperimentRef]], tuple[Failure, ...]]:
    """Experiment of the source -> its name and its home, and those that could not be made.

    * After much silence the rest is not tried.
    """
    found: dict[str, tuple[str, ExperimentRef]] = {}
    failed: list[Failure] = []
    silence, silent = 0, ""
    for ref in experiments:
        if silence >= MOST_SILENCE:
            failed.append(Failure(run=None, reason=f"not tried: {silent}"))
            continue
        try:
            found[ref.id] = homes.home(ref)
            silence = 0
        except Exception as error:  # noqa: BLE001 -- an experiment that breaks a driver keeps no other
            trouble = Trouble.of(error)
            silence, silent = silence + 1 if trouble.silent else 0, trouble.reason
            failed.append(Failure(run=None, reason=trouble.reason))
    return found, tuple(failed)
