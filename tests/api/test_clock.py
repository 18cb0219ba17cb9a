"""The times that points are given: whole milliseconds, and never the same point twice."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklayer.api.clock import MILLISECOND, Clock, nanoseconds, now
from tracklayer.errors import InvalidInput

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"),
            st.integers(-2, 2) | st.sampled_from([-(2**63), 2**63 - 1]),
            st.integers(0, 4 * MILLISECOND),
        )
    )
)
def test_no_two_points_of_a_metric_are_equal_however_the_clock_jumps(calls: list[tuple[str, int, int]]) -> None:
    moment = 0
    clock = Clock(lambda: moment)
    seen: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for key, step, moment in calls:
        time = clock.next(key, step)
        assert time % MILLISECOND == 0
        assert time >= moment // MILLISECOND * MILLISECOND
        advanced = all(step > before for before, _ in seen[key])
        assert advanced or all(time > before for _, before in seen[key])
        seen[key].append((step, time))
    assert all(len(set(points)) == len(points) for points in seen.values())


def test_a_higher_step_is_now() -> None:
    clock = Clock(lambda: 5 * MILLISECOND + 1)
    assert [clock.next("a", step) // MILLISECOND for step in (0, 0, 0, 1, 2, 1, 3)] == [5, 6, 7, 5, 5, 8, 5]


def test_metrics_do_not_wait_for_each_other() -> None:
    clock = Clock(lambda: 0)
    assert [clock.next(key, 0) for key in "abab"] == [0, 0, MILLISECOND, MILLISECOND]


def test_threads_get_different_times() -> None:
    clock = Clock(lambda: 0)
    with ThreadPoolExecutor(4) as pool:
        times = list(pool.map(lambda _: clock.next("a", 0), range(400)))
    assert sorted(times) == [moment * MILLISECOND for moment in range(400)]


def test_now_is_in_whole_milliseconds() -> None:
    before = datetime.now(timezone.utc)
    moment = now()
    assert moment.microsecond % 1_000 == 0
    assert before - timedelta(milliseconds=1) <= moment <= datetime.now(timezone.utc)


def test_a_moment_in_nanoseconds_is_exact() -> None:
    assert nanoseconds(NOON + timedelta(microseconds=1)) == int(NOON.timestamp()) * 10**9 + 1_000
    assert nanoseconds(NOON.astimezone(timezone(timedelta(hours=5)))) == nanoseconds(NOON)


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        (NOON.replace(tzinfo=None), r"time 2026-11-23T12:00:00 has no time zone"),
        (datetime(1600, 1, 1, tzinfo=timezone.utc), r"is not between the years 1677 and 2262"),
        (datetime(2300, 1, 1, tzinfo=timezone.utc), r"is not between the years 1677 and 2262"),
        (1_700_000_000, r"time must be a datetime, not int"),
    ],
)
def test_a_wrong_moment(given_: datetime, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        nanoseconds(given_)
