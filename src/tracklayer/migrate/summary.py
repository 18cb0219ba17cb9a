"""What a migration did, and what it is doing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import Field

from tracklayer.model import Model


class Failure(Model):
    """A run that was not copied whole, or an experiment (`run` is None). `run`: its id; `reason`: one line."""

    run: str | None
    name: str | None = None
    reason: str


class MigrationSummary(Model):
    """What a migration did.

    * `source`, `target`: the places. `experiments`: how many were made at the target.
    * `copied`: runs written now; `there`: runs that were copied whole earlier, and of which nothing was written.
    * `params`, `points`, `files`, `bytes`: what was sent for the copied runs. `bytes` are the files', as the source
      says; files whose size it does not know count as none.
    * `runs`: id at the source -> URL at the target, of the runs that were copied or there.
    * `orphans`: runs whose parent was not among the selected: they stand at the target without one, and only their
      origin leads back to it. `deleted`: runs left where they are because they are deleted.
    * `approximate`: run id at the source -> field (`metrics.loss`) -> why the source does not hold it exactly. What was
      copied of it is what the source gives; all else is exact.
    """

    source: str
    target: str
    experiments: int = 0
    copied: int = 0
    there: int = 0
    params: int = 0
    points: int = 0
    files: int = 0
    bytes: int = 0
    runs: Mapping[str, str] = Field(default_factory=dict)
    failed: tuple[Failure, ...] = ()
    orphans: int = 0
    deleted: int = 0
    approximate: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Was every selected run copied, or there already?"""
        return not self.failed


@dataclass(frozen=True)
class Progress:
    """How far a migration is: `done` of `total` runs; `run` is the one in work; the rest as in the summary."""

    total: int
    done: int
    run: str
    points: int
    files: int
    bytes: int


@dataclass
class Tally:
    """What a migration has come to while it goes on."""

    experiments: int = 0
    copied: int = 0
    there: int = 0
    params: int = 0
    points: int = 0
    files: int = 0
    bytes: int = 0
    approximate: dict[str, Mapping[str, str]] = field(default_factory=dict)
