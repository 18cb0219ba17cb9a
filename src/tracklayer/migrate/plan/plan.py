"""The plan of a migration: what would be done, and what it would come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from pydantic import Field

from tracklayer.migrate.plan.tally import Change, Kept, Noun
from tracklayer.migrate.summary import Failure
from tracklayer.model import Model

#: Where a run stands: see `RunPlan`.
State: TypeAlias = Literal["new", "there", "changed"]


class RunPlan(Model):
    """What would become of one run.

    * `run`, `name`: at the source.
    * `state`: `new`; `there`: copied whole earlier, nothing would be written; `changed`: there, and written anew.
    * `kept`, `changes`: what the target holds as it is, and what not.
    * `approximate`: field -> why the source itself does not hold it exactly.
    * `calls`: the target's. `sidecars`, `bytes_beside`: what would lie beside the run. `own_tags`: tags of tracklayer.
    * `files`, `bytes`: of its files; `unsized`: files whose size the source does not say.
    * `refused`: what the target does not offer: such a run is not copied whole.
    """

    run: str
    name: str | None
    state: State
    kept: Mapping[Noun, Kept] = Field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    approximate: Mapping[str, str] = Field(default_factory=dict)
    calls: int = 0
    sidecars: int = 0
    bytes_beside: int = 0
    own_tags: int = 0
    files: int = 0
    bytes: int = 0
    unsized: int = 0
    refused: tuple[str, ...] = ()


class Pace(Model):
    """How long the calls take at the least.

    * `seconds`: what the slowest quota lets through; None: no quota is known. Of that quota: `calls` that are under it,
      `per_second` and `source`. * `unknown`: calls under no known quota, which may take longer.
    """

    seconds: float | None = None
    calls: int = 0
    per_second: float = 0.0
    source: str = ""
    unknown: int = 0


class Plan(Model):
    """A migration that was rehearsed: nothing was written anywhere.

    * `runs`: all that are selected, in the order of the copy. `experiments`: names of those that would be made.
    * `kept`, `changes`: of all runs and experiments together.
    * `calls`: the target's, by the provider's names, in one process in which nothing fails. Logging in, making a
      bucket, and what verification reads are not among them.
    * `failed`: what could not be planned, and would not be copied. `orphans`, `deleted`: as in `MigrationSummary`.
    """

    source: str
    target: str
    provider: str
    runs: tuple[RunPlan, ...] = ()
    experiments: tuple[str, ...] = ()
    kept: Mapping[Noun, Kept] = Field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    calls: Mapping[str, int] = Field(default_factory=dict)
    pace: Pace = Pace()
    failed: tuple[Failure, ...] = ()
    orphans: int = 0
    deleted: int = 0

    @property
    def ok(self) -> bool:
        """Would every selected run be copied whole?"""
        return not self.failed and not any(run.refused for run in self.runs)
