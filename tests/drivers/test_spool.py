"""Series put apart: each comes back whole, in its order, in a fixed amount of memory."""

from __future__ import annotations

import gc
import math
import random
import tracemalloc

import msgspec
import pytest
from contract_tests.truth import summary

from tracklayer.drivers import _spool
from tracklayer.drivers._spool import Spool
from tracklayer.model import Points, canonical
from tracklayer.model.points import Row

KEYS = ("a", "b", "c")


def whole(spool: Spool, key: str) -> list[Row]:
    at: int | None = 0
    found: list[Row] = []
    while at is not None:
        points, at = spool.page(key, at)
        found += points.rows()
    return found


@pytest.mark.parametrize("held", [1, 7, 10_000])
def test_each_series_comes_back_whole_with_its_summary(held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_spool, "HELD", held)
    monkeypatch.setattr(_spool, "PAGE", 10)
    monkeypatch.setattr(_spool, "SMALL", 500)
    chance = random.Random(7)  # noqa: S311 -- the same every time
    values = (math.nan, math.inf, -math.inf, 0.0, 1.5, -2.5)
    given: dict[str, list[Row]] = {key: [] for key in KEYS}
    spool = Spool()
    for _ in range(300):
        key = chance.choice(KEYS)
        row = (chance.randrange(-3, 9), chance.randrange(5), chance.choice(values))
        given[key].append(row)
        spool.add(key, *row)
    spool.finish()
    for key, rows in given.items():
        assert str(whole(spool, key)) == str(rows)
        wanted = summary(canonical(key, [Points.of(key, rows)]))
        assert repr(spool.summaries[key]) == repr(msgspec.structs.replace(wanted, count=None))
    assert whole(spool, "none") == []


def test_memory_does_not_grow_with_the_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_spool, "HELD", 2_000)
    monkeypatch.setattr(_spool, "SMALL", 1_000)
    spool = Spool()
    gc.collect()
    tracemalloc.start()
    for step in range(300_000):
        spool.add("loss", step, step, 0.5)
    spool.finish()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_500_000, "300,000 points are 7,200,000 bytes; other threads of the tests take some too"
    assert sum(1 for _ in whole(spool, "loss")) == 300_000
