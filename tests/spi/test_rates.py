"""What calls come to: the arithmetic, and that each provider's data are whole."""

from __future__ import annotations

import pytest

from tracklayer.errors import InvalidInput
from tracklayer.spi import Charge, Quota, Rates, driver_class, schemes

SOURCE = "https://acme.example/limits"


def test_the_slowest_quota_says_how_long_calls_take() -> None:
    rates = Rates(
        charges=(Charge.of("a", "params"), Charge.of("b", "tags"), Charge.of("c", "points"), Charge.of("d", "file")),
        quotas=(Quota.of(10, ["a", "b"], SOURCE), Quota.of(0.5, ["c"], SOURCE)),
    )

    assert rates.slowest({"a": 30, "b": 20, "c": 2}) == (5.0, rates.quotas[0]), "two share one"
    assert rates.slowest({"a": 30, "c": 20, "d": 7}) == (40.0, rates.quotas[1]), "they run side by side"
    assert rates.unpaced({"a": 30, "c": 20, "d": 7}) == 7
    assert rates.slowest({"d": 7}) is None
    assert Rates().slowest({"write": 1}) is None


def test_a_part_that_nothing_counts_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"Charge\.on"):
        Charge(operation="a", on=frozenset({"prams"}))


@pytest.mark.parametrize("scheme", schemes())
def test_the_data_of_each_provider_are_whole(scheme: str) -> None:
    rates = driver_class(scheme).traits.rates
    charged = {charge.operation for charge in rates.charges}

    assert all(row.operations <= charged and row.per_second > 0 and row.operations for row in rates.quotas)
    assert all("https://" in row.source or "tracklayer keeps to" in row.source for row in rates.quotas)
    paced = [operation for row in rates.quotas for operation in row.operations]
    assert len(paced) == len(set(paced)), "an operation is under one quota"
    assert all(charge.on for charge in rates.charges)
