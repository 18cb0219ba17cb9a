"""What the embedded store can do: everything, though only a little of search, and it knows no limit."""

from __future__ import annotations

from tracklayer.spi import Feature, Search, Traits, native

LOCAL = Traits(
    provider="local",
    claims={feature: native("SQL tables, schema.py") for feature in Feature}
    | {
        Feature.FILTER: native("the status of runs is asked of SQL, runs.py; all else is done by tracklayer"),
        Feature.ORDER: native("the start of runs is ordered by SQL, runs.py; all else is done by tracklayer"),
    },
    search=Search(
        clauses={
            "attribute.status": frozenset({"=", "!=", "IN", "NOT IN"}),
            "attribute.token": frozenset({"="}),
        },
        orders=frozenset({"attribute.started"}),
    ),
)
