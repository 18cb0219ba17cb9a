"""Watch: stands above all layers of the stand-in, and tells what became of what it was given."""

# ruff: noqa: D102 -- its methods are documented on Driver

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from tracklayer.errors import Unsupported
from tracklayer.layers.stack import stack
from tracklayer.migrate.plan import changes
from tracklayer.migrate.plan.arrived import Arrived
from tracklayer.migrate.plan.rehearsal import Rehearsal
from tracklayer.migrate.plan.tally import Tally
from tracklayer.model import Batch, Experiment, ExperimentDraft, ExperimentRef, Owner, Run, RunDraft, RunRef
from tracklayer.spi import Wrapper


@dataclass
class Noted:
    """What was noted of one run, or of all experiments."""

    tally: Tally = field(default_factory=Tally)
    calls: int = 0
    sidecars: int = 0
    bytes_beside: int = 0
    own_tags: int = 0
    files: int = 0
    bytes: int = 0
    unsized: int = 0
    written: bool = False
    refused: Counter[str] = field(default_factory=Counter)


class Watch(Wrapper):
    """The target as a copy sees it. What it does not offer is noted, and what can be done without is gone on with.

    * `of(run)`: what was noted of a run since it was asked for last. `homes`: what was noted of all experiments, and
      `made` their names.
    """

    def __init__(self, rehearsal: Rehearsal) -> None:
        super().__init__(stack(rehearsal))
        self._rehearsal = rehearsal
        self._noted: dict[str, Noted] = {}
        self.homes = Noted()
        self.made: list[str] = []

    def of(self, run: str) -> Noted:
        """What was noted of a run of the target; from now on nothing is."""
        return self._noted.pop(run, None) or Noted()

    def create_experiment(self, draft: ExperimentDraft, /) -> Experiment:
        with self._noting(self.homes) as arrived:
            made = self.inner.create_experiment(draft)
        changes.of_experiment(self.traits, draft, arrived, self.homes.tally)
        self.made.append(draft.name)
        return made

    def create_run(self, experiment: ExperimentRef, draft: RunDraft, /) -> Run:
        noted = Noted()
        with self._noting(noted) as arrived:
            made = self.inner.create_run(experiment, draft)
        self._noted[made.id] = noted
        if arrived.draft is not None:
            noted.written = True
            changes.of_draft(self.traits, draft, arrived, noted.tally)
        return made

    def get_run(self, run: RunRef, /) -> Run:
        with self._noting(self._run(run)):
            return self.inner.get_run(run)

    def write(self, run: RunRef, batch: Batch, /) -> None:
        noted = self._run(run)
        noted.written = True
        with self._noting(noted) as arrived:
            try:
                self.inner.write(run, batch)
            except Unsupported as error:
                noted.refused[str(error)] += 1
                return
        changes.of_batch(self.traits, batch, arrived, noted.tally)

    def put_sidecar(self, owner: Owner, key: str, data: bytes, /) -> None:
        noted = self._run(owner) if isinstance(owner, RunRef) else self.homes
        noted.written = True
        with self._noting(noted):
            self.inner.put_sidecar(owner, key, data)

    def put_artifact(self, run: RunRef, path: str, data: BinaryIO, /) -> None:
        noted = self._run(run)
        noted.written = True
        with self._noting(noted) as arrived:
            try:
                self.inner.put_artifact(run, path, data)
            except Unsupported as error:
                noted.refused[str(error)] += 1
                return
        changes.of_file(self.traits, path, noted.tally)
        for size in arrived.files.values():
            noted.files += 1
            noted.bytes += size or 0
            noted.unsized += size is None

    def _run(self, run: RunRef) -> Noted:
        return self._noted.setdefault(run.id, Noted())

    @contextmanager
    def _noting(self, noted: Noted) -> Iterator[Arrived]:
        """What arrives below within the block is this one's."""
        arrived = self._rehearsal.arrived = Arrived()
        before = self._rehearsal.bill.calls.total()
        try:
            yield arrived
        finally:
            noted.calls += self._rehearsal.bill.calls.total() - before
            noted.sidecars += arrived.sidecars
            noted.bytes_beside += arrived.bytes_beside
            noted.own_tags += arrived.own_tags
