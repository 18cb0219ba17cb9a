"""What a driver says of itself: its claims, its traits, its methods, its URL."""

from __future__ import annotations

import inspect

import pytest
from contract_tests.place import Place

from tracklayer.errors import Unsupported
from tracklayer.model import RunRef
from tracklayer.spi import OPTIONAL, Bound, Driver, Feature, Naming, Support, scheme_of


@pytest.mark.parametrize("method", OPTIONAL)
def test_an_optional_method_is_there_if_and_only_if_its_feature_is_native(place: Place, method: str) -> None:
    kind = type(place.bare)
    overridden = getattr(kind, method) is not getattr(Driver, method)
    assert overridden == kind.traits.native(OPTIONAL[method])


def test_the_claims_are_total_and_reasoned(place: Place) -> None:
    assert set(place.traits.claims) == set(Feature)
    silent = [f for f, claim in place.traits.claims.items() if claim.support is not Support.NATIVE and not claim.why]
    assert silent == []


def test_an_instance_narrows_its_class_and_never_widens_it(place: Place) -> None:
    general, own = type(place.bare).traits, place.bare.traits
    assert {feature for feature in Feature if own.native(feature)} <= {f for f in Feature if general.native(f)}


def test_every_number_has_a_source(place: Place) -> None:
    bounds = {name: getattr(place.traits.limits, name) for name in type(place.traits.limits).model_fields}
    assert [name for name, bound in bounds.items() if isinstance(bound, Bound) and not bound.source.strip()] == []
    names = {kind: getattr(place.traits.names, kind) for kind in type(place.traits.names).model_fields}
    assert [kind for kind, naming in names.items() if naming.longest and not naming.longest.source.strip()] == []
    assert [kind for kind, naming in names.items() if naming != Naming() and not _sourced(naming)] == []


def test_who_claims_to_search_says_what_is_answered(place: Place) -> None:
    """What is not answered by the provider is by tracklayer: everybody can filter and order."""
    assert place.traits.search.clauses or not place.traits.native(Feature.FILTER)
    assert place.traits.search.orders or not place.traits.native(Feature.ORDER)
    assert place.traits.offers(Feature.FILTER)
    assert place.traits.offers(Feature.ORDER)


def test_the_driver_offers_no_more_than_the_spi(place: Place) -> None:
    public = {name for name, _ in inspect.getmembers(type(place.bare)) if not name.startswith("_")}
    assert public - {name for name in dir(Driver) if not name.startswith("_")} - {"traits", "url"} == set()


def test_the_url_names_the_place(place: Place) -> None:
    assert scheme_of(place.bare.url)
    again = place.target.again(place.bare)
    assert again.url == place.bare.url
    again.close()


def test_closing_twice_is_closing_once(place: Place) -> None:
    again = place.target.again(place.bare)
    again.close()
    again.close()
    assert place.experiment().name


@pytest.mark.parametrize("method", ["delete", "restore", "list_artifacts"])
def test_the_bare_driver_too_refuses_what_it_does_not_claim(place: Place, method: str) -> None:
    feature = OPTIONAL[method]
    if place.traits.native(feature):
        assert getattr(type(place.bare), method) is not getattr(Driver, method)
        return
    with pytest.raises(Unsupported, match=feature.value):
        getattr(place.bare, method)(RunRef(id="any"))


def _sourced(naming: Naming) -> bool:
    bare = Naming(reserved=naming.reserved)
    return bool(naming.source.strip()) or naming == bare
