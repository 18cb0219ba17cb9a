"""Sift: filter and order runs as MLflow would, whatever the provider can."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Any

from tracklayer.layers.fitting.texts import spelt
from tracklayer.layers.match import matches, value_of
from tracklayer.model import Order, Query, Run
from tracklayer.spi import Cursor, Page, Wrapper, every

#: MLflow's own last orders: the newest first, then by id.
NEWEST = Order(entity="attribute", key="started", descending=True)
BY_ID = Order(entity="attribute", key="id")


class Sift(Wrapper):
    """Answers the clauses and orders that the provider cannot.

    * The provider is asked what its traits say it answers; every clause is checked here again, on the true values.
    * An order that the provider does not have as a whole is made here: all runs that the provider gives for the clauses
      are read, and come back in one page, however many they are.
    * A page may hold fewer runs than were asked for, none even, and not be the last.
    """

    def list_runs(self, query: Query, after: Cursor | None = None, /) -> Page[Run]:
        traits = self.traits
        asked = query.model_copy(update={"where": tuple(filter(traits.search.answers, query.where))})
        if all(map(traits.sorts, query.order_by)):
            page = self.inner.list_runs(asked, after)
            return Page(_sifted(page.items, query), page.after)
        asked = asked.model_copy(update={"order_by": ()})
        runs = _sifted(every(partial(self.inner.list_runs, asked)), query)
        return Page(tuple(in_order(runs, query.order_by)))


def in_order(runs: Sequence[Run], orders: Sequence[Order]) -> list[Run]:
    """Runs by the first order, ties by the next; then the newest first, then by id.

    * Runs whose value is NaN come after all others, and runs without a value after those, either way round.
    * Params order as text.
    """
    done = list(runs)
    for order in reversed([*orders, NEWEST, BY_ID]):  # each sort keeps the order of equals
        done = _sorted(done, order)
    return done


def _sifted(runs: Iterable[Run], query: Query) -> tuple[Run, ...]:
    return tuple(run for run in runs if all(matches(run, clause) for clause in query.where))


def _sorted(runs: Sequence[Run], order: Order) -> list[Run]:
    valued: list[tuple[Any, Run]] = []
    nan: list[tuple[Any, Run]] = []
    missing: list[Run] = []
    for run in runs:
        value = value_of(run, order.entity, order.key)
        if value is None:
            missing.append(run)
        elif isinstance(value, datetime) or order.entity == "metric":
            (nan if isinstance(value, float) and math.isnan(value) else valued).append((value, run))
        else:
            valued.append((spelt(value), run))
    valued.sort(key=itemgetter(0), reverse=order.descending)
    return [run for _, run in valued + nan] + missing
