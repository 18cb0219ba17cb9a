"""Copy: one run from one place to another, in steps that may be done again: its record, its files, its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from tracklayer.errors import MigrationError, Timeout, Unavailable
from tracklayer.layers.fitting.reading import one_look
from tracklayer.layers.retry import RetryPolicy, patiently
from tracklayer.migrate.ends import Ends
from tracklayer.migrate.identity import fingerprint, token
from tracklayer.migrate.jobs import FileCopied, FileJob, RunCopied, RunJob
from tracklayer.migrate.news import Seen, news, seen_of
from tracklayer.migrate.proof.pair import Pair
from tracklayer.migrate.proof.prove import prove
from tracklayer.migrate.proof.series import Sums
from tracklayer.migrate.watched import Watched
from tracklayer.model import (
    ENDED,
    Artifact,
    Batch,
    ExperimentRef,
    Origin,
    ParamValue,
    Points,
    Run,
    RunDraft,
    RunRef,
    Status,
    same,
)
from tracklayer.spi import Driver, Feature, every

#: Points a write carries, at most, beyond one page of the source: 24 bytes each in memory.
MOST_POINTS = 50_000
#: A file whose source or target fails is sent again from its beginning, as a stream cannot be wound back.
FILES = RetryPolicy()


def copy_record(ends: Ends, job: RunJob) -> RunCopied:
    """Copy all of a run but its files and its end: the copy is `running` until `finish`.

    * The copy is made with a token that hangs on the source only, so beginning again goes on.
    * A run that has ended and was copied whole is not written again: by its fingerprint, or by a proof where nobody
      knows its fingerprint any more.
    * Points go page by page: memory does not grow with the run.
    """
    source, target = ends.drivers()
    run = source.get_run(RunRef(id=job.run))
    files = _files(source, run)
    mark = fingerprint(run, files)
    made = _made(source, target, job, run) if job.copy is None else target.get_run(RunRef(id=job.copy))
    if made.deleted:
        message = f"its copy {made.id!r} is deleted at the target: restore it there first"
        raise MigrationError(message)
    copied = partial(RunCopied, run=run.id, copy=made.id, mark=mark, status=run.status, ended=run.ended)
    if job.copy is not None and _same(run, made) and _whole(source, target, job, made.id, mark):
        return copied(there=True, approximate=run.approximate, seen=job.seen)
    if job.copy is not None and not job.begun:  # the same token brings what a kill kept from being put beside it
        made = _made(source, target, replace(job, experiment=made.experiment.id), run)
    if made.status in ENDED and target.traits.offers(Feature.RESUME):
        target.write(made.ref, Batch(status="running"))
    seen: dict[str, Seen] = {}
    held = _differing(run, made)
    if held.params.keys() & made.params.keys() and target.traits.offers(Feature.PARAM_OVERWRITE):
        held = held.model_copy(update={"overwrite": True})
    points = 0
    with one_look(enough=run.status in ENDED):
        for batch in _batches(held, _points(ends, source, run, job.seen, seen)):
            target.write(made.ref, batch)
            points += sum(map(len, batch.points))
    return copied(
        there=False,
        files=tuple(FileJob(run.id, made.id, file.path, file.size, file.digest) for file in files),
        params=len(held.params),
        points=points,
        seen=seen,
        approximate=run.approximate,
    )


def copy_file(ends: Ends, job: FileJob) -> FileCopied:
    """Copy one file as a stream, and say what passed."""
    source, target = ends.drivers()

    def send() -> FileCopied:
        with source.open_artifact(RunRef(id=job.run), job.path) as data:
            watched = Watched(data, lambda _: ends.go_on())
            target.put_artifact(RunRef(id=job.copy), job.path, watched)  # type: ignore[arg-type] # it reads like one
            return FileCopied(job.run, job.path, watched.size, watched.sha256)

    return patiently(send, FILES)


def finish(ends: Ends, copy: str, status: Status, ended: datetime | None) -> None:
    """Give the copy the status and the end of its source: the last that is written of it."""
    _, target = ends.drivers()
    target.write(RunRef(id=copy), Batch(status=status, ended=ended))


def _made(source: Driver, target: Driver, job: RunJob, run: Run) -> Run:
    """The copy, which is made if it is not there."""
    draft = RunDraft(
        token=token(source.url, run.id),
        name=run.name,
        started=run.started,
        parent=None if job.parent is None else RunRef(id=job.parent),
        tags=run.tags,
        description=run.description,
        user=run.user,
        source=run.source,
        origin=run.origin or Origin(url=source.url, experiment=job.home, run=run.id),
        fresh=job.fresh,
    )
    home = ExperimentRef(id=job.experiment)
    try:
        return target.create_run(home, draft)
    except (Unavailable, Timeout) as error:
        if error.retryable:  # the layers below have tried it again
            raise
        # It may have been made: now it is looked for first.
        return target.create_run(home, draft.model_copy(update={"fresh": False}))


def _same(run: Run, made: Run) -> bool:
    """Is the copy's record what it is to be, and is it closed?"""
    return run.status in ENDED and made.status == run.status and _differing(run, made) == Batch()


def _whole(source: Driver, target: Driver, job: RunJob, copy: str, mark: str) -> bool:
    """Are its points and files there too: by the fingerprint, or by reading everything?"""
    if job.mark is not None:
        return job.mark == mark
    return prove(source, target, Pair(source=job.run, target=copy, parent=job.parent, orphan=job.orphan)).clean


def _differing(run: Run, made: Run) -> Batch:
    """What the copy has not, or has otherwise; points apart."""
    return Batch(
        params={key: value for key, value in run.params.items() if not _has(made.params, key, value)},
        tags={key: text for key, text in run.tags.items() if made.tags.get(key) != text},
        inputs=tuple(one for one in run.inputs if one not in made.inputs),
        name=run.name if run.name != made.name else None,
        description=run.description if run.description != made.description else None,
    )


def _has(params: Mapping[str, ParamValue], key: str, value: ParamValue) -> bool:
    return key in params and same(params[key], value)


def _batches(first: Batch, points: Iterator[tuple[Points, ...]]) -> Iterator[Batch]:
    """What is to be written: the record goes with the first points."""
    for some in points:
        yield first.model_copy(update={"points": some})
        first = Batch()
    if first != Batch():
        yield first


def _files(source: Driver, run: Run) -> tuple[Artifact, ...]:
    if not source.traits.offers(Feature.ARTIFACTS):
        return ()
    return tuple(every(partial(source.list_artifacts, run.ref)))


def _points(
    ends: Ends, source: Driver, run: Run, known: Mapping[str, Seen], seen: dict[str, Seen]
) -> Iterator[tuple[Points, ...]]:
    """All new points of all metrics, in writes of several pages; `seen` comes to hold what was read of each."""
    held: list[Points] = []
    count = 0
    for key in run.metrics:
        sums = Sums()
        for page in news(partial(source.read_points, run.ref, key), known.get(key), sums):
            ends.go_on()
            held.append(page)
            count += len(page)
            if count >= MOST_POINTS:
                yield tuple(held)
                held, count = [], 0
        seen[key] = seen_of(sums)
    if held:
        yield tuple(held)
