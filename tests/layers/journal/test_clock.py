"""The times that points are given: never the same step and time twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from tracklayer.layers.journal.clock import Series

STEPS = st.integers(-2, 2) | st.sampled_from([-(2**63), 2**63 - 1])


@given(st.lists(st.tuples(STEPS, st.integers(0, 4))))
def test_no_two_points_of_a_metric_are_equal_however_the_clock_jumps(calls: list[tuple[int, int]]) -> None:
    series = Series()
    seen: list[tuple[int, int]] = []
    for step, present in calls:
        moment = series.next(step, present)
        assert moment >= present
        advanced = all(step > before for before, _ in seen)
        assert advanced or all(moment > before for _, before in seen)
        seen.append((step, moment))
    assert len(set(seen)) == len(seen)


def test_a_higher_step_is_now() -> None:
    series = Series()
    assert [series.next(step, 5) for step in (0, 0, 0, 1, 2, 1, 3)] == [5, 6, 7, 5, 5, 8, 5]


def test_threads_get_different_times() -> None:
    series = Series()
    with ThreadPoolExecutor(4) as pool:
        moments = list(pool.map(lambda _: series.next(0, 0), range(400)))
    assert len(set(moments)) == 400
