"""Verify: two places read anew, their runs matched, and each pair compared in all it has."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from tracklayer.api import Client, connect
from tracklayer.errors import InvalidInput
from tracklayer.migrate.crew import Crew
from tracklayer.migrate.ends import ends_of
from tracklayer.migrate.engines.engine import engine as opened_engine
from tracklayer.migrate.proof.certificate import Asked, Certificate
from tracklayer.migrate.proof.evidence import Evidence
from tracklayer.migrate.proof.match import Match
from tracklayer.migrate.proof.pair import Pair
from tracklayer.migrate.proof.proof import Proof
from tracklayer.migrate.proving import Spread
from tracklayer.migrate.proving import spread as spread_by
from tracklayer.migrate.selection import Selection, select
from tracklayer.migrate.trouble import MOST_SILENCE
from tracklayer.migrate.window import Window


@dataclass(frozen=True)
class Checked:
    """How far a verification is: `done` of `total` runs; the rest of those that are done."""

    total: int
    done: int
    points: int
    files: int
    bytes: int
    unexplained: int


def verify(
    source: str | Client,
    target: str | Client,
    *,
    experiment: str | None = None,
    run: str | None = None,
    filter: str = "",
    since: datetime | None = None,
    ignore_extra: bool = False,
    engine: str | Executor | None = None,
    workers: int | None = None,
    selection: Selection | None = None,
    spread: Spread | None = None,
    progress: Callable[[Checked], None] | None = None,
) -> Certificate:
    """Compare runs of one place with their copies at another: every param, tag, point and byte of a file.

    * `experiment` (a name), `filter`, `since`: which runs; or `run`: one, by id or URL. None: all. Deleted ones never.
    * `ignore_extra`: do not tell of runs in an experiment that was migrated which were logged at the target itself.
    * `engine`: `threads`, `dask://HOST:PORT`, `ray://HOST:PORT`, or an executor. `workers`: tasks at once, at most.
    * `selection`, `spread`: what was selected, and who makes the proofs, of the migration that has copied them.
    * A run that cannot be read is named in the certificate, and keeps no other; but when a place does not answer for
      several runs together the rest is not tried.
    * `InvalidInput`, `NotFound` for what cannot be begun at all.
    """
    with ExitStack() as stack:
        here = stack.enter_context(connect(source)) if isinstance(source, str) else source
        there = stack.enter_context(connect(target)) if isinstance(target, str) else target
        if here.url == there.url:
            message = f"the source and the target are one place: {here.url}"
            raise InvalidInput(message)
        if selection is None:
            selection = select(here, experiment=experiment, run=run, filter=filter, since=since)
        asked = Asked(experiment=experiment, run=run, filter=filter, since=since)
        evidence = Evidence(here.url, there.url, selection, asked)
        extra = not ignore_extra and run is None
        found = Match(here.driver, there.driver, selection, extra=extra).matched()
        evidence.differ(found.differences)
        evidence.note(found.notes)
        if spread is None:
            work = stack.enter_context(opened_engine(engine, workers))
            spread = spread_by(ends_of(here, there, here_only=work.here), Crew(work.executor, Window(work.most)))
        proofs = spread(found.pairs)
        _gather(evidence, proofs, found.pairs, progress)
        return evidence.certificate()


def _gather(
    evidence: Evidence, proofs: Iterable[Proof], pairs: tuple[Pair, ...], progress: Callable[[Checked], None] | None
) -> None:
    """Take in the proofs as they come; after much silence the rest is not tried. Without a proof a run is unread."""
    waiting = {pair.source for pair in pairs}
    silence, why = 0, "no proof of it came back"
    for proof in proofs:
        waiting.discard(proof.run)
        evidence.add(proof)
        if progress is not None:
            counts, done = evidence.counts, len(pairs) - len(waiting)
            progress(Checked(len(pairs), done, counts.points, counts.files, counts.bytes, evidence.unexplained))
        silence = silence + 1 if proof.silent else 0
        if silence >= MOST_SILENCE:
            why = f"not tried: {proof.failed}"
            break
    for pair in pairs:
        if pair.source in waiting:
            evidence.unread(pair.source, why)
