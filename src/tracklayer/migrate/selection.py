"""Selection: which runs are to be copied, parents before their children."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from tracklayer.api import Client
from tracklayer.errors import InvalidInput
from tracklayer.model import ExperimentRef, Run
from tracklayer.spi import Feature


@dataclass(frozen=True)
class Selected:
    """A run to be copied, as small as can be: a place may have a million. `parent`: only one that is selected too."""

    id: str
    name: str | None
    experiment: ExperimentRef
    parent: str | None


@dataclass(frozen=True)
class Selection:
    """What a migration will do. `orphans`: runs with a parent that is not selected. `deleted`: runs left out."""

    experiments: tuple[ExperimentRef, ...]
    runs: tuple[Selected, ...]
    orphans: int
    deleted: int


def select(
    client: Client, *, experiment: str | None, run: str | None, filter: str, since: datetime | None = None
) -> Selection:
    """The runs that a migration is asked for: one, or those of an experiment, or all; deleted ones never.

    * `since`: those that began then or later, or of which no start is known.
    * Experiments without runs are selected too, unless a filter, a moment or a run says what is wanted.
    """
    if since is not None and since.tzinfo is None:
        message = f"since must say its time zone, as {since.isoformat()}Z does"
        raise InvalidInput(message)
    if run is not None:
        if experiment is not None or filter or since is not None:
            message = "give either one run, or an experiment, a filter and a moment: not both"
            raise InvalidInput(message)
        one = client.run(run)
        if one.deleted:
            message = f"run {one.id!r} is deleted: restore it first, deleted runs are not copied"
            raise InvalidInput(message)
        return _selection((), [one], deleted=0)
    if experiment is not None:
        homes = [client.experiment(experiment).ref]
    else:
        homes = [found.ref for found in client.experiments()]
    deleted = 0
    if client.traits.offers(Feature.DELETE):
        deleted = sum(1 for _ in client.runs(experiment, filter=filter, view="deleted"))
    runs = client.runs(experiment, filter=filter)
    if since is not None:
        runs = (one for one in runs if one.started is None or one.started >= since)
    return _selection(() if filter or since is not None else homes, runs, deleted=deleted)


def _selection(homes: Iterable[ExperimentRef], runs: Iterable[Run], *, deleted: int) -> Selection:
    """The oldest first, as far as parents and children allow."""
    listed = [
        Selected(id=run.id, name=run.name, experiment=run.experiment, parent=run.parent.id if run.parent else None)
        for run in runs
    ]
    ordered = tuple(parents_first(listed[::-1]))
    given = {one.id: one.parent for one in listed}
    orphans = sum(given[one.id] is not None and one.parent is None for one in ordered)
    experiments = {ref.id: ref for ref in (*homes, *(one.experiment for one in ordered))}
    return Selection(tuple(experiments.values()), ordered, orphans=orphans, deleted=deleted)


def parents_first(listed: list[Selected]) -> Iterator[Selected]:
    """Each run after its parent. A parent that is not listed, or that descends from its own child, is let go."""
    waiting = {one.id: one for one in listed}
    placed: set[str] = set()
    for one in listed:
        line: list[Selected] = []
        above = waiting.get(one.id)
        while above is not None:
            line.append(waiting.pop(above.id))
            above = waiting.get(above.parent) if above.parent is not None else None
        for step in reversed(line):
            yield step if step.parent in placed else replace(step, parent=None)
            placed.add(step.id)
