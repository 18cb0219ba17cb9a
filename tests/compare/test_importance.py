"""Which params a metric hangs on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from tests.compare.runs import held

import tracklayer as tl
from tracklayer.compare import Held, align
from tracklayer.compare import importance as module
from tracklayer.compare.importance import importance


@pytest.fixture(autouse=True)
def _small_forests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TREES", 30)
    monkeypatch.setattr(module, "SHUFFLES", 3)


def run(at: int, chance: np.random.Generator, **fields: Any) -> Held:
    """A run whose metric hangs on `kind` and `rate`, and on nothing else."""
    rate, kind = chance.integers(1, 5) / 10, "svm" if chance.random() < 0.5 else "mlp"
    params = {
        "rate": rate if at % 2 else str(rate),
        "kind": kind,
        "noise": chance.random(),
        "seed": at,
        "same": 1,
    }
    if at % 3:
        params["sometimes"] = chance.random()
    value = 10 * (kind == "svm") + 5 * rate
    return held(str(at), params=params, metrics={"acc": value, **fields})


def test_params_that_matter_come_first_and_those_that_do_not_are_about_nought() -> None:
    chance = np.random.default_rng(1)
    rows = align([*(run(at, chance) for at in range(60)), held("n", metrics={"acc": math.nan}), held("m")])
    found = importance(rows, "acc")
    assert [one.param for one in found.params][:2] == ["kind", "rate"]
    assert {one.param for one in found.params} == {"kind", "rate", "noise", "sometimes"}
    assert found.params[0].mean > 0.5
    assert abs({one.param: one.mean for one in found.params}["noise"]) < 0.1
    assert found.left_out == {"same": "the same in all runs", "seed": "a seed"}
    assert found.n == 60
    assert found.score > 0.8
    assert found.notes[0].startswith("from 60 of 62 runs; the forest's out-of-bag R2 is ")
    assert found == importance(rows, "acc")


def test_a_forest_that_has_understood_nothing_says_so() -> None:
    chance = np.random.default_rng(2)
    rows = align([held(str(at), params={"x": at}, metrics={"acc": chance.random()}) for at in range(25)])
    found = importance(rows, "acc")
    assert found.score < module.POOR
    assert any("do not lean on this order" in note for note in found.notes)


def test_of_very_many_runs_some_are_taken_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 30)
    chance = np.random.default_rng(3)
    found = importance(align([run(at, chance) for at in range(90)]), "acc")
    assert found.n == 30
    assert "30 of the 90 runs with a finite value were taken, evenly" in found.notes


@pytest.mark.parametrize(
    ("runs", "says"),
    [
        ([{"x": at} for at in range(19)], "needs 20 runs or more with a finite 'acc': there are 19"),
        ([{"x": 1}] * 20, "no param differs among the 20 runs"),
    ],
)
def test_what_cannot_be_told_is_refused(runs: list[dict[str, Any]], says: str) -> None:
    rows = align([held(str(at), params=params, metrics={"acc": float(at)}) for at, params in enumerate(runs)])
    with pytest.raises(tl.InvalidInput, match=says):
        importance(rows, "acc")
