"""Seeds and repeats stand together; what speaks against taking them for repeats is said."""

from __future__ import annotations

import math
from typing import Any

import pytest
from scipy import stats
from tests.compare.runs import held

import tracklayer as tl
from tracklayer.compare import Grouping, align
from tracklayer.compare.groups import grouping, is_seed
from tracklayer.compare.meaning import meaning, number
from tracklayer.compare.spread import spread
from tracklayer.compare.student import quantile
from tracklayer.model import Dataset, Source


def grouped(*params: dict[str, Any], **fields: Any) -> Grouping:
    asked = {key: fields.pop(key) for key in ("group_by", "seed_params") if key in fields}
    rows = align([held(str(at), params=one, metrics={"acc": 0.5}, **fields) for at, one in enumerate(params)])
    return grouping(rows, ["acc"], **asked)


def members(found: Grouping) -> list[tuple[int, ...]]:
    return [group.rows for group in found.groups]


@pytest.mark.parametrize("name", ["seed", "random_state", "np.random.seed", "randomState", "repeat", "data-seed"])
def test_a_seed_is_told_by_its_name(name: str) -> None:
    assert is_seed(name)


@pytest.mark.parametrize("name", ["state", "random", "seedling", "state_random", "fold", "lr", ""])
def test_what_is_no_seed(name: str) -> None:
    assert not is_seed(name)


def test_runs_of_equal_params_are_repeats_whatever_their_seeds_and_whoever_kept_them() -> None:
    found = grouped(
        {"lr": 0.1, "big": True, "seed": 1},
        {"lr": "0.10", "big": "True", "seed": "2"},  # of a place that keeps texts only
        {"lr": 0.2, "big": True, "seed": 1},
        {"lr": math.nan, "big": True},
        {"lr": "nan", "big": True},
    )
    assert members(found) == [(0, 1), (3, 4), (2,)]
    assert (found.by, found.telling, found.seeds, found.said) == (("lr", "big"), ("lr",), ("seed",), False)
    assert [group.label(found.telling) for group in found.groups] == ["lr=0.1", "lr=nan", "lr=0.2"]
    assert [dict(group.seeds) for group in found.groups] == [{"seed": (1, "2")}, {}, {"seed": (1,)}]


def test_the_user_says_what_makes_a_group() -> None:
    params = [
        {"lr": 0.1, "seed": 1, "trial": 1},
        {"lr": 0.1, "seed": 1, "trial": 2},
        {"lr": 0.1, "seed": 2, "trial": 3},
    ]
    assert members(grouped(*params)) == [(0,), (1,), (2,)]
    by_rate = grouped(*params, group_by=["lr"])
    assert (members(by_rate), by_rate.said, by_rate.groups[0].experiment) == ([(0, 1, 2)], True, None)
    assert members(grouped(*params, seed_params=["trial"])) == [(0, 1), (2,)]
    assert members(grouped(*params, group_by=["seed"])) == [(0, 1), (2,)]
    assert members(grouped(*params, seed_params=[])) == [(0,), (1,), (2,)]
    with pytest.raises(tl.InvalidInput, match="no run has the param 'rate'; there are: lr, seed, trial"):
        grouped(*params, group_by=["rate"])


def test_experiments_are_apart_unless_the_user_says_what_makes_a_group() -> None:
    copies = [held("1", params={"a": 1}), held("2", params={"a": 1}).model_copy(update={"experiment": "other"})]
    rows = align(copies)
    assert members(grouping(rows, [])) == [(0,), (1,)]
    assert members(grouping(rows, [], group_by=["a"])) == [(0, 1)]


def test_what_speaks_against_repeats_is_said() -> None:
    made: list[dict[str, Any]] = [
        {"status": "failed", "source": Source(commit="a"), "inputs": (Dataset(name="d", digest="1"),)},
        {"source": Source(commit="b"), "inputs": (Dataset(name="d", digest="2"),)},
        {},
    ]
    rows = align([held(str(at), params={"seed": 1}, **fields) for at, fields in enumerate(made)])
    (group,) = grouping(rows, []).groups
    assert group.cautions == (
        "1 of 3 have not finished",
        "they ran 2 commits of the code",
        "they read 2 sets of data",
        "some have the same seeds",
    )
    (alone,) = grouping(rows[:1], []).groups
    assert alone.cautions == ()


def test_a_spread_of_little_or_strange_values() -> None:
    none, one, two = spread([None, math.nan]), spread([3.0]), spread([1.0, 3.0])
    assert (none.n, none.missing, none.nan, none.mean) == (0, 1, 1, None)
    assert (one.n, one.mean, one.std, one.low) == (1, 3.0, None, None)
    assert (two.mean, two.std, two.low, two.high) == pytest.approx((2.0, math.sqrt(2), 2 - 12.706205, 2 + 12.706205))
    endless = spread([math.inf, 1.0])
    assert (endless.mean, endless.low, endless.max) == (math.inf, None, math.inf)
    assert math.isnan(endless.std or 0.0)
    assert math.isnan(spread([math.inf, -math.inf]).mean or 0.0)
    assert spread([1.7e308, 1.7e308]).mean == 1.7e308


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 10, 29, 30, 1_000, 9_999])
def test_the_quantile_of_student_s_t_is_scipy_s(freedom: int) -> None:
    for confidence in (0.5, 0.95, 0.999):
        assert quantile(confidence, freedom) == pytest.approx(stats.t.ppf((1 + confidence) / 2, freedom), rel=1e-9)


def test_values_that_mean_the_same() -> None:
    assert meaning("0.10") == meaning(0.1)
    assert meaning("1") == meaning(1) == meaning(1.0)
    assert meaning("True") == meaning(True) != meaning(1)
    assert meaning("nan") == meaning(math.nan)
    assert meaning("") != meaning(None)
    assert meaning(2**63 + 1) == meaning(str(2**63 + 1)) != meaning(2**63)
    assert meaning("1_000") != meaning(1000)
    assert [number(value) for value in (True, "x", "1e3", None, math.nan, 10**400)] == [
        None,
        None,
        1000.0,
        None,
        None,
        math.inf,
    ]
