"""Do groups differ by more than chance? The numbers themselves are held against scipy's in test_numbers."""

from __future__ import annotations

import importlib
import math
from typing import Any

import pytest
from tests.compare.runs import held

import tracklayer as tl
from tracklayer.compare import align
from tracklayer.compare.groups import grouping
from tracklayer.compare.significance import Significance, holm, significance


def of(*samples: list[float]) -> Significance:
    """Groups of runs with these values."""
    runs = [(lr, value) for lr, values in enumerate(samples) for value in values]
    rows = align([held(str(at), params={"lr": lr}, metrics={"acc": v}) for at, (lr, v) in enumerate(runs)])
    found = grouping(rows, [])
    return significance(rows, found.groups, "acc", found.telling)


def test_holm_s_own_example() -> None:
    # https://en.wikipedia.org/wiki/Holm%E2%80%93Bonferroni_method#Example
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_a_difference_is_found_and_none_where_there_is_none() -> None:
    (pair,) = of([0.1, 0.11, 0.12, 0.1, 0.13], [0.9, 0.91, 0.95, 0.92, 0.9]).pairs
    assert pair.welch is not None
    assert (pair.welch.adjusted < 0.001, pair.rank.adjusted < 0.02, pair.difference < 0) == (True, True, True)
    (level,) = of([0.1, 0.2, 0.3], [0.1, 0.2, 0.3]).pairs
    assert level.welch is not None
    assert (level.welch.p, level.rank.p) == pytest.approx((1.0, 1.0))


def test_groups_that_do_not_spread_have_no_t() -> None:
    (pair,) = of([0.5, 0.5], [0.6, 0.6]).pairs
    assert pair.welch is None
    assert 0 < pair.rank.p <= 1


def test_a_group_that_cannot_be_tested_is_named_with_its_reason() -> None:
    found = of([0.1, 0.2, 0.3], [0.1, 0.2], [0.1, math.nan], [math.inf, 0.1])
    assert [(pair.left, pair.right) for pair in found.pairs] == [(0, 1)]
    assert found.untested == (
        "lr=2: a test needs 2 values or more, it has 1",
        "lr=3: it has infinite values",
    )
    assert any("normal" in line for line in found.assumptions)
    assert found.correction.startswith("Holm")


def test_too_many_pairs_are_refused() -> None:
    with pytest.raises(tl.InvalidInput, match="1,035 pairs of groups are too many"):
        of(*[[0.1, 0.2]] * 46)


def test_a_package_that_is_missing_is_named_with_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(tl.DriverMissing, match=r"needs the package 'scipy'.*pip install 'tracklayer\[compare\]'"):
        of([0.1, 0.2], [0.1, 0.2])
