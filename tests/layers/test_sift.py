"""Sift: the provider is asked for what it can, and the answer is always MLflow's."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tracklayer.drivers.memory import MEMORY, MemoryDriver
from tracklayer.layers.match import matches
from tracklayer.layers.sift import Sift, in_order
from tracklayer.model import (
    Clause,
    Dataset,
    ExperimentRef,
    MetricSummary,
    Order,
    ParamValue,
    Query,
    Run,
)
from tracklayer.spi import Cursor, Page, Search, Traits, Wrapper, every

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
HOME = ExperimentRef(id="1")


def run(id: str, *, metrics: Mapping[str, float] | None = None, **fields: Any) -> Run:
    summaries = {key: MetricSummary(last=value, last_step=0, last_time=0) for key, value in (metrics or {}).items()}
    return Run(id=id, experiment=HOME, status=fields.pop("status", "finished"), metrics=summaries, **fields)


class Provider(Wrapper):
    """Gives pages of runs in its own order, and remembers what it was asked."""

    def __init__(self, pages: Iterable[Iterable[Run]], search: Search | None = None) -> None:
        super().__init__(MemoryDriver())
        self.pages = [tuple(page) for page in pages]
        self.search = search or Search()
        self.asked: list[tuple[Query, Cursor | None]] = []

    @property
    def traits(self) -> Traits:  # type: ignore[override] # made anew, as Wrapper does
        return MEMORY.model_copy(update={"search": self.search})

    def list_runs(self, query: Query, after: Cursor | None = None, /) -> Page[Run]:
        self.asked.append((query, after))
        number = int(after or 0)
        return Page(self.pages[number], str(number + 1) if number + 1 < len(self.pages) else None)


def ids(runs: Iterable[Run]) -> str:
    return "".join(found.id for found in runs)


SMALL = Clause(entity="metric", key="loss", operator="<", value=0.5)
SVM = Clause(entity="param", key="model", operator="=", value="svm")
BY_LOSS = Order(entity="metric", key="loss")
BY_NAME = Order(entity="attribute", key="name")
NEWEST = Order(entity="attribute", key="started", descending=True)


def test_only_what_the_provider_answers_is_asked_of_it_and_all_is_checked_again() -> None:
    pages = [
        [run("a", metrics={"loss": 0.1}, params={"model": "svm"}), run("b", metrics={"loss": 0.9})],
        [run("c", metrics={"loss": 0.2}), run("d", metrics={"loss": 0.7}, params={"model": "svm"})],
    ]
    provider = Provider(pages, Search(clauses={"metric": frozenset({"<"})}))
    query = Query(experiments=(HOME,), where=(SMALL, SVM), view="all", page_size=7)
    first = Sift(provider).list_runs(query)
    second = Sift(provider).list_runs(query, first.after)
    assert (ids(first.items), ids(second.items), second.after) == ("a", "", None)
    asked = query.model_copy(update={"where": (SMALL,)})
    assert provider.asked == [(asked, None), (asked, "1")]


def test_an_order_that_the_provider_has_is_left_to_it_page_by_page() -> None:
    provider = Provider([[run("b")], [run("a")]], Search(orders=frozenset({"attribute.name", "attribute.started"})))
    query = Query(experiments=(HOME,), order_by=(BY_NAME, NEWEST))
    page = Sift(provider).list_runs(query)
    assert (ids(page.items), page.after) == ("b", "1")
    assert provider.asked == [(query, None)]


def test_an_order_that_the_provider_has_in_part_is_made_of_all_pages() -> None:
    losses = {"a": 0.3, "b": 0.1, "c": 0.2, "d": 0.9}
    pages = [[run(name, metrics={"loss": losses[name]}) for name in pair] for pair in ("ab", "cd")]
    provider = Provider(pages, Search(clauses={"metric": frozenset({"<"})}, orders=frozenset({"attribute.name"})))
    order = (BY_LOSS, BY_NAME)
    page = Sift(provider).list_runs(Query(experiments=(HOME,), where=(SMALL,), order_by=order))
    assert (ids(page.items), page.after) == ("bca", None)
    assert [(query.where, query.order_by, after) for query, after in provider.asked] == [
        ((SMALL,), (), None),
        ((SMALL,), (), "1"),
    ]


def test_without_an_order_the_providers_own_stays() -> None:
    provider = Provider([[run("b"), run("a")], [run("c")]])
    sift = Sift(provider)
    assert ids(every(lambda after: sift.list_runs(Query(experiments=(HOME,)), after))) == "bac"


def test_nan_and_then_missing_values_come_last_either_way() -> None:
    runs = [run("m"), run("n", metrics={"loss": math.nan}), run("h", metrics={"loss": math.inf})]
    runs += [run("l", metrics={"loss": -1.0})]
    assert ids(in_order(runs, [BY_LOSS])) == "lhnm"
    assert ids(in_order(runs, [BY_LOSS.model_copy(update={"descending": True})])) == "hlnm"


def test_ties_go_to_the_next_order_then_to_the_newest_then_to_the_id() -> None:
    older, newer = NOON, NOON + timedelta(microseconds=1)
    runs = [
        run("d", tags={"x": "1"}, started=older),
        run("c", tags={"x": "1"}, started=newer),
        run("b", tags={"x": "1"}, started=older),
        run("a", tags={"x": "0"}, started=older),
        run("e", tags={"x": "1"}),
    ]
    assert ids(in_order(runs, [Order(entity="tag", key="x")])) == "acbde"
    assert ids(in_order(runs, [Order(entity="tag", key="x", descending=True)])) == "cbdea"
    assert ids(in_order(runs, [Order(entity="tag", key="x"), Order(entity="attribute", key="id")])) == "abcde"


def test_params_are_ordered_as_text() -> None:
    runs = [run("a", params={"n": 10}), run("b", params={"n": 9}), run("c", params={"n": "1"})]
    assert ids(in_order(runs, [Order(entity="param", key="n")])) == "cab"


@pytest.mark.parametrize(("value", "text"), [("x", "x"), (1, "1"), (0.1, "0.1"), (1e-9, "1e-09"), (True, "True")])
def test_a_param_is_compared_with_text_by_its_own(value: ParamValue, text: str) -> None:
    assert matches(run("a", params={"p": value}), Clause(entity="param", key="p", operator="=", value=text))


@pytest.mark.parametrize(
    ("value", "operator", "number", "expected"),
    [
        (0.5, ">", 0.1, True),
        (1, "=", 1.0, True),
        ("0.5", ">", 0.1, True),
        ("1e3", "=", 1000.0, True),
        ("-inf", "<", 0.0, True),
        ("nan", "!=", 1.0, True),
        ("nan", "=", 1.0, False),
        (math.nan, "<", 1.0, False),
        ("1_000", ">", 0.0, False),
        (" 1", "=", 1.0, False),
        ("adam", "!=", 1.0, False),
        (True, "=", 1.0, False),
    ],
)
def test_a_param_is_compared_with_a_number_when_it_is_one(
    value: ParamValue, operator: Any, number: float, *, expected: bool
) -> None:
    clause = Clause(entity="param", key="p", operator=operator, value=number)
    assert matches(run("a", params={"p": value}), clause) is expected


@pytest.mark.parametrize(
    ("entity", "key"),
    [("param", "x"), ("tag", "x"), ("metric", "x"), ("attribute", "name"), ("attribute", "ended"), ("dataset", "name")],
)
def test_what_is_missing_matches_nothing_but_null(entity: Any, key: str) -> None:
    number = entity == "metric" or key == "ended"
    assert not matches(run("a"), Clause(entity=entity, key=key, operator="=", value=1.0 if number else "x"))
    assert not matches(run("a"), Clause(entity=entity, key=key, operator="!=", value=1.0 if number else "x"))


def test_null() -> None:
    there, lacking = (
        Clause(entity="tag", key="x", operator="IS NOT NULL"),
        Clause(entity="tag", key="x", operator="IS NULL"),
    )
    tagged = run("a", tags={"x": ""})
    assert (matches(tagged, there), matches(tagged, lacking)) == (True, False)
    assert (matches(run("b"), there), matches(run("b"), lacking)) == (False, True)


def test_times_compare_in_whole_milliseconds() -> None:
    milliseconds = int(NOON.timestamp()) * 1_000
    started = run("a", started=NOON + timedelta(microseconds=999))
    assert matches(started, Clause(entity="attribute", key="started", operator="=", value=milliseconds))
    assert not matches(started, Clause(entity="attribute", key="started", operator=">", value=milliseconds))


@pytest.mark.parametrize(
    ("operator", "pattern", "expected"),
    [
        ("LIKE", "a%", True),
        ("LIKE", "A%", False),
        ("ILIKE", "A%", True),
        ("LIKE", "%b", True),
        ("LIKE", "a__", False),
        ("LIKE", "a_.b", True),
        ("LIKE", "a", False),
        ("LIKE", "%%%%", True),
        ("LIKE", "a\n[b]", False),
    ],
)
def test_like_spans_lines_and_takes_no_other_sign_for_a_pattern(operator: Any, pattern: str, *, expected: bool) -> None:
    clause = Clause(entity="tag", key="x", operator=operator, value=pattern)
    assert matches(run("a", tags={"x": "a\n.b"}), clause) is expected


def test_one_data_set_of_several_is_enough() -> None:
    two = run("a", inputs=(Dataset(name="x", digest="1"), Dataset(name="y", digest="2", context="train")))
    assert matches(two, Clause(entity="dataset", key="name", operator="=", value="y"))
    assert matches(two, Clause(entity="dataset", key="name", operator="!=", value="y"))
    assert matches(two, Clause(entity="dataset", key="digest", operator="NOT IN", value=("1",)))
    assert not matches(two, Clause(entity="dataset", key="context", operator="!=", value="train"))
