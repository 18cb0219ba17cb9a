"""Lists by Search, which gives whole records, and behind it what its index has not seen yet.

* Search gives the oldest first, page by page. After its last page List* is asked once for the newest: those that no
  page had are looked at one by one. An index that keeps up costs one call a list.
* A cursor carries digests of the last 200 names, which is as far as List* looks back, and more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tracklayer import spi
from tracklayer.drivers.sagemaker import names
from tracklayer.drivers.sagemaker.calls import Calls
from tracklayer.errors import NotFound

#: Names that a cursor remembers, in how many letters each.
REMEMBERED, LETTERS = 200, 8
#: Summaries that one List* gives.
NEWEST = 100


@dataclass(frozen=True)
class Kind:
    """What is listed: Search's resource and the record in its answer, and the List* operation beside it."""

    resource: str
    record: str
    operation: str
    summaries: str

    @property
    def name(self) -> str:
        """The field that holds the name."""
        return f"{self.record}Name"


RUNS = Kind("ExperimentTrialComponent", "TrialComponent", "ListTrialComponents", "TrialComponentSummaries")
EXPERIMENTS = Kind("Experiment", "Experiment", "ListExperiments", "ExperimentSummaries")


class Place(spi.Place, omit_defaults=True, rename={"seen": "s", "fresh": "f"}):
    """Where a list is.

    * `index`: which of several lists. * `search`: Search's token.
    * `seen`: digest and time (seconds since 1970) of the last names; `dropped`: there were others before.
    * `listed`: Search is through; `more`: the token of List*. * `fresh`: names that Search did not have.
    """

    index: int = 0
    search: str | None = None
    seen: list[tuple[str, int]] = msgspec.field(default_factory=list)
    dropped: bool = False
    listed: bool = False
    more: str | None = None
    fresh: list[str] = msgspec.field(default_factory=list)


@dataclass(frozen=True)
class Listed:
    """One list: what of a `kind`, which of them, and how one is looked at that Search has not seen.

    * `filters`: of Search. * `within`: arguments of List*.
    * `load`: the whole record of a name. `NotFound` for one that is gone since.
    """

    kind: Kind
    load: Callable[[str], Mapping[str, Any]]
    filters: Sequence[Mapping[str, str]] = ()
    within: Mapping[str, str] = field(default_factory=dict)


def page(calls: Calls, listed: Listed, place: Place, size: int) -> tuple[list[Mapping[str, Any]], Place | None]:
    """Up to `size` records, and where the list goes on; None at its end."""
    found: list[Mapping[str, Any]] = []
    if not place.listed:
        found, place = _searched(calls, listed, place, size)
        if not place.listed:
            return found, place
        place = _looked_back(calls, listed, place)
    if not found:
        for name in place.fresh[:size]:
            with suppress(NotFound):
                found.append(listed.load(name))
        place = msgspec.structs.replace(place, fresh=place.fresh[size:])
    if not place.fresh and place.more is not None:
        place = _looked_back(calls, listed, place)
    return found, place if place.fresh else None


def _searched(calls: Calls, listed: Listed, place: Place, size: int) -> tuple[list[Mapping[str, Any]], Place]:
    """The next page of Search, without what an earlier one had."""
    answer = calls(
        "Search",
        Resource=listed.kind.resource,
        SearchExpression={"Filters": list(listed.filters)} if listed.filters else None,
        SortBy="CreationTime",
        SortOrder="Ascending",
        MaxResults=size,
        NextToken=place.search,
    )
    known = {mark for mark, _ in place.seen}
    records = (one[listed.kind.record] for one in answer.get("Results") or () if listed.kind.record in one)
    marked = {_mark(record[listed.kind.name]): record for record in records}
    new = {mark: record for mark, record in marked.items() if mark not in known}
    seen = place.seen + [(mark, int(record["CreationTime"].timestamp())) for mark, record in new.items()]
    token = answer.get("NextToken") or None
    dropped = place.dropped or len(seen) > REMEMBERED
    return list(new.values()), Place(place.index, token, seen[-REMEMBERED:], dropped, listed=token is None)


def _looked_back(calls: Calls, listed: Listed, place: Place) -> Place:
    """The newest names, as far as no page of Search had them. When it had none of a page, the next page counts too."""
    try:
        answer = calls(
            listed.kind.operation,
            **listed.within,
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=NEWEST,
            NextToken=place.more,
        )
    except NotFound:  # the experiment itself
        answer = {}
    summaries = answer.get(listed.kind.summaries, [])
    known, since = {mark for mark, _ in place.seen}, place.seen[0][1] if place.dropped else None
    new = [
        one[listed.kind.name]
        for one in summaries
        if _mark(one[listed.kind.name]) not in known and (since is None or int(one["CreationTime"].timestamp()) > since)
    ]
    more = answer.get("NextToken") if len(new) == len(summaries) else None
    return msgspec.structs.replace(place, fresh=new[::-1], more=more)


def _mark(name: str) -> str:
    return names.digest(name.lower(), letters=LETTERS)
