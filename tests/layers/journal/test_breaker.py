"""When what failed is tried again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.layers.journal.made import Clock, fuzz

from tracklayer.errors import NotFound, RateLimited, Timeout, Unavailable
from tracklayer.layers.journal.breaker import DRAW, FIRST, LONGEST, Breaker

WHO: dict[str, Any] = {"provider": "p", "operation": "write"}
DOWN = Timeout("down", **WHO)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def breaker(clock: Clock, drawn: float = 1.0) -> Breaker:
    return Breaker(clock=clock, draw=lambda: drawn)


def test_it_is_closed_while_all_goes_well(clock: Clock) -> None:
    one = breaker(clock)
    assert (one.open, one.left, one.failures, one.error) == (False, 0.0, 0, None)
    assert not one.passed()
    assert not one.open


def test_pauses_double_up_to_the_longest(clock: Clock) -> None:
    one, pauses = breaker(clock), []
    for _ in range(100):
        one.failed(DOWN)
        pauses.append(one.left)
        clock.now += one.left
        assert not one.open
    assert pauses[:8] == [FIRST, 1, 2, 4, 8, 16, 32, LONGEST]
    assert set(pauses[8:]) == {LONGEST}
    assert one.failures == 100


@fuzz(100)
@given(st.floats(0, 1, exclude_max=True), st.integers(1, 2_000))
def test_a_pause_is_drawn_from_its_upper_half(drawn: float, failures: int) -> None:
    one = breaker(clock := Clock(), drawn)
    for _ in range(failures):
        clock.now = 0.0
        one.failed(DOWN)
    whole = min(LONGEST, FIRST * 2 ** min(failures - 1, 50))
    assert whole / 2 <= one.left <= whole


def test_it_draws_for_itself() -> None:
    assert all(0 <= DRAW() < 1 for _ in range(100))


def test_only_the_first_failure_is_reported(clock: Clock) -> None:
    one, other = breaker(clock), NotFound("gone", **WHO)
    assert [one.failed(DOWN), one.failed(other)] == [True, False]
    assert one.error is other
    assert one.passed()
    assert not one.passed()
    assert (one.open, one.left, one.failures) == (False, 0.0, 0)
    assert one.failed(DOWN)
    assert one.left == FIRST


@pytest.mark.parametrize("kind", [RateLimited, Unavailable])
@pytest.mark.parametrize("asked", [90.0, 3600.0])
def test_a_pause_that_was_asked_for_is_kept(kind: Any, asked: float, clock: Clock) -> None:
    one = breaker(clock)
    one.failed(kind("later", retry_after=asked, **WHO))
    assert one.left == asked
    one.hurry()
    assert one.left == asked
    clock.now += asked - 0.001
    assert one.open
    clock.now += 0.001
    assert not one.open


def test_a_short_pause_that_was_asked_for_is_the_least(clock: Clock) -> None:
    one = breaker(clock)
    one.failed(RateLimited("later", retry_after=0.1, **WHO))
    assert one.left == FIRST
    one.hurry()
    assert one.left == pytest.approx(0.1)


def test_who_waits_is_let_through(clock: Clock) -> None:
    one = breaker(clock)
    for _ in range(9):
        one.failed(DOWN)
    assert one.open
    one.hurry()
    assert not one.open
    assert one.failures == 9
    one.failed(DOWN)
    assert one.left == LONGEST


def test_what_was_asked_for_once_is_not_kept_for_ever(clock: Clock) -> None:
    one = breaker(clock)
    one.failed(RateLimited("later", retry_after=500, **WHO))
    clock.now += 500
    one.failed(RateLimited("soon", retry_after=None, **WHO))
    one.hurry()
    assert not one.open
    one.failed(RateLimited("later", retry_after=500, **WHO))
    one.passed()
    one.hurry()
    assert not one.open
