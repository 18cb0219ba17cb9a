"""Findings: the differences of one run while it is looked through, each told as explained or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from tracklayer.layers.fitting.back import MISSING
from tracklayer.migrate.proof.difference import Difference, What
from tracklayer.model import ENDED, Run

#: Differences of one kind that are told of a run; the others are counted.
MOST = 20
#: What differs -> the fields of `Run.approximate` that may explain it. A file and a parent are what they are.
FIELDS: Mapping[What, str] = {
    "name": "name",
    "status": "status",
    "started": "started",
    "ended": "ended",
    "description": "description",
    "user": "user",
    "source": "source",
    "param": "params",
    "tag": "tags",
    "input": "inputs",
    "metric": "metrics",
    "point": "metrics",
}
#: Why a copy may lack what its run has.
GROWN = "the source's run still runs: it has grown since it was copied"


class Findings:
    """What differs between a run and its copy.

    * A difference is explained where a place says that it does not hold the field, or all of its kind, exactly. That
      the source does not explains no lack of the whole field at the target, which had what the source gave.
    * It is explained, too, where the copy only lacks what a run that still runs may have got since.
    * That a value's sidecar is gone explains nothing: it is a loss.
    """

    def __init__(self, source: Run, target: Run) -> None:
        self._run = source
        self._target = target
        self.approximate: dict[str, str] = {**target.approximate, **source.approximate}
        self._found: list[Difference] = []
        self._explained: list[Difference] = []
        self._told: Counter[tuple[What, bool]] = Counter()

    def add(self, what: What, where: str, source: str, target: str, reason: str, *, lacks: bool = False) -> None:
        """Something differs: it is unexplained unless a place says why it should. `lacks`: the copy only has less."""
        why = self._excuse(what, where, lacks=lacks) or (GROWN if lacks and self._run.status not in ENDED else None)
        if why is None:
            self._note(self._found, what, (where, source, target, reason), excused=False)
        else:
            self.explain(what, where, source, target, why)

    def explain(self, what: What, where: str, source: str, target: str, why: str) -> None:
        """Something differs, and it is known why."""
        self._note(self._explained, what, (where, source, target, why), excused=True)

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What is unexplained; behind 20 of a kind one that says how many more there are."""
        return self._with_rest(self._found, excused=False)

    @property
    def explained(self) -> tuple[Difference, ...]:
        """What is explained, likewise."""
        return self._with_rest(self._explained, excused=True)

    def _note(self, into: list[Difference], what: What, told: tuple[str, str, str, str], *, excused: bool) -> None:
        self._told[what, excused] += 1
        if self._told[what, excused] <= MOST:
            where, source, target, reason = told
            into.append(self._difference(what, where, source, target, reason))

    def _with_rest(self, found: list[Difference], *, excused: bool) -> tuple[Difference, ...]:
        rest = {what: count - MOST for (what, kind), count in self._told.items() if kind is excused and count > MOST}
        more = (self._difference(what, "", "...", "...", f"and {count:,} more") for what, count in rest.items())
        return (*found, *more)

    def _difference(self, what: What, where: str, source: str, target: str, reason: str) -> Difference:
        run, name = self._run.id, self._run.name
        return Difference(what=what, where=where, source=source, target=target, reason=reason, run=run, name=name)

    def _excuse(self, what: What, where: str, *, lacks: bool) -> str | None:
        field = FIELDS.get(what)
        if field is None:
            return None
        said = self._target.approximate if lacks and what != "point" else self.approximate
        reasons = (said.get(name) for name in (f"{field}.{where}", field))
        return next((why for why in reasons if why is not None and why != MISSING), None)
