"""Significance: do groups of runs differ in a metric by more than chance?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from tracklayer.compare.align import Row
from tracklayer.compare.extra import needed
from tracklayer.compare.groups import Group, last
from tracklayer.compare.spread import deviation_of, mean_of
from tracklayer.errors import InvalidInput

#: The fewest values of a group: a spread needs two.
FEWEST = 2
#: Pairs that are tested at once: of more, the correction leaves nothing to find.
MOST_PAIRS = 1_000
ASSUMPTIONS = (
    "Runs are independent of each other, and each group is a sample of the runs that its setting could give.",
    "Welch's t: the means of both groups are about normal; their variances may differ. It tests equal means.",
    "Mann-Whitney U: no shape is assumed. It tests whether values of one group tend to be above those of the other.",
    "Groups of few values, below four or so, can hardly differ by Mann-Whitney U, whatever they hold.",
    "NaN and missing values are left out: if they come from runs that went wrong, what is left flatters its group.",
)
CORRECTION = "Holm's, over all pairs, for each test by itself: the chance of one false alarm or more is kept"


@dataclass(frozen=True)
class Tested:
    """What a test said: its statistic, its two-sided p, and p adjusted for all the pairs that were tested."""

    statistic: float
    p: float
    adjusted: float


@dataclass(frozen=True)
class Pair:
    """Two groups, by their index. `difference`: the mean of `left` less that of `right`.

    * `welch`: None where neither group spreads. `rank`: Mann-Whitney's U.
    """

    left: int
    right: int
    difference: float
    welch: Tested | None
    rank: Tested


@dataclass(frozen=True)
class Significance:
    """All pairs of groups, tested in one metric. `untested`: a line for each group that is in no pair, and why."""

    metric: str
    pairs: tuple[Pair, ...]
    untested: tuple[str, ...]
    assumptions: tuple[str, ...] = ASSUMPTIONS
    correction: str = CORRECTION


def significance(
    rows: Sequence[Row], groups: Sequence[Group], metric: str, telling: Sequence[str] = ()
) -> Significance:
    """Every pair of groups with two values or more, by Welch's t and by Mann and Whitney's U, two-sided.

    * `telling`: what names a group in `untested`.
    * `DriverMissing` without scipy; `InvalidInput` for more than a thousand pairs.
    """
    stats = needed("scipy.stats", "a test between groups")
    samples: dict[int, list[float]] = {}
    untested: list[str] = []
    for index, group in enumerate(groups):
        given = [value for row in group.rows if (value := last(rows[row], metric)) is not None]
        values = [value for value in given if not math.isnan(value)]
        if len(values) < FEWEST:
            untested.append(f"{group.label(telling)}: a test needs {FEWEST} values or more, it has {len(values)}")
        elif not all(map(math.isfinite, values)):
            untested.append(f"{group.label(telling)}: it has infinite values")
        else:
            samples[index] = values
    if math.comb(len(samples), 2) > MOST_PAIRS:
        message = (
            f"{math.comb(len(samples), 2):,} pairs of groups are too many to test: group by fewer params, or filter"
        )
        raise InvalidInput(message)
    pairs = [_pair(stats, left, right, samples) for left, right in combinations(samples, 2)]
    welch = iter(holm([pair.welch.p for pair in pairs if pair.welch is not None]))
    rank = holm([pair.rank.p for pair in pairs])
    corrected = tuple(
        replace(
            pair,
            welch=None if pair.welch is None else replace(pair.welch, adjusted=next(welch)),
            rank=replace(pair.rank, adjusted=adjusted),
        )
        for pair, adjusted in zip(pairs, rank, strict=True)
    )
    return Significance(metric=metric, pairs=corrected, untested=tuple(untested))


def holm(chances: Sequence[float]) -> list[float]:
    """Each p adjusted for all of them, in their order (Holm 1979, https://www.jstor.org/stable/4615733)."""
    adjusted = [0.0] * len(chances)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(chances)), key=chances.__getitem__)):
        highest = max(highest, min(1.0, chances[index] * (len(chances) - rank)))
        adjusted[index] = highest
    return adjusted


def _pair(stats: Any, left: int, right: int, samples: dict[int, list[float]]) -> Pair:
    ours, theirs = samples[left], samples[right]
    means = mean_of(ours), mean_of(theirs)
    spreads = deviation_of(ours, means[0]), deviation_of(theirs, means[1])
    welch = None
    if any(spreads):
        sides = (value for side in zip(means, spreads, map(len, (ours, theirs)), strict=True) for value in side)
        welch = _tested(stats.ttest_ind_from_stats(*sides, equal_var=False))
    rank = _tested(stats.mannwhitneyu(ours, theirs, alternative="two-sided"))
    return Pair(left=left, right=right, difference=means[0] - means[1], welch=welch, rank=rank)


def _tested(found: Any) -> Tested:
    return Tested(statistic=float(found.statistic), p=float(found.pvalue), adjusted=float(found.pvalue))
