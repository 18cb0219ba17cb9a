"""What an archive can do: all that the local store can, on which it stands."""

from __future__ import annotations

from tracklayer.spi import Feature, Search, Traits, native

ARCHIVE = Traits(
    provider="archive",
    claims={feature: native("docs/archive.md") for feature in Feature}
    | {
        Feature.FILTER: native("the status of runs is asked of the index; all else is done by tracklayer"),
        Feature.ORDER: native("the start of runs is ordered by the index; all else is done by tracklayer"),
    },
    search=Search(
        clauses={
            "attribute.status": frozenset({"=", "!=", "IN", "NOT IN"}),
            "attribute.token": frozenset({"="}),
        },
        orders=frozenset({"attribute.started"}),
    ),
)
