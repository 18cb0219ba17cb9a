"""Limits: at n the provider stores exactly, beyond it does not, and the stack makes up for it."""

from __future__ import annotations

import pytest
from contract_tests.many import unlike
from contract_tests.marks import needs
from contract_tests.place import Place
from contract_tests.trials import CLOCKS, LIMITS, Limit

from tracklayer.errors import QuotaExceeded, Rejected
from tracklayer.spi import Bound, Limits, Traits


def marked(limits: list[Limit]) -> list[object]:
    return [pytest.param(limit, id=limit.name, marks=[needs(*limit.needs)]) for limit in limits]


def bound_of(traits: Traits, name: str) -> Bound | None:
    kind, dot, field = name.partition(".")
    bound: Bound | None = getattr(getattr(traits.names, kind), field) if dot else getattr(traits.limits, name)
    return bound


def hold_beyond(place: Place, limit: Limit, size: int) -> None:
    """The bare driver with one too many does what its target says: the provider, not our traits, is asked."""
    known = place.target.beyond.get(limit.name, "refused")
    if known == "refused":
        with pytest.raises((Rejected, QuotaExceeded)):
            limit.trial(place, place.bare, size)
        return
    written, read = limit.trial(place, place.bare, size)
    assert (read == written) == (known == "kept"), f"{limit.name}: not {known}, as the target says"


@pytest.mark.parametrize("limit", marked(LIMITS))
def test_a_limit_is_true_and_the_stack_goes_beyond_it(place: Place, limit: Limit) -> None:
    bound = bound_of(place.traits, limit.name)
    most = limit.large if bound is None else bound.most
    written, read = limit.trial(place, place.driver, most + 1)
    assert read == written
    if bound is not None and all(map(place.traits.native, limit.needs)):
        written, read = limit.trial(place, place.bare, most)
        assert read == written
        if not limit.name.endswith("_page") or limit.name == "runs_per_page":
            hold_beyond(place, limit, most + 1)


@pytest.mark.parametrize("limit", marked(CLOCKS))
def test_a_clock_is_as_fine_as_it_says_and_the_stack_is_finer(place: Place, limit: Limit) -> None:
    unit: int = getattr(place.traits.limits, limit.name)
    finest = 1 if limit.name == "point_time_unit" else 1_000
    written, read = limit.trial(place, place.driver, unit + finest)
    assert read == written
    if all(map(place.traits.native, limit.needs)):
        written, read = limit.trial(place, place.bare, unit)
        assert read == written
        if unit > finest:
            hold_beyond(place, limit, unit + finest)


def test_a_batch_beyond_all_limits_at_once(place: Place) -> None:
    texts = {number: "x" * (400 + number % 8 * 7_000) for number in range(1, 130)}
    params = {"p" * 900 + str(number): text for number, text in texts.items()}
    tags = {f"{number}" + "t" * 900: text for number, text in texts.items()}
    made = place.run(name="n" * 900, tags={"t" * 900: "x" * 30_000})
    place.write(made, params=params, tags=tags)
    read = place.read(made)
    assert read.name == "n" * 900
    assert unlike(read.params, params) == {}
    assert unlike(read.tags, tags | {"t" * 900: "x" * 30_000}) == {}


def test_every_limit_is_tried() -> None:
    """A new field of `Limits` needs a trial."""
    tried = {limit.name for limit in (*LIMITS, *CLOCKS)}
    # paging; beyond all limits; points; tags beyond all limits, on a target that keeps ours apart
    elsewhere = {"experiments_per_page", "bytes_per_write", "point_time_earliest", "own_value"}
    assert set(Limits.model_fields) == {name for name in tried if "." not in name} | elsewhere
