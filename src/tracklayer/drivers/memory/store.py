"""What the in-memory fake holds: plain records behind one lock, shared by all drivers of one name."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from threading import Lock, RLock

from tracklayer.model import (
    Dataset,
    Experiment,
    ExperimentRef,
    MetricSummary,
    ParamValue,
    Points,
    Run,
    RunRef,
    Source,
    Status,
)

Row = tuple[int, int, float]
#: The identity of a point, in the order of a series: step, time, is it NaN, value.
Rank = tuple[int, int, bool, float]


def rank(row: Row) -> Rank:
    """What a point is known by. NaN is one value, after all others; so are 0.0 and -0.0."""
    step, time, value = row
    return (step, time, True, 0.0) if math.isnan(value) else (step, time, False, value)


class Series:
    """The points of one metric: a set, kept in the order of arrival, so that a reader's place in it stays."""

    def __init__(self) -> None:
        self.points: dict[Rank, Row] = {}
        self._summary: MetricSummary | None = None

    def add(self, rows: Iterable[Row]) -> None:
        """Add points; one that is there stays as it is."""
        for row in rows:
            self.points.setdefault(rank(row), row)
        self._summary = None

    def replace(self, rows: Iterable[Row]) -> None:
        """Add points to a series that holds one a step: a later one takes the earlier one's place."""
        by_step = {row[0]: row for row in self.points.values()}
        by_step.update((row[0], row) for row in rows)
        self.points = {rank(row): row for row in by_step.values()}
        self._summary = None

    def last(self) -> Row:
        """The point at the highest (step, time, value)."""
        return self.points[max(self.points)]

    def summary(self) -> MetricSummary:
        """The series in short."""
        if self._summary is None:
            step, time, value = self.last()
            numbers = [row[2] for row in self.points.values() if not math.isnan(row[2])]
            self._summary = MetricSummary(
                last=value,
                last_step=step,
                last_time=time,
                min=min(numbers, default=None),
                max=max(numbers, default=None),
                count=len(self.points),
            )
        return self._summary


@dataclass
class ExperimentRecord:
    """One experiment."""

    id: str
    name: str
    tags: dict[str, str]
    description: str | None
    created: datetime
    deleted: bool = False
    sidecars: dict[str, bytes] = field(default_factory=dict)

    def model(self) -> Experiment:
        """As users hold it."""
        return Experiment(
            id=self.id,
            name=self.name,
            tags=dict(self.tags),
            description=self.description,
            created=self.created,
            deleted=self.deleted,
        )


@dataclass
class RunRecord:
    """One run. `number` counts the runs of a store, in the order they were made."""

    id: str
    number: int
    experiment: ExperimentRecord
    token: str
    name: str | None
    status: Status
    started: datetime
    parent: RunRef | None
    tags: dict[str, str]
    description: str | None
    user: str | None
    source: Source | None
    ended: datetime | None = None
    deleted: bool = False
    params: dict[str, ParamValue] = field(default_factory=dict)
    inputs: dict[Dataset, None] = field(default_factory=dict)
    series: dict[str, Series] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    sidecars: dict[str, bytes] = field(default_factory=dict)

    @property
    def gone(self) -> bool:
        """Deleted, by itself or with its experiment."""
        return self.deleted or self.experiment.deleted

    def model(self) -> Run:
        """As users hold it."""
        return Run(
            id=self.id,
            experiment=ExperimentRef(id=self.experiment.id),
            name=self.name,
            status=self.status,
            started=self.started,
            ended=self.ended,
            parent=self.parent,
            params=dict(self.params),
            tags=dict(self.tags),
            metrics={key: series.summary() for key, series in self.series.items()},
            inputs=tuple(self.inputs),
            description=self.description,
            user=self.user,
            source=self.source,
            token=self.token,
            deleted=self.gone,
        )

    def add_points(self, points: Points, *, timed: bool, one_a_step: bool) -> None:
        """Add points; not `timed`: their times are lost; `one_a_step`: a step's later value is the one that stays."""
        rows = points.rows() if timed else ((step, 0, value) for step, _, value in points.rows())
        if not len(points):
            return
        series = self.series.setdefault(points.key, Series())
        if one_a_step:
            series.replace(rows)
        else:
            series.add(rows)


class Store:
    """All experiments and runs of one name. Hold `lock` while touching anything in it."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.experiments: dict[str, ExperimentRecord] = {}
        self.runs: dict[str, RunRecord] = {}
        self.tokens: dict[str, RunRecord] = {}
        self.numbers = count(1)  # of runs and experiments, in the order they were made

    def remove(self, held: ExperimentRecord | RunRecord) -> None:
        """Forget a run, or an experiment and its runs."""
        gone = [run for run in self.runs.values() if held is run or held is run.experiment]
        for run in gone:
            del self.runs[run.id]
            self.tokens.pop(run.token, None)
        if isinstance(held, ExperimentRecord):
            del self.experiments[held.id]


_stores: dict[str, Store] = {}
_stores_lock = Lock()


def shared(name: str) -> Store:
    """The store of that name; made when it is first asked for, kept as long as the process."""
    with _stores_lock:
        return _stores.setdefault(name, Store())
