"""Align: the same run in several places becomes one row, and what differs between its copies is named."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

from pydantic import Field

from tracklayer.model import Model, ParamValue, Run, same

#: A value of a run, as JSON has it: moments as ISO text.
Shown: TypeAlias = ParamValue | None


class Held(Model):
    """A run as one place holds it. `place`: the place's URL; `url`: the run's; `experiment`: its name.

    * `provider`: whose place it is. `console`: where the provider itself shows the run, if that is known.
    * `renamed`: field here -> the name at the place, of what was mapped: `metrics.accuracy` -> `val_acc`.
    """

    place: str
    url: str
    experiment: str
    run: Run
    provider: str = ""
    console: str | None = None
    renamed: Mapping[str, str] = Field(default_factory=dict)

    @property
    def identity(self) -> tuple[str, str]:
        """Where the run was first logged, and its id there: what its copies have in common."""
        origin = self.run.origin
        return (self.place, self.run.id) if origin is None else (origin.url, origin.run)

    def __hash__(self) -> int:
        """By where it is held."""
        return hash((self.place, self.run.id))


class Difference(Model):
    """A field whose copies differ: `params.lr`, `metrics.loss.last`. `values` stand in the order of the row's copies.

    * `approximate`: why a difference is to be expected, when a place says that its value is not exact.
    """

    field: str
    values: tuple[Shown, ...]
    approximate: str | None = None


class Row(Model):
    """One run, with a copy for each place that holds it, the original first where it is among them."""

    copies: tuple[Held, ...]
    differences: tuple[Difference, ...] = ()

    @property
    def run(self) -> Run:
        """The first copy's run: what the table shows."""
        return self.copies[0].run

    @property
    def name(self) -> str:
        """The run's name, or its id where it has none."""
        return self.run.name or self.run.id

    @property
    def seconds(self) -> float | None:
        """How long the run took, from its own clock; None while it runs."""
        started, ended = self.run.started, self.run.ended
        return None if started is None or ended is None else (ended - started).total_seconds()

    @property
    def approximate(self) -> dict[str, str]:
        """Field -> why it is not exact, in the copy that is shown."""
        return dict(self.run.approximate)


def align(copies: Iterable[Held]) -> tuple[Row, ...]:
    """Rows in the order in which their first copies come; a copy that is given twice counts once."""
    groups: dict[tuple[str, str], dict[Held, None]] = {}
    for copy in copies:
        groups.setdefault(copy.identity, {})[copy] = None
    return tuple(_row(tuple(group)) for group in groups.values())


def _row(copies: tuple[Held, ...]) -> Row:
    ordered = tuple(sorted(copies, key=lambda copy: copy.run.origin is not None))
    return Row.trusted({"copies": ordered, "differences": tuple(_differences(ordered))})


def _differences(copies: tuple[Held, ...]) -> Iterator[Difference]:
    if len(copies) == 1:
        return
    tables = [dict(_fields(copy)) for copy in copies]
    for field in dict.fromkeys(field for table in tables for field in table):
        values = tuple(table.get(field) for table in tables)
        if field.startswith("metrics.") and not field.endswith(".last") and None in values:
            continue  # a summary that a provider does not keep is unknown, not different
        if not all(_alike(values[0], other) for other in values[1:]):
            yield Difference(field=field, values=values, approximate=_excuse(copies, field))


def _fields(copy: Held) -> Iterator[tuple[str, Shown]]:
    """All that a copy should have in common with the others."""
    run = copy.run
    yield "experiment", copy.experiment
    yield "name", run.name
    yield "status", run.status
    yield "started", _iso(run.started)
    yield "ended", _iso(run.ended)
    yield "description", run.description
    yield "user", run.user
    for key, given in run.params.items():
        yield f"params.{key}", given
    for key, text in run.tags.items():
        yield f"tags.{key}", text
    for key, summary in run.metrics.items():
        for part in ("last", "last_step", "min", "max", "count"):
            yield f"metrics.{key}.{part}", getattr(summary, part)
    for dataset in run.inputs:
        yield f"inputs.{dataset.name}.{dataset.digest}", dataset.context or ""


def _alike(left: Shown, right: Shown) -> bool:
    if left is None or right is None:
        return left is right
    if isinstance(left, float) and isinstance(right, float):
        return left == right or (math.isnan(left) and math.isnan(right))
    return same(left, right)


def _excuse(copies: tuple[Held, ...], field: str) -> str | None:
    """The first reason that a copy gives for the field, or for what holds it, not being exact."""
    for copy in copies:
        for rough, why in copy.run.approximate.items():
            if field == rough or field.startswith(f"{rough}."):
                return why
    return None


def _iso(when: datetime | None) -> str | None:
    return None if when is None else when.isoformat()
