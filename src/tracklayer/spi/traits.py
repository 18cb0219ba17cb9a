"""Traits: all that is to be known of a provider before it is asked, as data."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import model_validator

from tracklayer.errors import InvalidInput
from tracklayer.model.base import Model
from tracklayer.model.query import Clause, Entity, Operator, Order
from tracklayer.spi.features import Claim, Feature, Support
from tracklayer.spi.limits import Limits
from tracklayer.spi.naming import Naming
from tracklayer.spi.rates import Rates


class Names(Model):
    """The alphabet of each kind of name."""

    experiment: Naming = Naming()
    run: Naming = Naming()
    param: Naming = Naming()
    metric: Naming = Naming()
    tag: Naming = Naming()
    experiment_tag: Naming = Naming()
    artifact: Naming = Naming(reserved=r"\.tracklayer(/.*)?")


class Search(Model):
    """Which parts of a query the provider answers exactly as `layers/sift.py` would, given the spelt keys and values.

    * `clauses`: entity -> the operators it answers. An attribute is named by itself: `attribute.status`.
    * `orders`: the attributes it can order by, likewise: `attribute.started`.
    """

    clauses: Mapping[str, frozenset[Operator]] = {}
    orders: frozenset[str] = frozenset()

    def answers(self, clause: Clause) -> bool:
        """Can this clause be left to the provider?"""
        return clause.operator in self.clauses.get(_named(clause.entity, clause.key), frozenset())


class Traits(Model):
    """Features, limits and naming of one provider.

    `claims` is total: every `Feature` is claimed or refused with a reason.

    * `doubles`: a param that is a number stands as a double, and comes back as one: int and bool must be told apart.
    * `shown`: fields that the provider's console can show, though it cannot hold them whole: `source` of a run's draft,
      `inputs` of a batch. They are handed to the driver all the same, and what is read of them there does not count.
    * `shown_points`: how many points of a series that rides beside the run one write gives the console, at most.
    * `rates`: what its calls come to, for whoever plans many of them.
    * `pause`: seconds that lie between two writes of what is being logged, where each costs several calls or money. Who
      waits for it (`flush`, the end of a run) does not wait for that.
    """

    provider: str
    claims: Mapping[Feature, Claim]
    limits: Limits = Limits()
    names: Names = Names()
    search: Search = Search()
    rates: Rates = Rates()
    doubles: bool = False
    shown: frozenset[str] = frozenset()
    shown_points: int | None = None
    pause: float = 0.0

    @model_validator(mode="after")
    def _total(self) -> Traits:
        missing = sorted(feature.value for feature in set(Feature) - set(self.claims))
        if missing:
            message = f"traits of {self.provider}: no claim for {', '.join(missing)}"
            raise InvalidInput(message)
        silent = sorted(f.value for f, c in self.claims.items() if c.support is not Support.NATIVE and not c.why)
        if silent:
            message = f"traits of {self.provider}: no reason given for {', '.join(silent)}"
            raise InvalidInput(message)
        return self

    def native(self, feature: Feature) -> bool:
        """Does the provider itself have it?"""
        return self.claims[feature].support is Support.NATIVE

    def offers(self, feature: Feature) -> bool:
        """Can a user have it, be it the provider's or kept beside the run?"""
        return self.claims[feature].offered

    def sorts(self, order: Order) -> bool:
        """Can this order be left to the provider? Only by attributes, and by times only where it holds true ones."""
        true = order.key not in {"started", "ended"} or self.native(Feature.BACKDATING)
        return order.entity == "attribute" and true and _named(order.entity, order.key) in self.search.orders


def _named(entity: Entity, key: str) -> str:
    return f"attribute.{key}" if entity == "attribute" else entity
