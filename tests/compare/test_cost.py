"""What runs cost, by a price list of the user's."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.compare.runs import NOON, held

import tracklayer as tl
from tracklayer.compare import Comparison, Prices, align
from tracklayer.compare.cost import prices

LIST = Prices(
    currency="EUR",
    per_hour={"g5": 1.5, "tags.team=vision": 3.0, "params.gpus=8": 12.0, "*": 0.6},
    machine=("tags.machine", "params.machine"),
)


def comparison(*copies: Any, listed: Prices | None = LIST) -> Comparison:
    return Comparison(
        places=("local:/a",), rows=align(copies), metrics={}, read_at=NOON + timedelta(hours=2), prices=listed
    )


@pytest.mark.parametrize(
    ("fields", "entry", "amount"),
    [
        ({"tags": {"machine": "g5"}}, "g5", 1.5),
        ({"params": {"machine": "g5"}}, "g5", 1.5),
        ({"tags": {"machine": "unknown"}}, "*", 0.6),
        ({}, "*", 0.6),
        ({"tags": {"machine": "g5", "team": "vision"}}, "tags.team=vision", 3.0),
        ({"params": {"gpus": 8}, "tags": {"team": "speech"}}, "params.gpus=8", 12.0),
    ],
)
def test_the_entry_that_is_for_a_run(fields: dict[str, Any], entry: str, amount: float) -> None:
    (found,) = comparison(held("1", ended=NOON + timedelta(hours=1), **fields)).costs()
    assert found is not None
    assert (found.entry, found.currency) == (entry, "EUR")
    assert found.amount == pytest.approx(amount)
    assert (found.seconds, found.until_now) == (3600, False)


def test_a_run_that_still_runs_costs_what_it_took_until_it_was_read() -> None:
    found = comparison(held("1", ended=None, status="running"), held("2", ended=None, status="killed"))
    running, lost = found.costs()
    assert running is not None
    assert (running.seconds, running.until_now) == (7200, True)
    assert running.amount == pytest.approx(1.2)
    assert lost is None
    assert (found.seconds(0), found.running(0), found.seconds(1), found.running(1)) == (7200, True, None, False)


def test_without_a_price_there_is_no_cost() -> None:
    assert comparison(held("1"), listed=None).costs() == (None,)
    assert comparison(held("1"), listed=Prices(currency="USD", per_hour={"g5": 1})).costs() == (None,)


def test_a_price_list_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "prices.json"
    file.write_text(json.dumps({"currency": "EUR", "per_hour": {"ml.g5": 1}}), encoding="utf-8")
    assert prices(file).per_hour == {"ml.g5": 1.0}
    file = tmp_path / "prices.toml"
    file.write_text('currency = "EUR"\n[per_hour]\n"ml.g5" = 1.25\n', encoding="utf-8")
    if sys.version_info >= (3, 11):
        assert prices(file).per_hour == {"ml.g5": 1.25}
    else:
        with pytest.raises(tl.InvalidInput, match="write it as JSON"):
            prices(file)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "cannot be read"),
        ("[]", "must have `currency` and `per_hour`"),
        ('{"currency": "EUR"}', "per_hour"),
        ('{"currency": "", "per_hour": {}}', "currency"),
        ('{"currency": "EUR", "per_hour": {"a": "dear"}}', "per_hour.a"),
        ('{"currency": "EUR", "per_hour": {"a": -1}}', "the price of 'a' must be a number from 0, not -1"),
        ('{"currency": "EUR", "per_hour": {"a": NaN}}', "must be a number from 0"),
        ('{"currency": "EUR", "per_hour": {}, "prise": 1}', "prise"),
    ],
)
def test_a_price_list_that_is_not_right_is_refused_with_its_file(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "prices.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(tl.InvalidInput) as refused:
        prices(file)
    assert str(file) in str(refused.value)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    with pytest.raises(tl.InvalidInput, match="cannot be read"):
        prices(tmp_path / "nosuch.json")
