"""Groups: seeds and repeats of one setting, with what their metrics come to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tracklayer.compare.align import Row
from tracklayer.compare.direction import words_of
from tracklayer.compare.meaning import Meaning, meaning
from tracklayer.compare.spread import Spread, spread
from tracklayer.errors import InvalidInput
from tracklayer.model import ParamValue

#: A param with one of these words is a seed, or counts repeats.
SEEDS = frozenset({"seed", "seeds", "rng", "repeat", "repeats", "replicate", "repetition"})
#: Or with both of these, in this order.
STATE = ("random", "state")


@dataclass(frozen=True)
class Group:
    """Runs that are repeats of each other.

    * `params`: what they have in common, of that which makes a group. `experiment`: theirs; None where groups go
      across experiments.
    * `rows`: which rows of the comparison. `seeds`: seed param -> its value in each of them, None where it has none.
    * `metrics`: metric -> what its values come to.
    * `cautions`: in one line each, what speaks against taking them for repeats.
    """

    params: Mapping[str, ParamValue]
    experiment: str | None
    rows: tuple[int, ...]
    seeds: Mapping[str, tuple[ParamValue | None, ...]]
    metrics: Mapping[str, Spread]
    cautions: tuple[str, ...] = ()

    def label(self, telling: Collection[str]) -> str:
        """What tells it from the other groups: `lr=0.1 model=svm`. `telling`: see `Grouping`."""
        said = [f"{key}={self.params[key]}" for key in telling if key in self.params]
        return " ".join(said) or self.experiment or "all runs"


@dataclass(frozen=True)
class Grouping:
    """All groups, those with most runs first.

    * `by`: the params that make a group; `telling`: those of them that are not the same in all groups.
    * `seeds`: the params left out, because they are seeds. `said`: did the user say so, or do their names?
    """

    groups: tuple[Group, ...]
    by: tuple[str, ...]
    telling: tuple[str, ...]
    seeds: tuple[str, ...]
    said: bool


def is_seed(param: str) -> bool:
    """Does the name say that the param is a seed?"""
    words = words_of(param)
    return not SEEDS.isdisjoint(words) or STATE in pairwise(words)


def grouping(
    rows: Sequence[Row],
    metrics: Iterable[str],
    *,
    group_by: Sequence[str] | None = None,
    seed_params: Sequence[str] | None = None,
) -> Grouping:
    """The runs grouped by equal params, seeds apart.

    * `group_by`: the params that make a group, whatever the others are, and whatever the experiment.
      `seed_params`: the params that are seeds; None: those whose name says so.
    * Values are equal that mean the same: a place that holds texts only makes `"0.1"` of 0.1.
    * `InvalidInput` for a param that no run has.
    """
    there = dict.fromkeys(key for row in rows for key in row.run.params)
    for key in (*(group_by or ()), *(seed_params or ())):
        if key not in there and rows:
            message = f"no run has the param {key!r}; there are: {', '.join(sorted(there)) or 'none'}"
            raise InvalidInput(message)
    seeds = tuple(filter(is_seed, there)) if seed_params is None else tuple(seed_params)
    if group_by is not None:
        seeds = tuple(key for key in seeds if key not in group_by)
    by = tuple(key for key in there if key not in seeds) if group_by is None else tuple(group_by)
    across = group_by is not None
    found: dict[tuple[str | None, frozenset[tuple[str, Meaning]]], list[int]] = {}
    wanted = set(by)
    for index, row in enumerate(rows):
        means = frozenset((key, meaning(value)) for key, value in row.run.params.items() if key in wanted)
        found.setdefault((None if across else row.copies[0].experiment, means), []).append(index)
    keys = tuple(metrics)
    groups = [
        _group([rows[at] for at in members], members, experiment=experiment, by=by, seeds=seeds, metrics=keys)
        for (experiment, _), members in sorted(found.items(), key=lambda one: -len(one[1]))
    ]
    telling = tuple(key for key in by if len({meaning(group.params.get(key)) for group in groups}) > 1)
    said = group_by is not None or seed_params is not None
    return Grouping(groups=tuple(groups), by=by, telling=telling, seeds=seeds, said=said)


def _group(
    held: Sequence[Row],
    members: Sequence[int],
    *,
    experiment: str | None,
    by: Sequence[str],
    seeds: Sequence[str],
    metrics: Sequence[str],
) -> Group:
    params = held[0].run.params
    values = {key: tuple(row.run.params.get(key) for row in held) for key in seeds}
    return Group(
        params={key: params[key] for key in by if key in params},
        experiment=experiment,
        rows=tuple(members),
        seeds={key: given for key, given in values.items() if given.count(None) < len(given)},
        metrics={metric: spread(last(row, metric) for row in held) for metric in metrics},
        cautions=tuple(_cautions(held, [row_seeds for row_seeds in zip(*values.values(), strict=True) if row_seeds])),
    )


def last(row: Row, metric: str) -> float | None:
    """The last value of a metric; None where the run has none."""
    summary = row.run.metrics.get(metric)
    return None if summary is None else summary.last


def _cautions(held: Sequence[Row], seeds: Sequence[tuple[ParamValue | None, ...]]) -> Iterator[str]:
    """What speaks against taking runs for repeats of each other."""
    if len(held) == 1:
        return
    ended = sum(row.run.status == "finished" for row in held)
    if ended < len(held):
        yield f"{len(held) - ended} of {len(held)} have not finished"
    commits = {row.run.source.commit for row in held if row.run.source is not None and row.run.source.commit}
    if len(commits) > 1:
        yield f"they ran {len(commits)} commits of the code"
    data = {frozenset((one.name, one.digest) for one in row.run.inputs) for row in held if row.run.inputs}
    if len(data) > 1:
        yield f"they read {len(data)} sets of data"
    told = [tuple(map(meaning, one)) for one in seeds]
    if len(set(told)) < len(told):
        yield "some have the same seeds"
