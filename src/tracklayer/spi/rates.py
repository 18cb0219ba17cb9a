"""What a provider's calls come to: how many of its own calls one of ours is, and how many it takes a second. Data.

What a driver is asked for is told in **parts**: `migrate/plan/rehearsal.py` counts them where a driver would stand. A
`Charge` says which calls of the provider a part brings about, a `Quota` how often these may come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from tracklayer.model.base import Model

#: What of a driver's call brings calls of the provider about.
#:
#: * `missing experiment`: one is asked for by a name that is not there.
#: * `token`: the place must look first whether it holds a run of that token.
#: * Of a list of runs: `homes` are the experiments that it goes through; `homes by token`, where one run is looked for.
#: * Of a write: `own tags` are tracklayer's, `new metrics` those that the run has no point of yet, `state` is a name, a
#:   status or an end, and `nothing` an empty batch.
#: * Of sidecars that are read: how many are `found`; `nothing beside`, where an experiment has none at all.
#: * Of one that is put: `kept` where it finds room in the run's own record, `same` where it is there already, else
#:   `stored`; and its kind, by the first letter of its key.
#: * Of a file: `small file`, or `large file` and the `parts` it goes in.
Part: TypeAlias = Literal[
    "new experiment", "experiment by name", "experiment by id", "missing experiment", "experiments",
    "new run", "token", "run", "runs", "homes", "homes by token",
    "params", "tags", "own tags", "points", "new metrics", "data sets", "description", "state", "nothing",
    "kept sidecar", "same sidecar", "stored sidecar", "stored v", "stored p", "stored b", "stored m",
    "experiment's sidecar",
    "sidecars", "sidecars found", "experiment's sidecars", "experiment's sidecars found", "nothing beside",
    "file", "small file", "large file", "parts",
]  # fmt: skip


class Charge(Model):
    """Calls of the provider that come of a driver's call which has any of some parts.

    * `operation`: as the provider names it, behind its service: `sagemaker.CreateTrialComponent`.
    * `each`: one for each time that the part is there (each data set of a batch), else one for the call.
    * `once`: for the first such call of a run, an experiment or a process only. * `most`: so many a run at most.
    """

    operation: str
    on: frozenset[Part]
    each: bool = False
    once: Literal["run", "experiment", "process"] | None = None
    most: int | None = None

    @classmethod
    def of(
        cls,
        operation: str,
        *on: Part,
        each: bool = False,
        once: Literal["run", "experiment", "process"] | None = None,
        most: int | None = None,
    ) -> Charge:
        """As a row of a table."""
        return cls(operation=operation, on=frozenset(on), each=each, once=once, most=most)


class Quota(Model):
    """`per_second` calls, of these operations together, for as long as one likes; and where that number stands."""

    per_second: float
    operations: frozenset[str]
    source: str

    @classmethod
    def of(cls, per_second: float, operations: Iterable[str], source: str) -> Quota:
        """As a row of a table."""
        return cls(per_second=per_second, operations=frozenset(operations), source=source)


class Rates(Model):
    """What a provider's calls come to. Without charges a driver's calls are all there is to count.

    * `charges`: in a process that is logged in, has its bucket, and is the only one that writes to a run; and in which
      nothing fails. * `quotas`: those that the provider publishes, or that tracklayer keeps to.
    * `kept`: bytes of the largest sidecar, of the kinds `v` and `p`, that goes into a run's own record; `most_kept`: so
      many find room there. * `part`: bytes from which on a file goes in parts, and of one part; 0: it goes whole.
    """

    charges: tuple[Charge, ...] = ()
    quotas: tuple[Quota, ...] = ()
    kept: int = 0
    most_kept: int = 0
    part: int = 0

    @property
    def operations(self) -> frozenset[str]:
        """All that is charged."""
        return frozenset(charge.operation for charge in self.charges)

    def slowest(self, calls: Mapping[str, int]) -> tuple[float, Quota] | None:
        """The seconds that these calls take at the least, and the quota that says so; None where none applies.

        Quotas of different calls run side by side: the one that takes longest is what all of them take.
        """
        times = [(sum(calls.get(one, 0) for one in row.operations) / row.per_second, row) for row in self.quotas]
        return max((time for time in times if time[0]), key=lambda time: time[0], default=None)

    def unpaced(self, calls: Mapping[str, int]) -> int:
        """How many of these calls are under no quota that is known."""
        paced = {operation for row in self.quotas for operation in row.operations}
        return sum(count for operation, count in calls.items() if operation not in paced)
