"""Queries in MLflow's search language, and the place where a list of runs goes on.

MLflow pages by offset: a run that is made or deleted meanwhile shifts all others, so that some come twice or never.
Here a page begins where the one before it ended, at a start time: what happens before that place shifts nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from tracklayer import spi
from tracklayer.drivers.mlflow.shapes import MlflowRun, Runs
from tracklayer.model import Clause, ExperimentRef, Query, View

VIEWS: dict[View, str] = {"active": "ACTIVE_ONLY", "deleted": "DELETED_ONLY", "all": "ALL"}
ATTRIBUTES = {
    "id": "run_id",
    "name": "run_name",
    "status": "status",
    "started": "start_time",
    "ended": "end_time",
}
#: The tag that holds a run's token.
TOKEN = "tracklayer.token"  # noqa: S105 -- a name
ENTITIES = {"param": "params", "tag": "tags"}


def quoted(text: str) -> str | None:
    """A text as a literal. None for what the language cannot express: both kinds of quotes, a backslash at the end."""
    if text.endswith("\\"):  # it would take the closing quote with it
        return None
    quote = next((quote for quote in "'\"" if quote not in text), None)
    return quote and f"{quote}{text}{quote}"


def comparison(clause: Clause) -> str | None:
    """A clause in MLflow's language; None where that is not able to say it."""
    value = clause.value
    if clause.entity == "attribute" and clause.key == "token":
        clause = Clause(entity="tag", key=TOKEN, operator=clause.operator, value=clause.value)
    if clause.entity == "attribute":
        name = ATTRIBUTES.get(clause.key)
        if clause.key in {"started", "ended"}:
            literal = str(value) if isinstance(value, int) else None
        else:
            literal = quoted(value.upper() if clause.key == "status" else value) if isinstance(value, str) else None
        return name and literal and f"attributes.{name} {clause.operator} {literal}"
    entity = ENTITIES.get(clause.entity)
    literal = quoted(value) if isinstance(value, str) else None
    return entity and literal and f"{entity}.`{clause.key}` {clause.operator} {literal}"


def filters(comparisons: Iterable[str | None]) -> str:
    """Comparisons joined. One that cannot be said is left out: whoever asks looks at every run again."""
    return " AND ".join(filter(None, comparisons))


class Place(spi.Place, array_like=True):
    """Where a list goes on.

    * `start`: the start of the last run that was given, in milliseconds; None before the first one.
    * `given`: the runs of that start which were given already.
    * `token`: the server's own, while more runs share that start than one page holds.
    """

    start: int | None = None
    given: tuple[str, ...] = ()
    token: str | None = None


def runs_search(query: Query, place: Place, most: int) -> dict[str, Any]:
    """The body of runs/search for the page that begins at a place. `most`: runs a page, by the server's limit."""
    rising = _rising(query)
    bound = None if place.start is None else f"attributes.start_time {'>=' if rising else '<='} {place.start}"
    # One more than asked for, because the last run of the page before comes again.
    again = bound is not None and place.token is None
    body = {
        "experiment_ids": [experiment.id for experiment in query.experiments],
        "filter": filters([*map(comparison, query.where), bound]),
        "run_view_type": VIEWS[query.view],
        "max_results": max(query.page_size, min(query.page_size + again, most)),
        "order_by": [f"attributes.start_time {'ASC' if rising else 'DESC'}"],
    }
    return body if place.token is None else body | {"page_token": place.token}


def next_page(query: Query, place: Place, answer: Runs) -> tuple[Sequence[MlflowRun], Place | None]:
    """The runs of a page that were not given before it, and where the next one begins."""
    new = [run for run in answer.runs if run.info.start_time != place.start or run.info.id not in place.given]
    kept = new[: query.page_size]
    if len(kept) == len(new) and answer.next_page_token is None:
        return kept, None
    start = kept[-1].info.start_time if kept else place.start
    given = tuple(run.info.id for run in kept if run.info.start_time == start)
    if start == place.start:
        # The whole page has one start: only the server's token leads on. It stands behind the runs that were cut off.
        whole = len(kept) == len(new)
        return kept, Place(start, place.given + given, answer.next_page_token if whole else None)
    return kept, Place(start, given)


def _rising(query: Query) -> bool:
    return bool(query.order_by) and not query.order_by[0].descending


def token_search(experiment: ExperimentRef, token: str) -> dict[str, Any]:
    """The body of runs/search for the runs of a token, and perhaps some more."""
    literal, operator = quoted(token), "="
    if literal is None:
        # `_` is any character; a backslash escapes it in some databases, so it is not sent either
        literal, operator = "'" + re.sub(r"['\\]", "_", token) + "'", "LIKE"
    return {
        "experiment_ids": [experiment.id],
        "filter": f"tags.`{TOKEN}` {operator} {literal}",
        "run_view_type": VIEWS["all"],
        "max_results": 10,
    }
