from __future__ import annotations

import pytest

from tracklayer.drivers.memory import MEMORY, MemoryDriver
from tracklayer.drivers.memory.traits import like, unsearching
from tracklayer.errors import InvalidInput
from tracklayer.spi import Feature, Search, driver_class, native, never


def test_all_but_search_is_native() -> None:
    assert {feature for feature in Feature if not MEMORY.native(feature)} == {Feature.FILTER, Feature.ORDER}
    assert all(MEMORY.offers(feature) for feature in Feature)


def test_like_takes_the_traits_of_the_scheme_of_that_name() -> None:
    assert like("memory") is MEMORY


def test_like_takes_the_traits_of_the_first_scheme_that_begins_so() -> None:
    assert like("mlflow") is driver_class("mlflow+http").traits


def test_like_an_unknown_provider_names_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match=r"no provider 'nobody'.*local.*memory.*mlflow"):
        MemoryDriver.open("memory://x?like=nobody")


def test_search_is_left_to_tracklayer_whatever_is_claimed() -> None:
    claims = {**MEMORY.claims, Feature.FILTER: native(), Feature.ORDER: never("its lists have no order")}
    searching = MEMORY.model_copy(update={"claims": claims, "search": Search(orders=frozenset({"metric"}))})
    traits = unsearching(searching)
    assert traits.claims[Feature.FILTER] == MEMORY.claims[Feature.FILTER]
    assert traits.claims[Feature.ORDER] == never("its lists have no order")
    assert traits.search == Search()
