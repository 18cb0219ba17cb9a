"""Params: typed, exact, set once."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from contract_tests.many import few, refusing, unlike, write_each
from contract_tests.marks import needs
from contract_tests.offered import offered_batch
from contract_tests.place import Place
from contract_tests.samples import TEXTS, shown

from tracklayer.errors import Conflict
from tracklayer.model import Batch, ParamValue, Run, same
from tracklayer.spi import Feature

TYPED = [
    True, False, 0, 1, -1, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**400, 0.0, 1.0, 0.1, -2.5, 1e-3, 1e22, 5e-324,
    1.7976931348623157e308, math.nan, math.inf, -math.inf,
]  # fmt: skip
#: Values that look alike: each is another one than its neighbour.
ALIKE: list[tuple[ParamValue, ParamValue]] = [
    (1, True), (0, False), (1, 1.0), (1, "1"), (True, "True"), (1.0, "1.0"), (math.nan, "nan"), (2**53, 2.0**53),
]  # fmt: skip


def hold_values(place: Place, values: Sequence[ParamValue]) -> None:
    """Each comes back with the type and the value it went in with."""
    for part in few(values):
        run, params = place.run(), {f"p{number}": value for number, value in enumerate(part)}
        write_each(place, run, {f"{key}={shown(value)}": Batch(params={key: value}) for key, value in params.items()})
        assert unlike(place.read(run).params, params, exactly) == {}


def exactly(read: ParamValue, written: ParamValue) -> bool:
    return type(read) is type(written) and same(read, written)


@needs(Feature.TYPED_PARAMS)
def test_a_param_comes_back_with_type_and_value(place: Place) -> None:
    hold_values(place, TYPED)


def test_a_text_comes_back_as_it_is(place: Place) -> None:
    hold_values(place, TEXTS)


@needs(Feature.EMPTY_VALUES)
def test_an_empty_text_comes_back(place: Place) -> None:
    hold_values(place, [""])


@needs(Feature.TYPED_PARAMS)
def test_the_sign_of_zero_is_kept(place: Place, run: Run) -> None:
    place.write(run, params={"p": -0.0})
    assert str(place.read(run).params["p"]) == "-0.0"


def test_the_same_values_may_be_set_again(place: Place, run: Run) -> None:
    values = {shown(value): value for value in (*TYPED, *TEXTS)}
    params = offered_batch(place.traits, Batch(params=values)).params
    for writer in (place, place, place.again()):
        writer.write(run, params=params)
    read = place.read(run).params
    assert read.keys() == params.keys()
    assert all(same(read[key], value) for key, value in params.items())


def hold_conflicts(place: Place, pairs: Sequence[tuple[ParamValue, ParamValue]]) -> None:
    """The second of each pair is refused where the first is, by whoever writes it, and changes nothing."""
    for part in few(pairs):
        run, other = place.run(), place.again()
        first = {f"p{number}": first for number, (first, _) in enumerate(part)}
        write_each(place, run, {f"{key}={shown(value)}": Batch(params={key: value}) for key, value in first.items()})
        for number, (_, second) in enumerate(part):
            for writer in (place, other):
                with refusing(part[number], Conflict):
                    writer.write(run, params={f"p{number}": second})
        assert unlike(place.read(run).params, first, exactly) == {}


def test_another_value_is_a_conflict(place: Place) -> None:
    hold_conflicts(place, [("a", "b"), ("a" * 10_000, "a" * 9_999 + "b"), ("a", "a" * 10_000), ("a" * 10_000, "a")])


@needs(Feature.TYPED_PARAMS)
def test_the_same_text_of_another_type_is_another_value(place: Place) -> None:
    hold_conflicts(place, [*ALIKE, *((other, one) for one, other in ALIKE)])


@needs(Feature.PARAM_OVERWRITE)
def test_a_param_is_overwritten_when_that_is_said(place: Place, run: Run) -> None:
    for value in ("first", "x" * 10_000, "third", "y" * 10_000, "first"):
        place.write(run, params={"p": value}, overwrite=True)
        assert place.read(run).params == {"p": value}
    with pytest.raises(Conflict):
        place.write(run, params={"p": "x" * 10_000})


@needs(Feature.PARAM_OVERWRITE, Feature.TYPED_PARAMS)
def test_an_overwritten_param_takes_the_new_type(place: Place, run: Run) -> None:
    for value in (1, True, "1", 1.0, 1):
        place.write(run, params={"p": value}, overwrite=True)
        read = place.read(run).params["p"]
        assert type(read) is type(value)
        assert read == value


@needs(Feature.PARAM_OVERWRITE)
@pytest.mark.parametrize(("first", "second"), [("1", "2"), ("1", "x" * 10_000), ("x" * 10_000, "1")])
def test_what_another_writer_overwrote_is_seen(place: Place, run: Run, first: str, second: str) -> None:
    other = place.again()
    place.write(run, params={"p": first})
    other.write(run, params={"p": second}, overwrite=True)
    place.write(run, params={"p": second})
    with pytest.raises(Conflict):
        place.write(run, params={"p": first})
    assert place.read(run).params == {"p": second}


def test_a_run_holds_400_params(place: Place, run: Run) -> None:
    params = {f"layer.{number}.units": str(number) for number in range(400)}
    place.write(run, params=params)
    assert place.read(run).params == params


def test_params_come_in_many_writes(place: Place, run: Run) -> None:
    for number in range(13):
        place.write(run, params={f"p{number}": f"{number}" * (1 + number % 3 * 3_000)})
    assert place.read(run).params == {f"p{number}": f"{number}" * (1 + number % 3 * 3_000) for number in range(13)}


def test_params_of_one_run_are_not_another_runs(place: Place, run: Run) -> None:
    other = place.run()
    place.write(run, params={"p": "mine", "long": "x" * 10_000})
    place.write(other, params={"p": "other"})
    assert place.read(run).params == {"p": "mine", "long": "x" * 10_000}
    assert place.read(other).params == {"p": "other"}
