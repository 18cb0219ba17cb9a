"""The store's search for runs: MLflow's language by our own parser, and pages that go on where the place goes on."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

import msgspec
from mlflow.entities import Run, ViewType, _DatasetSummary

from tracklayer import model
from tracklayer.api.search import parse_filter, parse_order
from tracklayer.errors import InvalidInput, NotFound
from tracklayer.layers.match import matches
from tracklayer.layers.sift import in_order
from tracklayer.model import Clause, Order, Query, View
from tracklayer.plugins.mlflow import entities, ids, uris
from tracklayer.plugins.mlflow.base import Base
from tracklayer.plugins.mlflow.errors import answering
from tracklayer.plugins.mlflow.experiments import Noted
from tracklayer.plugins.mlflow.known import DELETED, KEEPER, as_seen, known_of
from tracklayer.plugins.mlflow.paging import checked_most
from tracklayer.spi import Cursor, Feature, Page, every

#: Runs a page that a place is asked for, at most; and at least, where not all of them may be wanted.
PAGE, SIFTED = 1_000, 100
#: Data sets that are told of experiments, at most, as `SqlAlchemyStore._search_datasets` has it.
DATASETS = 1_000
NEWEST_FIRST = ("start_time DESC",)
VIEWS: dict[int, View] = {ViewType.ACTIVE_ONLY: "active", ViewType.DELETED_ONLY: "deleted", ViewType.ALL: "all"}


class Turned(msgspec.Struct, array_like=True):
    """Where a search goes on: in which page of the place, and behind how many of its runs."""

    after: Cursor | None = None
    behind: int = 0

    def text(self) -> str:
        """As a token."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode()

    @classmethod
    def read(cls, token: str | None) -> Turned:
        """A token, read. `InvalidInput`."""
        if not token:
            return cls()
        try:
            return msgspec.json.decode(base64.urlsafe_b64decode(token), type=cls)
        except (ValueError, msgspec.MsgspecError):
            message = f"Invalid page token, could not be decoded: {token!r:.80}"
            raise InvalidInput(message) from None


class SearchStore(Base):
    """Searching runs."""

    @answering
    def _search_runs(  # noqa: PLR0917 -- MLflow's own
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None,
        run_view_type: int,
        max_results: int | None,
        order_by: Sequence[str] | None,
        page_token: str | None,
    ) -> tuple[list[Run], str | None]:
        """A page of runs, and the token of the next one."""
        checked_most(max_results, allow_none=True)
        where, orders = parse_filter(filter_string or ""), parse_order(tuple(order_by or NEWEST_FIRST))
        turned = Turned.read(page_token)
        homes = self._homes(experiment_ids, run_view_type)
        if not homes:
            return [], None
        search = _Search(self.place.driver.traits.native(Feature.RESTORE), homes, where, orders, VIEWS[run_view_type])
        query = search.query(max_results)
        read = self.place.settled.list_runs
        fetch = (
            (lambda after: read(query, after))
            if search.ordered
            else search.sorted_by(lambda: every(lambda at: read(query, at)))
        )
        found, rest = _gather(fetch, search.wanted, turned, max_results)
        return [self._seen(run, search) for run in found], rest

    @answering
    def _search_datasets(self, experiment_ids: Sequence[str]) -> list[_DatasetSummary]:
        """The data sets that runs of these experiments read: what MLflow's pages offer to filter by."""
        homes = self._homes(experiment_ids, ViewType.ACTIVE_ONLY)
        query = Query(experiments=tuple(noted.ref for noted in homes))
        read = self.place.settled.list_runs
        found = {
            (ids.EXPERIMENT.spell(run.experiment.id), one.name, one.digest, one.context): None
            for run in (every(lambda at: read(query, at)) if homes else ())
            for one in run.inputs
        }
        return [_DatasetSummary(*one) for one in list(found)[:DATASETS]]

    def _seen(self, run: model.Run, search: _Search) -> Run:
        known = known_of(run)
        return entities.run(known, self._files(uris.RUNS, known.run), deleted=search.deleted(run))

    def _homes(self, experiment_ids: Sequence[str], view: int) -> list[Noted]:
        found: dict[str, Noted] = {}
        for wanted in experiment_ids:
            try:
                noted = self.place.experiments.get(str(wanted))
            except NotFound:
                continue
            if not (noted.deleted and view == ViewType.ACTIVE_ONLY):
                found[noted.id] = noted
        return list(found.values())


class _Search:
    """What is asked for, and which of it the place is asked."""

    def __init__(
        self, restores: bool, homes: Sequence[Noted], where: Sequence[Clause], orders: Sequence[Order], view: View
    ) -> None:
        self._gone = {noted.ref.id for noted in homes if noted.deleted}
        self._homes = homes
        self._where = [_by_our_id(clause) for clause in where]
        self._orders = orders
        self._view = view
        self._ours = [clause for clause in self._where if _of_mlflow(clause)]
        self._all = bool(self._gone) or not restores
        #: Can the place put them in order?
        self.ordered = not any(_of_mlflow(order) for order in orders)

    def query(self, most: int | None) -> Query:
        """What the place is asked."""
        pushed = tuple(clause for clause in self._where if clause not in self._ours)
        sifted = bool(self._where) or self._all
        size = PAGE if most is None else min(PAGE, max(most + 1, SIFTED if sifted else 1))
        return Query(
            experiments=tuple(noted.ref for noted in self._homes),
            where=pushed,
            order_by=tuple(self._orders) if self.ordered else (),
            view="all" if self._all else self._view,
            page_size=size,
        )

    def wanted(self, run: model.Run) -> bool:
        """Is it one of them?"""
        if KEEPER in run.tags:
            return False
        if self._all and self._view != "all" and self.deleted(run) != (self._view == "deleted"):
            return False
        seen = as_seen(run) if self._ours else run
        return all(matches(seen, clause) for clause in self._ours)

    def deleted(self, run: model.Run) -> bool:
        """Is a run deleted, or its experiment?"""
        return run.deleted or bool(run.tags.get(DELETED)) or run.experiment.id in self._gone

    def sorted_by(self, runs: Callable[[], object]) -> Callable[[Cursor | None], Page[model.Run]]:
        """All of them as one page, in an order that the place knows nothing of."""

        def fetch(_: Cursor | None) -> Page[model.Run]:
            seen = {run.id: run for run in runs()}  # type: ignore[attr-defined]
            return Page(tuple(seen[run.id] for run in in_order([as_seen(run) for run in seen.values()], self._orders)))

        return fetch


def _gather(
    fetch: Callable[[Cursor | None], Page[model.Run]],
    wanted: Callable[[model.Run], bool],
    turned: Turned,
    most: int | None,
) -> tuple[list[model.Run], str | None]:
    """Runs of as many pages as it takes; and where the next one stands, if there is one."""
    found: list[model.Run] = []
    after, behind = turned.after, turned.behind
    while True:
        page = fetch(after)
        for place, run in enumerate(page.items[behind:], behind):
            if not wanted(run):
                continue
            if len(found) == most:
                return found, Turned(after, place).text()
            found.append(run)
        if page.after is None:
            return found, None
        after, behind = page.after, 0


def _of_mlflow(asked: Clause | Order) -> bool:
    """Is it about a tag of MLflow's own, which may be a field of ours?"""
    return asked.entity == "tag" and asked.key.startswith("mlflow.")


def _by_our_id(clause: Clause) -> Clause:
    """A clause on MLflow's id of a run, by the place's own."""
    if clause.entity != "attribute" or clause.key != "id" or not isinstance(clause.value, (str, tuple)):
        return clause
    if clause.operator not in {"=", "!=", "IN", "NOT IN"}:
        return clause
    read = ids.RUN.read
    value = read(clause.value) if isinstance(clause.value, str) else tuple(map(read, clause.value))
    return clause.model_copy(update={"value": value})
