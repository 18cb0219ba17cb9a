"""Migrate: runs from one place to another, with all they have."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial

from tracklayer.api import Client, connect
from tracklayer.api.urls import run_url
from tracklayer.errors import (
    AlreadyExists,
    InvalidInput,
    MigrationError,
    NotFound,
    Timeout,
    TracklayerError,
    Unauthenticated,
    Unavailable,
)
from tracklayer.migrate.copy import RunCopy
from tracklayer.migrate.selection import Selected, Selection, select
from tracklayer.migrate.summary import Failure, MigrationSummary, Progress, Tally
from tracklayer.model import ExperimentDraft, ExperimentRef, RunRef
from tracklayer.spi import Driver

#: What a place that does not answer, or not to us, raises.
SILENT = (Unavailable, Timeout, Unauthenticated)
#: Steps that may fail one after the other because a place does not answer, before the rest is not tried.
MOST_SILENCE = 3


def migrate(
    source: str | Client,
    target: str | Client,
    *,
    experiment: str | None = None,
    run: str | None = None,
    filter: str = "",
    progress: Callable[[Progress], None] | None = None,
) -> MigrationSummary:
    """Copy runs from one place to another: params with their types, tags, every point, files, times, status, origin.

    * `experiment` (a name), `filter`: which runs; or `run`: one, by id or URL. None: all.
    * Copying again doubles nothing, and goes on where it was interrupted.
    * An experiment is made at the target, or the one of that name is used as it is. Deleted runs are not copied.
    * A parent is copied before its children; one that is not selected is not, and the summary counts such `orphans`.
    * A run that fails is named in the summary and does not keep the others; only when a place does not answer for
      several runs together the rest is not tried.
    * `progress` is called with how far it is, often. `InvalidInput`, `NotFound` for what cannot be begun at all.
    """
    with ExitStack() as stack:
        here = stack.enter_context(connect(source)) if isinstance(source, str) else source
        there = stack.enter_context(connect(target)) if isinstance(target, str) else target
        if here.url == there.url:
            message = f"the source and the target are one place: {here.url}"
            raise InvalidInput(message)
        selection = select(here, experiment=experiment, run=run, filter=filter)
        return _Migration(here.driver, there.driver, selection, progress).carry_out()


class _Migration:
    """One migration in work."""

    def __init__(
        self, source: Driver, target: Driver, selection: Selection, progress: Callable[[Progress], None] | None
    ) -> None:
        self._source = source
        self._target = target
        self._selection = selection
        self._progress = progress
        self._tally = Tally()
        self._copy = RunCopy(source, target, self._tally, self._report)
        self._homes: dict[str, tuple[str, ExperimentRef]] = {}  # id at the source -> name, experiment at the target
        self._made: dict[str, RunRef] = {}  # id at the source -> run at the target
        self._failed: list[Failure] = []
        self._at = ""
        self._silence = 0
        self._silent = 0

    def carry_out(self) -> MigrationSummary:
        """Experiments first, then the runs, the oldest first and parents before children."""
        for ref in self._selection.experiments:
            self._attempt(partial(self._make_home, ref), run=None)
        for run in self._selection.runs:
            self._at = run.name or run.id
            self._report()
            self._attempt(partial(self._copy_run, run), run=run)
        self._report()
        return MigrationSummary(
            source=self._source.url,
            target=self._target.url,
            runs={run: run_url(self._target.url, made.id) for run, made in self._made.items()},
            failed=tuple(self._failed),
            orphans=self._selection.orphans,
            deleted=self._selection.deleted,
            **asdict(self._tally),
        )

    def _attempt(self, step: Callable[[], None], *, run: Selected | None) -> None:
        """One step, whose failure is noted and keeps nothing else; after much silence it is not tried."""
        if self._silence >= MOST_SILENCE:
            self._fail(run, f"not tried: {self._failed[self._silent].reason}")
            return
        try:
            step()
            self._silence = 0
        except Exception as error:  # noqa: BLE001 -- a run that breaks a driver keeps no other run
            self._silence = self._silence + 1 if isinstance(error, SILENT) else 0
            self._silent = len(self._failed)
            said = str(error) if isinstance(error, TracklayerError) else f"{type(error).__name__}: {error}"
            self._fail(run, " ".join(said.split()))

    def _fail(self, run: Selected | None, reason: str) -> None:
        self._failed.append(Failure(run=run and run.id, name=run and run.name, reason=reason))

    def _make_home(self, ref: ExperimentRef) -> None:
        """The experiment at the target: found by its name, or made with its tags and description."""
        ours = self._source.get_experiment(ref)
        try:
            theirs = self._target.get_experiment(ours.name)
        except NotFound:
            draft = ExperimentDraft(name=ours.name, tags=ours.tags, description=ours.description)
            try:
                theirs = self._target.create_experiment(draft)
                self._tally.experiments += 1
            except AlreadyExists:  # somebody else was quicker
                theirs = self._target.get_experiment(ours.name)
        if theirs.deleted:
            message = f"the experiment {ours.name!r} is deleted at {self._target.url}: restore it there first"
            raise MigrationError(message)
        self._homes[ref.id] = (ours.name, theirs.ref)

    def _copy_run(self, run: Selected) -> None:
        if run.experiment.id not in self._homes:
            message = "its experiment could not be made at the target"
            raise MigrationError(message)
        if run.parent is not None and run.parent not in self._made:
            message = f"its parent {run.parent!r} could not be copied"
            raise MigrationError(message)
        name, experiment = self._homes[run.experiment.id]
        parent = None if run.parent is None else self._made[run.parent]
        self._made[run.id] = self._copy.copy(RunRef(id=run.id), name, experiment, parent)

    def _report(self) -> None:
        if self._progress is not None:
            tally, done = self._tally, len(self._made)
            total = len(self._selection.runs)
            self._progress(Progress(total, done, self._at, tally.points, tally.files, tally.bytes))
