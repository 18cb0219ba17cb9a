"""What of random data a provider offers at all: the rest would be refused."""

from __future__ import annotations

import math

from tracklayer.model import Batch, ParamValue, Points
from tracklayer.spi import Feature, Traits


def offered_batch(traits: Traits, batch: Batch) -> Batch:
    """The batch without what the provider does not offer; texts and types are changed to what it does."""
    update: dict[str, object] = {
        "params": {key: _value(traits, value) for key, value in batch.params.items()},
        "tags": {key: text or _nothing(traits) for key, text in batch.tags.items()},
        "points": tuple(offered_points(traits, points) for points in batch.points),
    }
    if not traits.offers(Feature.DATASETS):
        update["inputs"] = ()
    if not traits.offers(Feature.DESCRIPTION):
        update["description"] = None
    if not traits.offers(Feature.BACKDATING):
        update["ended"] = None
    if batch.status in {"running", "scheduled"} and not traits.offers(Feature.RESUME):
        update["status"] = None
    return batch.model_copy(update=update)


def offered_points(traits: Traits, points: Points) -> Points:
    """The points that the provider takes."""
    return Points.of(points.key, [row for row in points.rows() if _taken(traits, *row)])


def _taken(traits: Traits, step: int, _: int, value: float) -> bool:
    return (
        (traits.offers(Feature.METRIC_NEGATIVE_STEP) or step >= 0)
        and (traits.offers(Feature.METRIC_NAN) or not math.isnan(value))
        and (traits.offers(Feature.METRIC_INFINITY) or not math.isinf(value))
    )


def _value(traits: Traits, value: ParamValue) -> ParamValue:
    typed = value if traits.offers(Feature.TYPED_PARAMS) else str(value)
    return _nothing(traits) if typed == "" else typed


def _nothing(traits: Traits) -> str:
    return "" if traits.offers(Feature.EMPTY_VALUES) else "nothing"
