"""Copy: one run from one place to another, whole, however often it is begun."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from tracklayer.errors import MigrationError
from tracklayer.migrate.summary import Tally
from tracklayer.model import ENDED, Artifact, Batch, ExperimentRef, Origin, Points, Run, RunDraft, RunRef
from tracklayer.spi import Driver, Feature, every

#: Points a write carries, at most, beyond one page of the source: 24 bytes each in memory.
MOST_POINTS = 50_000
#: The sidecar that says: the run was copied whole as it was then.
MARK_PREFIX = "m-"


def token(source: str, run: str) -> str:
    """The token of a run's copy: the same for the same run of the same place, so that it is made once."""
    return hashlib.sha256(f"{source}#{run}".encode()).hexdigest()


class RunCopy:
    """The copying of one run of `source` to `experiment` of `target`.

    * The run at the target is made with a token that hangs on the source only, so beginning again goes on.
    * Status and end are written last: a copy that was interrupted is `running`.
    * What was copied whole is marked with a digest of the run as it was. A run that has ended and has not changed since
      is not written again; one that still runs always is.
    * Points go page by page, files as streams: memory does not grow with the run.
    """

    def __init__(self, source: Driver, target: Driver, tally: Tally, moved: Callable[[], None]) -> None:
        self._source = source
        self._target = target
        self._tally = tally
        self._moved = moved

    def copy(self, ref: RunRef, home: str, experiment: ExperimentRef, parent: RunRef | None) -> RunRef:
        """Copy the run; `home` is the name of its experiment. Gives the run at the target."""
        run = self._source.get_run(ref)
        if run.approximate:
            self._tally.approximate[run.id] = run.approximate
        files = self._files(run)
        made = self._target.create_run(experiment, self._draft(run, home, parent))
        if made.deleted:
            message = f"its copy {made.id!r} is deleted at the target: restore it there first"
            raise MigrationError(message)
        mark = MARK_PREFIX + _digest(run, files)
        if run.status in ENDED and _settled(run, made) and mark in self._target.get_sidecars(made.ref, MARK_PREFIX):
            self._tally.there += 1
            return made.ref
        if made.status in ENDED and self._target.traits.offers(Feature.RESUME):
            self._target.write(made.ref, Batch(status="running"))
        self._fill(run, made, files)
        self._target.write(made.ref, Batch(status=run.status, ended=run.ended))
        self._target.put_sidecar(made.ref, mark, b"copied")
        self._tally.copied += 1
        return made.ref

    def _draft(self, run: Run, home: str, parent: RunRef | None) -> RunDraft:
        return RunDraft(
            token=token(self._source.url, run.id),
            name=run.name,
            started=run.started,
            parent=parent,
            description=run.description,
            user=run.user,
            source=run.source,
            origin=run.origin or Origin(url=self._source.url, experiment=home, run=run.id),
        )

    def _fill(self, run: Run, made: Run, files: Iterable[Artifact]) -> None:
        changed = Batch(
            params=run.params,
            tags=run.tags,
            inputs=run.inputs,
            name=run.name if run.name != made.name else None,
            description=run.description if run.description != made.description else None,
        )
        self._target.write(made.ref, changed)
        self._tally.params += len(run.params)
        for points in self._points(run):
            self._target.write(made.ref, Batch(points=points))
            self._tally.points += sum(map(len, points))
            self._moved()
        for file in files:
            with self._source.open_artifact(run.ref, file.path) as data:
                self._target.put_artifact(made.ref, file.path, data)
            self._tally.files += 1
            self._tally.bytes += file.size or 0
            self._moved()

    def _files(self, run: Run) -> tuple[Artifact, ...]:
        if not self._source.traits.offers(Feature.ARTIFACTS):
            return ()
        return tuple(every(partial(self._source.list_artifacts, run.ref)))

    def _points(self, run: Run) -> Iterator[tuple[Points, ...]]:
        """All points of all metrics, in writes of several pages."""
        held: list[Points] = []
        count = 0
        for key in run.metrics:
            for page in every(partial(self._source.read_points, run.ref, key)):
                held.append(page)
                count += len(page)
                if count >= MOST_POINTS:
                    yield tuple(held)
                    held, count = [], 0
        if held:
            yield tuple(held)


def _settled(run: Run, made: Run) -> bool:
    """Does the target still say of the run what may be said anew?"""
    return (
        made.status == run.status
        and (run.name is None or made.name == run.name)
        and (run.description is None or made.description == run.description)
        and all(made.tags.get(key) == text for key, text in run.tags.items())
    )


def _digest(run: Run, files: Iterable[Artifact]) -> str:
    """A digest of a run as it is, the order of its fields aside."""
    document = {"run": json.loads(run.model_dump_json()), "files": [file.model_dump() for file in files]}
    document["files"].sort(key=lambda file: file["path"])
    document["run"]["inputs"].sort(key=json.dumps)
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:32]
