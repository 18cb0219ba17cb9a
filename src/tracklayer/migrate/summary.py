"""What a migration did, and what it is doing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from tracklayer.migrate.proof.certificate import Certificate
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
    * `params`, `points`, `files`, `bytes`: what was sent for the copied runs. `bytes` are the files'.
    * `runs`: id at the source -> URL at the target, of the runs that were copied or there.
    * `orphans`: runs whose parent was not among the selected: they stand at the target without one, and only their
      origin leads back to it. `deleted`: runs left where they are because they are deleted.
    * `approximate`: run id at the source -> field (`metrics.loss`) -> why the source does not hold it exactly. What was
      copied of it is what the source gives; all else is exact.
    * `ledger`: the file that says how far it came. `certificate`: what was read of both places afterwards; None where
      nothing was verified.
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
    ledger: str | None = None
    certificate: Certificate | None = None

    @property
    def ok(self) -> bool:
        """Was every selected run copied, or there already, and is none known to differ?"""
        return not self.failed and (self.certificate is None or self.certificate.clean)


@dataclass(frozen=True)
class Progress:
    """How far a migration is: `done` of `total` runs; `run` is the last one in work; the rest as in the summary.

    * `phase`: runs are copied first, then verified; both count from the beginning.
    """

    phase: Literal["copy", "verify"]
    total: int
    done: int
    run: str
    points: int
    files: int
    bytes: int


@dataclass
class Tally:
    """What a migration has come to while it goes on."""

    copied: int = 0
    there: int = 0
    params: int = 0
    points: int = 0
    files: int = 0
    bytes: int = 0
    approximate: dict[str, Mapping[str, str]] = field(default_factory=dict)
