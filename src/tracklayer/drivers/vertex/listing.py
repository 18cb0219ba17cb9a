"""Lists of experiments and of runs, page by page.

* The runs of an experiment are its contexts, 100 a page, and behind the last page the executions of the SDK's preview.
* The service pages by tokens of its own. A cursor carries digests of the last page besides, so that what the service
  gives twice, because something was made meanwhile, is given once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from tracklayer import spi
from tracklayer.drivers.google import Json
from tracklayer.drivers.vertex import names
from tracklayer.drivers.vertex.contexts import Contexts
from tracklayer.drivers.vertex.nodes import Nodes
from tracklayer.drivers.vertex.wire import EXPERIMENT, PIPELINE, PREVIEW, RUN
from tracklayer.errors import NotFound
from tracklayer.model import Query

#: Ids that a cursor remembers, in how many letters each.
REMEMBERED, LETTERS = 100, 8


class Place(spi.Place, omit_defaults=True, rename={"token": "t", "seen": "s"}):
    """Where a list is. `index`: which of several experiments. `preview`: its contexts are through.

    * `token`: the service's own. * `seen`: digests of the ids of the last page.
    """

    index: int = 0
    preview: bool = False
    token: str | None = None
    seen: list[str] = msgspec.field(default_factory=list)


@dataclass(frozen=True)
class Found:
    """Some nodes, contexts or executions, and where the list goes on; None at its end."""

    nodes: Sequence[Json]
    after: Place | None
    experiment: str = ""

    @property
    def cursor(self) -> str | None:
        """Where the list goes on, as a cursor."""
        return None if self.after is None else self.after.text()


def experiments(contexts: Contexts, place: Place, size: int) -> Found:
    """A page of experiments."""
    try:
        answer = contexts.list(f'schema_title="{EXPERIMENT}"', size, place.token)
    except NotFound:  # no metadata store: nothing was ever made
        return Found((), None)
    return _page(answer.get("contexts") or (), answer.get("nextPageToken"), place)


def runs(contexts: Contexts, nodes: Nodes, query: Query, place: Place, size: int) -> Found:
    """A page of the runs of some experiments."""
    if place.index >= len(query.experiments):
        return Found((), None)
    experiment = names.experiment_context(query.experiments[place.index].id)
    found = None
    if experiment is not None:
        try:
            found = _of_one(contexts, nodes, experiment, _Asked(_tokens(experiment, query), place, size))
        except NotFound:  # the experiment is gone, or there is no metadata store
            found = None
    if found is not None and found.after is not None:
        return found
    more = place.index + 1 < len(query.experiments)
    after = Place(index=place.index + 1) if more else None
    return Found(() if found is None else found.nodes, after, experiment or "")


@dataclass(frozen=True)
class _Asked:
    """`tokens`: what more the filter says."""

    tokens: str
    place: Place
    size: int


def _of_one(contexts: Contexts, nodes: Nodes, experiment: str, asked: _Asked) -> Found:
    whole = f"{contexts.store}/contexts/{experiment}"
    tokens, place, size = asked.tokens, asked.place, asked.size
    if not place.preview:
        condition = f'(schema_title="{RUN}" OR schema_title="{PIPELINE}") AND parent_contexts:"{whole}"{tokens}'
        answer = contexts.list(condition, size, place.token)
        found = _page(answer.get("contexts") or (), answer.get("nextPageToken"), place)
        if found.after is not None:
            return Found(found.nodes, found.after, experiment)
        if len(found.nodes) == size and not tokens:
            return Found(found.nodes, Place(place.index, preview=True), experiment)
        if tokens:
            return Found(found.nodes, None, experiment)
        place = Place(place.index, preview=True)
        fresh = list(found.nodes)
    else:
        fresh = []
    older, token = nodes.page("executions", f'schema_title="{PREVIEW}" AND in_context("{whole}")', place.token, size)
    room = size - len(fresh)
    if len(older) > room:  # they come with the next page
        return Found(fresh, place, experiment)
    after = None if token is None else Place(place.index, preview=True, token=token)
    return Found([*fresh, *older], after, experiment)


def _tokens(experiment: str, query: Query) -> str:
    """What more the filter says where runs of one token are asked for."""
    wanted = [clause for clause in query.where if (clause.entity, clause.key) == ("attribute", "token")]
    return "".join(f" AND {token_condition(experiment, str(clause.value))}" for clause in wanted)


def token_condition(experiment: str, token: str) -> str:
    """The filter for the runs of a token."""
    return f'metadata._tl_token.string_value="{names.token_mark(experiment, token)}"'


def _page(given: Sequence[Json], token: str | None, place: Place) -> Found:
    marks = {names.digest(one["name"], letters=LETTERS): one for one in given}
    known = set(place.seen)
    kept = [one for mark, one in marks.items() if mark not in known]
    after = Place(place.index, place.preview, token, list(marks)[-REMEMBERED:]) if token else None
    return Found(kept, after)
