"""Importance: which params a metric hangs on, by a random forest that is asked what it misses without each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracklayer.compare.align import Row
from tracklayer.compare.extra import needed
from tracklayer.compare.groups import is_seed, last
from tracklayer.compare.meaning import meaning, number
from tracklayer.errors import InvalidInput
from tracklayer.model import ParamValue

#: The fewest runs: below, a forest learns the runs and no rule.
FEWEST = 20
#: The most runs: evenly chosen of more, for it takes seconds already.
MOST = 1_000
TREES, FOLDS, SHUFFLES = 100, 5, 5
#: Below this out-of-bag score the forest has not understood the metric.
POOR = 0.3


@dataclass(frozen=True)
class ParamImportance:
    """How much of R2 is lost, on runs the forest has not seen, when the param's values are shuffled among them.

    * `mean` and `std`: over all folds and shuffles. About 0, or below: the metric does not hang on it.
    """

    param: str
    mean: float
    std: float


@dataclass(frozen=True)
class Importance:
    """The params by their importance for a metric, the highest first.

    * `n`: how many runs it is from. `score`: the forest's out-of-bag R2, 1 at best: how far to trust it.
    * `left_out`: param -> why it takes no part. `notes`: what to say beside it, in one line each.
    """

    metric: str
    n: int
    score: float
    params: tuple[ParamImportance, ...]
    left_out: Mapping[str, str]
    notes: tuple[str, ...]


def importance(rows: Sequence[Row], metric: str) -> Importance:
    """What the last values of a metric hang on. Runs without a finite value take no part.

    * Params of numbers are taken as numbers; of texts, as the ranks of their values; missing, as a value below all.
    * The same runs give the same answer.
    * `DriverMissing` without scikit-learn; `InvalidInput` for fewer than 20 runs, or no param that differs.
    """
    ensemble = needed("sklearn.ensemble", "the importance of params")
    inspection = needed("sklearn.inspection", "the importance of params")
    selection = needed("sklearn.model_selection", "the importance of params")
    measured = [row for row in rows if (value := last(row, metric)) is not None and math.isfinite(value)]
    if len(measured) < FEWEST:
        message = (
            f"the importance of params needs {FEWEST} runs or more with a finite {metric!r}: there are {len(measured)}"
        )
        raise InvalidInput(message)
    chosen = [measured[len(measured) * at // MOST] for at in range(MOST)] if len(measured) > MOST else measured
    features, left_out = _features(chosen)
    if not features:
        message = f"no param differs among the {len(chosen)} runs with {metric!r}: none can be important"
        raise InvalidInput(message)
    numpy = needed("numpy", "the importance of params")
    x = numpy.array(list(features.values()), dtype=float).T
    y = numpy.array([last(row, metric) for row in chosen], dtype=float)
    forest = ensemble.RandomForestRegressor(TREES, oob_score=True, random_state=0).fit(x, y)
    drops: list[Any] = []
    for seen, unseen in selection.KFold(FOLDS, shuffle=True, random_state=0).split(x):
        learned = ensemble.RandomForestRegressor(TREES, random_state=0).fit(x[seen], y[seen])
        drops.append(
            inspection.permutation_importance(learned, x[unseen], y[unseen], n_repeats=SHUFFLES, random_state=0)
        )
    lost = numpy.concatenate([one.importances for one in drops], axis=1)
    ranked = sorted(zip(features, lost.mean(axis=1), lost.std(axis=1), strict=True), key=lambda one: (-one[1], one[0]))
    score = float(forest.oob_score_)
    return Importance(
        metric=metric,
        n=len(chosen),
        score=score,
        params=tuple(ParamImportance(name, float(mean), float(std)) for name, mean, std in ranked),
        left_out=left_out,
        notes=tuple(_notes(len(chosen), len(measured), len(rows), score)),
    )


def _features(rows: Sequence[Row]) -> tuple[dict[str, list[float]], dict[str, str]]:
    """Param -> a number for each run, and the params that take no part."""
    features: dict[str, list[float]] = {}
    left_out: dict[str, str] = {}
    for key in dict.fromkeys(key for row in rows for key in row.run.params):
        values = [row.run.params.get(key) for row in rows]
        distinct = {meaning(value) for value in values}
        if len(distinct) == 1:
            left_out[key] = "the same in all runs"
        elif is_seed(key):
            left_out[key] = "a seed"
        else:
            features[key] = _numbers(values)
    return features, left_out


def _numbers(values: Sequence[ParamValue | None]) -> list[float]:
    """Values as numbers; where one is not finite or no number, the ranks of all; missing ones below all."""
    finite = [None if value is None else number(value) for value in values]
    plain = all(
        value is None or (found is not None and math.isfinite(found))
        for value, found in zip(values, finite, strict=True)
    )
    if not plain:
        ranks = {text: rank for rank, text in enumerate(sorted({str(meaning(value)) for value in values}))}
        finite = [None if value is None else float(ranks[str(meaning(value))]) for value in values]
    lowest = min(found for found in finite if found is not None)
    return [lowest - 1 if found is None else found for found in finite]


def _notes(used: int, measured: int, all_of: int, score: float) -> Iterator[str]:
    yield f"from {used:,} of {all_of:,} runs; the forest's out-of-bag R2 is {score:.2f}"
    if used < measured:
        yield f"{used:,} of the {measured:,} runs with a finite value were taken, evenly"
    if score < POOR:
        yield "the forest explains little of the metric: do not lean on this order"
    yield "it tells what goes together in these runs, not what causes what"
    yield "of params that change together, either may get the credit"
