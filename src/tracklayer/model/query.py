"""Which runs are asked for, and in which order: MLflow's search grammar as data."""

from __future__ import annotations

from typing import Literal, TypeAlias

from tracklayer.model.base import Model
from tracklayer.model.ids import ExperimentRef

#: What a clause or an order is about.
Entity: TypeAlias = Literal["attribute", "param", "tag", "metric", "dataset"]
#: How a clause compares.
Operator: TypeAlias = Literal[
    "=", "!=", ">", ">=", "<", "<=", "LIKE", "ILIKE", "IN", "NOT IN", "IS NULL", "IS NOT NULL"
]
#: Which runs, by whether they are deleted.
View: TypeAlias = Literal["active", "deleted", "all"]


class Clause(Model):
    """One comparison: `metrics.loss < 0.1`, `attributes.status IN ('FINISHED')`."""

    entity: Entity
    key: str
    operator: Operator
    value: float | int | str | tuple[str, ...] | None = None


class Order(Model):
    """One key to order by. Runs that lack it come last, either way round."""

    entity: Entity
    key: str
    descending: bool = False


class Query(Model):
    """The runs of `experiments` for which every clause holds.

    * `where` and `order_by` reach a driver only as far as its traits say it answers them exactly.
    * without `order_by`: in the provider's own order, which stays.
    * `page_size`: runs a page, at most; the provider's own limit may make it smaller.
    """

    experiments: tuple[ExperimentRef, ...]
    where: tuple[Clause, ...] = ()
    order_by: tuple[Order, ...] = ()
    view: View = "active"
    page_size: int = 1000
