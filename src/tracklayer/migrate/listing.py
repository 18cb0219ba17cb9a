"""Listing: which runs of the target are copies, told by their tokens."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import partial

from tracklayer.migrate.identity import token
from tracklayer.migrate.selection import Selected
from tracklayer.model import Clause, ExperimentRef, Query, Run, View
from tracklayer.spi import Driver, Feature, every

#: Runs that are asked for one by one, where the target can: more are found in a list.
FEW = 10


def runs_of(target: Driver, homes: Collection[ExperimentRef], tokens: Collection[str] | None) -> Iterator[Run]:
    """Runs of some experiments, deleted ones too; `tokens`: those that are wanted, though more may be given.

    * None: all. A page at a time; a run may be given twice.
    """
    view: View = "all" if target.traits.offers(Feature.DELETE) else "active"
    query = Query(experiments=tuple(homes), view=view)
    if not query.experiments:
        return
    clauses = [Clause(entity="attribute", key="token", operator="=", value=mark) for mark in tokens or ()]
    if tokens is None or len(clauses) > FEW or not all(map(target.traits.search.answers, clauses)):
        yield from every(partial(target.list_runs, query))
        return
    for clause in clauses:
        yield from every(partial(target.list_runs, query.model_copy(update={"where": (clause,)})))


def copies_of(
    source: str, target: Driver, homes: Collection[ExperimentRef], runs: Iterable[Selected]
) -> dict[str, str]:
    """The copies at the target: run of the place `source` -> run there; a deleted one if there is no other."""
    wanted = {token(source, run.id): run.id for run in runs}
    found: dict[str, str] = {}
    for run in runs_of(target, homes, wanted):
        if run.token in wanted and (not run.deleted or wanted[run.token] not in found):
            found[wanted[run.token]] = run.id
    return found
