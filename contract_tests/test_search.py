"""Search: what plain Python says of the runs, every provider says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from contract_tests.place import Place
from contract_tests.searching import FILTERS, ORDERS, Row, ordered, written
from contract_tests.targets import Target

from tracklayer.api.client import Client
from tracklayer.errors import InvalidInput
from tracklayer.model import Experiment

Searched = tuple[Client, Experiment, list[Row]]


@pytest.fixture(scope="module")
def searched(target: Target) -> Iterator[Searched]:
    """A client of a place with runs in it."""
    place = Place(target, target.open())
    home = place.experiment()
    yield Client(place.driver), home, written(place, home.ref)
    place.close()


@pytest.mark.parametrize("text", FILTERS, ids=lambda text: text[:60] or "nothing")
def test_a_filter_finds_what_plain_python_finds(searched: Searched, text: str) -> None:
    client, home, rows = searched
    found = [run.name for run in client.runs(home.name, filter=text)]
    assert found == [row.name for row in ordered([row for row in rows if FILTERS[text](row)])]


@pytest.mark.parametrize("descending", [False, True], ids=["rising", "falling"])
@pytest.mark.parametrize("text", ORDERS, ids=lambda text: text[:20])
def test_an_order_is_what_plain_python_makes_it(searched: Searched, text: str, descending: bool) -> None:
    client, home, rows = searched
    found = [run.name for run in client.runs(home.name, order_by=[f"{text} DESC" if descending else text])]
    assert found == [row.name for row in ordered(rows, (text, descending))]


@pytest.mark.parametrize("first", ["metrics.loss", "status", "params.model"])
def test_orders_stand_one_behind_the_other(searched: Searched, first: str) -> None:
    client, home, rows = searched
    found = [run.name for run in client.runs(home.name, order_by=[f"{first} DESC", "run_name ASC"])]
    assert found == [row.name for row in ordered(rows, (first, True), ("run_name", False))]


@pytest.mark.parametrize("limit", [0, 1, 3, 100])
def test_a_limit_gives_the_first_of_the_same(searched: Searched, limit: int) -> None:
    client, home, rows = searched
    wanted = ordered([row for row in rows if FILTERS["metrics.loss <= 0.5"](row)], ("metrics.loss", False))
    found = client.runs(home.name, filter="metrics.loss <= 0.5", order_by="metrics.loss", limit=limit)
    assert [run.name for run in found] == [row.name for row in wanted[:limit]]


def test_what_is_found_is_whole(searched: Searched) -> None:
    client, home, rows = searched
    (row,) = [row for row in rows if row.name == "it's"]
    (found,) = client.runs(home.name, filter="params.model LIKE '%needle%'")
    assert found == client.run(row.run.id)
    assert (found.params, found.tags) == (row.params, row.tags)


def test_an_id_is_found(searched: Searched) -> None:
    client, home, rows = searched
    found = client.runs(home.name, filter=f"run_id IN ('{rows[3].run.id}', '{rows[5].run.id}', 'nobody')")
    assert {run.name for run in found} == {rows[3].name, rows[5].name}


def test_a_start_is_found_to_the_millisecond(searched: Searched) -> None:
    client, home, rows = searched
    pivot = sorted(row.started for row in rows)[4]
    for operator, holds in (("<", int.__lt__), (">=", int.__ge__), ("=", int.__eq__)):
        found = client.runs(home.name, filter=f"start_time {operator} {pivot}")
        assert {run.name for run in found} == {row.name for row in rows if holds(row.started, pivot)}


@pytest.mark.parametrize(
    "text", ["metrics.loss <", "params.model = svm", "colour = 'red'", "a OR b", "metrics.a = 'x'"]
)
def test_what_is_no_filter_is_refused(searched: Searched, text: str) -> None:
    client, home, _ = searched
    with pytest.raises(InvalidInput):
        list(client.runs(home.name, filter=text))
