"""Which part of a query may be left to the provider, in its own spelling.

A clause is passed on only when no run that it holds for can be lost by it: `sift.py` looks at every run again.
"""

from __future__ import annotations

from tracklayer.layers.fitting.texts import pointed
from tracklayer.model import Clause, Query
from tracklayer.spi import Bound, Feature, Traits

_POINT_FEATURES = (
    Feature.METRIC_HISTORY,
    Feature.METRIC_SAME_STEP,
    Feature.METRIC_TIME,
    Feature.METRIC_NAN,
    Feature.METRIC_INFINITY,
    Feature.METRIC_NEGATIVE_STEP,
)


def legal_query(traits: Traits, query: Query) -> Query:
    """The query with spelt keys, without the clauses whose truth may lie in the residue."""
    clauses = (legal for clause in query.where if (legal := _legal(traits, clause)) is not None)
    return query.model_copy(update={"where": tuple(clauses)})


def _legal(traits: Traits, clause: Clause) -> Clause | None:
    names, limits = traits.names, traits.limits
    if clause.entity == "attribute":
        return clause if _true_attribute(traits, clause) else None
    if clause.entity == "metric" and _plain_points(traits):
        return clause.model_copy(update={"key": names.metric.spell(clause.key)})
    if clause.entity == "param" and limits.params_per_run is None and _plain_text(traits, clause, limits.param_value):
        return clause.model_copy(update={"key": names.param.spell(clause.key)})
    if clause.entity == "tag" and limits.tags_per_run is None and _plain_text(traits, clause, limits.tag_value):
        return clause.model_copy(update={"key": names.tag.spell(clause.key)})
    return None


def _true_attribute(traits: Traits, clause: Clause) -> bool:
    """Is what the provider has of this attribute all there is?"""
    if clause.key in {"started", "ended"}:
        return traits.native(Feature.BACKDATING)
    if clause.key == "user":
        return traits.native(Feature.PROVENANCE)
    return clause.key != "name" or (
        clause.operator == "=" and traits.names.run.spell(str(clause.value)) == clause.value
    )


def _plain_text(traits: Traits, clause: Clause, bound: Bound | None) -> bool:
    """Would a slot hold just this text, if it is what the run has?"""
    text = clause.value
    return (
        clause.operator == "="
        and isinstance(text, str)
        and (text != "" or traits.native(Feature.EMPTY_VALUES))
        and pointed(text) is None
        and (bound is None or bound.holds(text))
    )


def _plain_points(traits: Traits) -> bool:
    return all(traits.native(feature) for feature in _POINT_FEATURES) and traits.limits.point_time_unit == 1
