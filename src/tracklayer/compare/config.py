"""Config: what the runs were made with, as far as it differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tracklayer.compare.align import Row
from tracklayer.compare.meaning import meaning
from tracklayer.model import ParamValue

#: What of a run's source says how it was made.
SOURCE = ("commit", "branch", "dirty", "command")


@dataclass(frozen=True)
class Config:
    """What runs were made with, by field: `params.lr`, `source.commit`, `inputs.digits` (the data's digest).

    * `same`: fields with one value in all runs. `differing`: field -> its value in each row, None where it has none.
    * Of what differs, first come params; of these those that most runs have, with few values before those with many.
    * Values are the same that mean the same: see `meaning`.
    """

    same: Mapping[str, ParamValue]
    differing: Mapping[str, tuple[ParamValue | None, ...]]


def config(rows: Sequence[Row]) -> Config:
    """The config of all rows, held against each other."""
    columns: dict[str, list[ParamValue | None]] = {}
    for index, row in enumerate(rows):
        for name, value in fields(row):
            column = columns.get(name)
            if column is None:
                column = columns[name] = [None] * len(rows)
            column[index] = value
    same: dict[str, ParamValue] = {}
    ranked: list[tuple[bool, int, int, str]] = []
    for name, column in columns.items():
        distinct = len({meaning(value) for value in column})
        if distinct == 1 and column[0] is not None:
            same[name] = column[0]
        else:
            ranked.append((not name.startswith("params."), column.count(None), distinct, name))
    return Config(same=same, differing={name: tuple(columns[name]) for *_, name in sorted(ranked)})


def fields(row: Row) -> Iterator[tuple[str, ParamValue]]:
    """All that a run was made with."""
    run = row.run
    for key, value in run.params.items():
        yield f"params.{key}", value
    if run.source is not None:
        for name in SOURCE:
            found: ParamValue | None = getattr(run.source, name)
            if found is not None:
                yield f"source.{name}", found
    digests: dict[str, list[str]] = {}
    for dataset in run.inputs:
        digests.setdefault(dataset.name, []).append(dataset.digest)
    for name, several in digests.items():
        yield f"inputs.{name}", ", ".join(sorted(several))
