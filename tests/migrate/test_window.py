"""How many tasks are in flight: as many as the places take well."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tracklayer.migrate.window import FIRST, Heard, Window

QUICK, SLOW, STUCK = Heard(0.01), Heard(0.028), Heard(0.2)
LIMITED = Heard(0.01, failed=True, limited=True)


def went(window: Window, *heard: Heard, times: int = 1) -> int:
    """Its size after so many tasks of these calls each."""
    for _ in range(times):
        for one in heard:
            window.heard(one)
        window.ended()
    return window.size


def test_it_doubles_each_round_up_to_the_most_while_calls_are_quick() -> None:
    window = Window(64)
    assert window.size == FIRST
    assert [went(window, QUICK, times=window.size) for _ in range(5)] == [8, 16, 32, 64, 64]


def test_a_place_that_refuses_for_the_rate_halves_it_once_a_round_and_then_it_grows_by_one() -> None:
    window = Window(64)
    went(window, QUICK, times=28)
    assert went(window, LIMITED, LIMITED, LIMITED) == 16
    assert went(window, QUICK, times=15) == 16, "those that were in flight say nothing new"
    assert went(window, QUICK, times=17) == 17
    for _ in range(200):
        went(window, LIMITED)
    assert window.size == 1


def test_calls_that_grow_slower_end_its_growth_and_very_slow_ones_shrink_it_to_what_it_began_with() -> None:
    window = Window(64)
    went(window, QUICK, times=12)
    assert window.size == 16
    before = went(window, SLOW, times=100)
    assert went(window, SLOW, times=100) == before, "slow: it stays"
    assert went(window, STUCK, times=600) == FIRST
    for _ in range(5_000):
        window.heard(STUCK)
    assert went(window, times=20) > FIRST, "what was best is let go of after a while"


def test_a_failure_that_is_not_for_the_rate_says_nothing_of_its_speed() -> None:
    window = Window(8)
    assert went(window, QUICK, Heard(60.0, failed=True), times=10) == 8


@given(
    st.integers(1, 32),
    st.lists(st.one_of(st.none(), st.builds(Heard, st.floats(0, 100), failed=st.booleans(), limited=st.booleans()))),
)
def test_whatever_happens_it_is_between_one_and_the_most(most: int, events: list[Heard | None]) -> None:
    window = Window(most)
    for event in events:
        window.ended() if event is None else window.heard(event)
        assert 1 <= window.size <= most
