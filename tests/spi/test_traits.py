"""Traits: nothing is left unsaid, and what is said can be asked."""

from __future__ import annotations

import pytest
from contract_tests.strategies import traits
from hypothesis import given

from tracklayer.errors import InvalidInput
from tracklayer.model import Clause, Order
from tracklayer.spi import Bound, Claim, Feature, Limits, Search, Support, Traits, native, never, not_yet, sidecar

ALL: dict[Feature, Claim] = dict.fromkeys(Feature, native("a test"))


def test_every_feature_is_claimed_or_refused() -> None:
    claims = {feature: claim for feature, claim in ALL.items() if feature not in {Feature.DELETE, Feature.ORDER}}
    with pytest.raises(InvalidInput, match="traits of acme: no claim for delete, order"):
        Traits(provider="acme", claims=claims)


@pytest.mark.parametrize("claim", [never(""), not_yet(""), sidecar(""), Claim(support=Support.UPSTREAM)])
def test_what_is_not_native_has_a_reason(claim: Claim) -> None:
    with pytest.raises(InvalidInput, match="traits of acme: no reason given for restore"):
        Traits(provider="acme", claims=ALL | {Feature.RESTORE: claim})


@pytest.mark.parametrize(
    ("claim", "is_native", "is_offered"),
    [
        (native(), True, True),
        (sidecar("kept beside"), False, True),
        (not_yet("to be built"), False, False),
        (never("no such thing"), False, False),
        (Claim(support=Support.UPSTREAM, why="broken there"), False, False),
    ],
)
def test_native_is_the_providers_and_offered_is_anybodys(claim: Claim, is_native: bool, is_offered: bool) -> None:
    acme = Traits(provider="acme", claims=ALL | {Feature.DELETE: claim})
    assert acme.native(Feature.DELETE) is is_native
    assert acme.offers(Feature.DELETE) is is_offered


@given(traits(refusing=True))
def test_traits_are_data(some: Traits) -> None:
    assert Traits.model_validate_json(some.model_dump_json()) == some


def test_features_read_as_words() -> None:
    texts = [feature.value for feature in Feature]
    assert len(set(texts)) == len(texts)
    assert all(text == text.strip() and "_" not in text for text in texts)


@pytest.mark.parametrize(
    ("clause", "answered"),
    [
        (Clause(entity="attribute", key="status", operator="=", value="failed"), True),
        (Clause(entity="attribute", key="status", operator="LIKE", value="f%"), False),
        (Clause(entity="attribute", key="name", operator="=", value="x"), False),
        (Clause(entity="metric", key="status", operator=">", value=1), True),
        (Clause(entity="tag", key="status", operator="=", value="x"), False),
    ],
)
def test_a_clause_is_left_to_the_provider_when_it_answers_it(clause: Clause, answered: bool) -> None:
    search = Search(clauses={"attribute.status": frozenset({"=", "!="}), "metric": frozenset({">"})})
    assert search.answers(clause) is answered


@pytest.mark.parametrize(
    ("order", "sorted_there"),
    [
        (Order(entity="attribute", key="started"), True),
        (Order(entity="attribute", key="ended"), False),
        (Order(entity="attribute", key="status", descending=True), True),
        (Order(entity="metric", key="started"), False),
        (Order(entity="param", key="started"), False),
    ],
)
def test_an_order_is_left_to_the_provider_when_it_has_it(order: Order, sorted_there: bool) -> None:
    search = Search(orders=frozenset({"attribute.started", "attribute.status", "metric"}))
    assert Traits(provider="acme", claims=ALL, search=search).sorts(order) is sorted_there


def test_an_order_by_time_is_not_left_to_a_provider_that_has_no_true_times() -> None:
    claims = ALL | {Feature.BACKDATING: sidecar("its own clock stamps runs")}
    some = Traits(provider="acme", claims=claims, search=Search(orders=frozenset({"attribute.started"})))
    assert not some.sorts(Order(entity="attribute", key="started"))


@pytest.mark.parametrize(
    ("bound", "text", "size", "holds"),
    [
        (Bound(most=3, source="t", unit="characters"), "é🚀x", 3, True),
        (Bound(most=3, source="t", unit="characters"), "abcd", 4, False),
        (Bound(most=7, source="t", unit="bytes"), "é🚀x", 7, True),
        (Bound(most=6, source="t", unit="bytes"), "é🚀x", 7, False),
        (Bound(most=9, source="t", unit="bytes", pattern="[a-z]*"), "abc", 3, True),
        (Bound(most=9, source="t", unit="bytes", pattern="[a-z]*"), "a c", 3, False),
        (Bound(most=9, source="t", unit="bytes", pattern="[a-z]*"), "abc\n", 4, False),
    ],
)
def test_a_bound_counts_in_its_unit(bound: Bound, text: str, size: int, holds: bool) -> None:
    assert bound.size(text) == size
    assert bound.holds(text) is holds


def test_a_bound_of_nothing_is_no_bound() -> None:
    with pytest.raises(InvalidInput, match=r"Bound\.most"):
        Bound(most=0, source="t")


def test_no_limit_is_known_by_itself() -> None:
    clocks = {"point_time_unit": 1, "run_time_unit": 1_000}
    assert {name: value for name, value in Limits().model_dump().items() if value is not None} == clocks
