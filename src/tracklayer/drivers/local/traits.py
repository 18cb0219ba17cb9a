"""What the embedded store can do: everything but most of search, and it knows no limit."""

from __future__ import annotations

from tracklayer.spi import Feature, Search, Traits, native, sidecar

LOCAL = Traits(
    provider="local",
    claims={feature: native() for feature in Feature}
    | {
        Feature.FILTER: sidecar("the store answers for the status of runs; all other filtering is done by tracklayer"),
        Feature.ORDER: sidecar("the store orders by the start of runs; any other order is done by tracklayer"),
    },
    search=Search(
        clauses={"attribute.status": frozenset({"=", "!=", "IN", "NOT IN"})},
        orders=frozenset({"attribute.started"}),
    ),
)
