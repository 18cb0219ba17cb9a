"""Planning: a migration rehearsed, run by run, with the code that copies."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from io import BytesIO
from pathlib import Path

from tracklayer.api import Client, connect
from tracklayer.errors import InvalidInput, MigrationError, NotFound
from tracklayer.layers.gate import lacking
from tracklayer.migrate.copy import copy_record, finish
from tracklayer.migrate.ends import Here
from tracklayer.migrate.homes import Homes, OnConflict, homes_of
from tracklayer.migrate.identity import fingerprint
from tracklayer.migrate.jobs import RunCopied, RunJob
from tracklayer.migrate.ledger import Ledger, ledger_path
from tracklayer.migrate.listing import copies_of
from tracklayer.migrate.plan.plan import Pace, Plan, RunPlan
from tracklayer.migrate.plan.recalled import recalled
from tracklayer.migrate.plan.rehearsal import Rehearsal
from tracklayer.migrate.plan.tally import Tally
from tracklayer.migrate.plan.watch import Noted, Watch
from tracklayer.migrate.selection import Selected, Selection, select
from tracklayer.migrate.summary import Failure, Progress
from tracklayer.migrate.trouble import MOST_SILENCE, Trouble
from tracklayer.model import ExperimentRef, RunRef
from tracklayer.spi import Driver, Feature, Rates, Wrapper, every

#: The id of a run that no place has: it is asked for, so that a driver has met its server before its traits are read.
NO_RUN = RunRef(id="0" * 32)


class Listed(BytesIO):
    """Stands for a file that is not read. `size`: in bytes, as the source lists it; None where it does not say."""

    def __init__(self, size: int | None) -> None:
        super().__init__()
        self.size = size


def plan(
    source: str | Client,
    target: str | Client,
    *,
    experiment: str | None = None,
    run: str | None = None,
    filter: str = "",
    since: datetime | None = None,
    on_conflict: OnConflict = "merge",
    incremental: bool = False,
    ledger: str | os.PathLike[str] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Plan:
    """What a migration would do, and what it would come to. Nothing is written, neither there nor here.

    * All is read of the source but what its files hold: every point too, since only they say what fits. Of the target,
      what it holds already is listed.
    * What is asked for, and how it is to be done, is said as it is to `migrate`.
    * The ledger is read where there is one. A copy that it does not know, and that looks the same, counts as whole
      here, while a migration would prove it.
    * A run that cannot be planned is named, and keeps no other. `InvalidInput`, `NotFound` for what cannot be begun.
    """
    with ExitStack() as open_places:
        here = open_places.enter_context(connect(source)) if isinstance(source, str) else source
        there = open_places.enter_context(connect(target)) if isinstance(target, str) else target
        if here.url == there.url:
            message = f"the source and the target are one place: {here.url}"
            raise InvalidInput(message)
        selection = select(here, experiment=experiment, run=run, filter=filter, since=since)
        bare = _bare(there.driver)
        with suppress(NotFound):
            there.driver.get_run(NO_RUN)
        refusal = lacking(bare.traits, [Feature.WRITING])
        if refusal is not None:
            raise refusal
        path = Path(ledger) if ledger is not None else ledger_path(here.url, there.url)
        known = open_places.enter_context(recalled(path))
        planning = _Planning(
            here.driver,
            Rehearsal(bare),
            selection,
            known,
            on_conflict=on_conflict,
            incremental=incremental,
            progress=progress,
        )
        return planning.carried_out()


def _bare(driver: Driver) -> Driver:
    """The driver without its layers."""
    while isinstance(driver, Wrapper):
        driver = driver.inner
    return driver


class _Planning:
    """One plan in the making."""

    def __init__(
        self,
        source: Driver,
        rehearsal: Rehearsal,
        selection: Selection,
        ledger: Ledger,
        *,
        on_conflict: OnConflict,
        incremental: bool,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self._source = source
        self._rehearsal = rehearsal
        self._watch = Watch(rehearsal)
        self._ends = Here(source, self._watch)
        self._selection = selection
        self._ledger = ledger
        self._incremental = incremental
        self._finder = Homes(source, self._watch, ledger, on_conflict)
        self._progress = progress
        self._homes: Mapping[str, tuple[str, ExperimentRef]] = {}
        self._there: Mapping[str, str] = {}  # run at the source -> the copy that the target has
        self._copies: dict[str, str] = {}
        self._runs: list[RunPlan] = []
        self._whole = Tally()
        self._failed: list[Failure] = []
        self._silence, self._silent = 0, ""
        self._so_far = Progress("copy", len(selection.runs), 0, "", 0, 0, 0)

    def carried_out(self) -> Plan:
        """Experiments first, then the runs, parents before children, as they would be copied."""
        self._homes, failed = homes_of(self._finder, self._selection.experiments)
        self._failed += failed
        homes = {home for _, home in self._homes.values()}
        self._there = copies_of(self._source.url, self._watch, homes, self._selection.runs)
        for run in self._selection.runs:
            self._attempt(run)
        made, calls = self._watch.homes.tally, self._rehearsal.bill.calls
        self._whole.add(made.kept, made.changes)
        return Plan(
            source=self._source.url,
            target=self._rehearsal.url,
            provider=self._rehearsal.traits.provider,
            runs=tuple(self._runs),
            experiments=tuple(self._watch.made),
            kept=self._whole.kept,
            changes=self._whole.changes,
            calls=dict(calls.most_common()),
            pace=_pace(self._rehearsal.traits.rates, calls),
            failed=tuple(self._failed),
            orphans=self._selection.orphans,
            deleted=self._selection.deleted,
        )

    def _run(self, run: Selected) -> None:
        """One run, as it would be copied."""
        if run.experiment.id not in self._homes:
            message = "its experiment could not be planned"
            raise MigrationError(message)
        if run.parent is not None and run.parent not in self._copies:
            message = f"its parent {run.parent!r} could not be planned"
            raise MigrationError(message)
        home, experiment = self._homes[run.experiment.id]
        known = self._there.get(run.id)
        job = RunJob(
            run=run.id,
            home=home,
            experiment=experiment.id,
            parent=None if run.parent is None else self._copies[run.parent],
            orphan=run.parent is None,
            copy=known,
            fresh=known is None,
            begun=known is not None,  # what a kill left of a copy is not looked into
            mark=None if known is None else self._ledger.mark(run.id, known) or self._mark(run),
            seen=self._ledger.seen(run.id, known) if known is not None and self._incremental else {},
        )
        copied = copy_record(self._ends, job)
        self._copies[run.id] = copied.copy
        if not copied.there:
            for file in copied.files:
                if not self._ledger.has(file, copied.mark):
                    self._watch.put_artifact(RunRef(id=file.copy), file.path, Listed(file.size))
            finish(self._ends, copied.copy, copied.status, copied.ended)
        self._note(run, copied, self._watch.of(copied.copy), new=known is None)

    def _mark(self, run: Selected) -> str:
        """The fingerprint of a run as it is now: a copy that looks like it counts as whole."""
        ref = RunRef(id=run.id)
        offered = self._source.traits.offers(Feature.ARTIFACTS)
        files = every(partial(self._source.list_artifacts, ref)) if offered else ()
        return fingerprint(self._source.get_run(ref), files)

    def _note(self, run: Selected, copied: RunCopied, noted: Noted, *, new: bool) -> None:
        kept, changed = noted.tally.kept, noted.tally.changes
        self._whole.add(kept, changed)
        self._runs.append(
            RunPlan(
                run=run.id,
                name=run.name,
                state="there" if copied.there else "new" if new else "changed",
                kept=kept,
                changes=changed,
                approximate=copied.approximate,
                calls=noted.calls,
                sidecars=noted.sidecars,
                bytes_beside=noted.bytes_beside,
                own_tags=noted.own_tags,
                files=noted.files,
                bytes=noted.bytes,
                unsized=noted.unsized,
                refused=tuple(noted.refused),
            )
        )
        far = self._so_far
        points = far.points + copied.points
        self._report(
            replace(
                far, run=run.name or run.id, points=points, files=far.files + noted.files, bytes=far.bytes + noted.bytes
            )
        )

    def _attempt(self, run: Selected) -> None:
        """One run, whose failure is noted and keeps no other; after much silence it is not tried."""
        reason = self._silent
        if self._silence < MOST_SILENCE:
            try:
                self._run(run)
                self._silence, reason = 0, ""
            except Exception as error:  # noqa: BLE001 -- a run that breaks a driver keeps no other run
                trouble = Trouble.of(error)
                self._silence = self._silence + 1 if trouble.silent else 0
                self._silent, reason = f"not tried: {trouble.reason}", trouble.reason
        if reason:
            self._failed.append(Failure(run=run.id, name=run.name, reason=reason))
        self._report(replace(self._so_far, done=self._so_far.done + 1))

    def _report(self, now: Progress) -> None:
        self._so_far = now
        if self._progress is not None:
            self._progress(now)


def _pace(rates: Rates, calls: Counter[str]) -> Pace:
    """How long the calls take at the least."""
    slowest = rates.slowest(calls)
    if slowest is None:
        return Pace(unknown=calls.total())
    seconds, quota = slowest
    under = sum(calls[operation] for operation in quota.operations)
    return Pace(
        seconds=seconds,
        calls=under,
        per_second=quota.per_second,
        source=quota.source,
        unknown=rates.unpaced(calls),
    )
