"""Migrate: runs from one place to another, with all they have, and the proof of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path

from tracklayer.api import Client, connect
from tracklayer.api.urls import run_url
from tracklayer.errors import InvalidInput
from tracklayer.layers.gate import lacking
from tracklayer.migrate.crew import Crew
from tracklayer.migrate.ends import Ends, Here, ends_of
from tracklayer.migrate.engines.engine import engine as opened_engine
from tracklayer.migrate.homes import Homes, OnConflict, homes_of
from tracklayer.migrate.ledger import Ledger, ledger_path
from tracklayer.migrate.ledger import opened as opened_ledger
from tracklayer.migrate.listing import copies_of
from tracklayer.migrate.moving import Key, Moving
from tracklayer.migrate.proof.verify import Checked
from tracklayer.migrate.proof.verify import verify as verified
from tracklayer.migrate.proving import spread
from tracklayer.migrate.selection import Selection, select
from tracklayer.migrate.summary import MigrationSummary, Progress
from tracklayer.migrate.window import Window
from tracklayer.spi import Feature


def migrate(
    source: str | Client,
    target: str | Client,
    *,
    experiment: str | None = None,
    run: str | None = None,
    filter: str = "",
    since: datetime | None = None,
    on_conflict: OnConflict = "merge",
    incremental: bool = False,
    verify: bool = True,
    engine: str | Executor | None = None,
    workers: int | None = None,
    ledger: str | os.PathLike[str] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> MigrationSummary:
    """Copy runs from one place to another: params with their types, tags, every point, files, times, status, origin.

    * `experiment` (a name), `filter`, `since`: which runs; or `run`: one, by id or URL. None: all.
    * Copying again doubles nothing, and goes on where it was interrupted: by `ledger`, a file, which is
      `$TRACKLAYER_HOME/migrations/DIGEST.db` if not said, and by what stands at the target.
    * An experiment is made at the target. Where one of that name is there and was not made by a migration from this
      source: `merge` uses it as it is, `rename` makes `NAME (8 letters)`, `fail` copies none of its runs.
    * Deleted runs are not copied. A parent is copied before its children; one that is not selected is not, and the
      summary counts such `orphans`.
    * `incremental`: of runs that go on, only points that are new are written, trusting the ledger for the others.
    * `verify`: read both places anew at the end, and compare everything: the summary's `certificate`.
    * `engine`: `threads`, `dask://HOST:PORT`, `ray://HOST:PORT`, or an executor. `workers`: tasks at once, at most.
    * A run that fails is named in the summary and does not keep the others; only when a place does not answer for
      several runs together the rest is not tried.
    * `progress` is called with how far it is, often. `InvalidInput`, `NotFound`, `Unsupported` for what cannot be begun
      at all, `MigrationError` for a ledger that is another migration's, or in use.
    """
    with ExitStack() as stack:
        here = stack.enter_context(connect(source)) if isinstance(source, str) else source
        there = stack.enter_context(connect(target)) if isinstance(target, str) else target
        if here.url == there.url:
            message = f"the source and the target are one place: {here.url}"
            raise InvalidInput(message)
        refused = lacking(there.traits, [Feature.WRITING])
        if refused is not None:
            raise refused
        work = stack.enter_context(opened_engine(engine, workers))
        path = Path(ledger) if ledger is not None else ledger_path(here.url, there.url)
        kept = stack.enter_context(opened_ledger(path, here.url, there.url))
        ends = ends_of(here, there, here_only=work.here)
        if isinstance(ends, Here):
            stack.callback(ends.over.set)
        selection = select(here, experiment=experiment, run=run, filter=filter, since=since)
        window = Window(work.most)
        summary = _copied(
            ends,
            selection,
            kept,
            Crew(work.executor, window),
            on_conflict=on_conflict,
            incremental=incremental,
            progress=progress,
        )
        if not verify:
            return summary.model_copy(update={"ledger": str(path)})
        certificate = verified(
            here,
            there,
            experiment=experiment,
            run=run,
            filter=filter,
            since=since,
            selection=selection,
            spread=spread(ends, Crew(work.executor, window), kept),
            progress=None if progress is None else partial(_checked, progress),
        )
        return summary.model_copy(update={"ledger": str(path), "certificate": certificate})


def _copied(
    ends: Ends,
    selection: Selection,
    ledger: Ledger,
    crew: Crew[Key],
    *,
    on_conflict: OnConflict,
    incremental: bool,
    progress: Callable[[Progress], None] | None,
) -> MigrationSummary:
    """Experiments first, then the runs."""
    source, target = ends.drivers()
    homes = Homes(source, target, ledger, on_conflict)
    found, failed = homes_of(homes, selection.experiments)
    there = copies_of(source.url, target, {home for _, home in found.values()}, selection.runs)

    def told() -> None:
        if progress is not None:
            tally = moving.tally
            total = len(selection.runs)
            progress(Progress("copy", total, moving.done, moving.at, tally.points, tally.files, tally.bytes))

    moving = Moving(crew, ends, ledger, found, there, incremental=incremental, told=told)
    told()
    failed += moving.carry_out(selection.runs)
    whole = moving.made.keys() - {failure.run for failure in failed}
    return MigrationSummary(
        source=source.url,
        target=target.url,
        experiments=homes.made,
        runs={run.id: run_url(target.url, moving.made[run.id]) for run in selection.runs if run.id in whole},
        failed=failed,
        orphans=selection.orphans,
        deleted=selection.deleted,
        **asdict(moving.tally),
    )


def _checked(progress: Callable[[Progress], None], now: Checked) -> None:
    progress(Progress("verify", now.total, now.done, "", now.points, now.files, now.bytes))
