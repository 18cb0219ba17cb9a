"""The Pareto front."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.compare.runs import held

import tracklayer as tl
from tracklayer.compare import align
from tracklayer.compare.pareto import pareto, undominated

small = st.integers(0, 4).map(float) | st.sampled_from([float("inf"), float("-inf"), 0.5])


@given(st.integers(2, 4).flatmap(lambda size: st.lists(st.tuples(*[small] * size), max_size=30)))
def test_the_front_is_what_nothing_is_below(points: list[tuple[float, ...]]) -> None:
    def beaten(point: tuple[float, ...]) -> bool:
        return any(other != point and all(a <= b for a, b in zip(other, point, strict=True)) for other in points)

    assert set(undominated(dict.fromkeys(points))) == {point for point in points if not beaten(point)}


def test_the_best_by_the_first_metric_comes_first_and_equal_runs_are_all_on_it() -> None:
    values = [(0.9, 5.0), (0.8, 1.0), (0.9, 5.0), (0.8, 2.0), (0.7, 0.5)]
    rows = align([held(str(at), metrics={"acc": acc, "ms": ms}) for at, (acc, ms) in enumerate(values)])
    front = pareto(rows, ["acc", "ms"], {"acc": "max", "ms": "min"})
    assert front.rows == (0, 2, 1, 4)
    assert (front.metrics, front.directions) == (("acc", "ms"), {"acc": "max", "ms": "min"})


@pytest.mark.parametrize(
    ("metrics", "says"),
    [
        (["acc"], "over two metrics or more"),
        (["acc", "acc"], "over two metrics or more"),
        (["acc", "los"], "has no metric 'los'; it has: acc, x"),
        (["acc", "x"], "which way 'x' gets better is not known"),
    ],
)
def test_a_front_that_cannot_be_is_refused(metrics: list[str], says: str) -> None:
    with pytest.raises(tl.InvalidInput, match=says):
        pareto((), metrics, {"acc": "max", "x": None})
