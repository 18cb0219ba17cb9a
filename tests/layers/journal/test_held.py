"""What is in memory because it cannot be written: each place is given all of it once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.layers.journal.made import fuzz

from tracklayer.layers.journal import held as module
from tracklayer.layers.journal.held import MOST, Held


def held(*frames: bytes) -> Held:
    made = Held(["a", "b"])
    assert all(made.add(frame) for frame in frames)
    return made


def test_nothing_is_held_at_first() -> None:
    one = held()
    assert (len(one), one.all(), one.for_place("a"), one.for_place("unknown")) == (0, (0, b""), (0, b""), (0, b""))


def test_each_place_is_given_what_it_has_not() -> None:
    one = held(b"one", b"two")
    assert one.for_place("a") == one.for_place("b") == one.all() == (0, b"onetwo")
    one.given("a", 3)
    assert (one.for_place("a"), one.for_place("b"), len(one)) == ((3, b"two"), (0, b"onetwo"), 6)
    one.given("b", 6)
    assert (one.for_place("a"), one.for_place("b"), one.all()) == ((3, b"two"), (6, b""), (3, b"two"))
    assert one.add(b"three")
    assert (one.for_place("a"), one.for_place("b")) == ((3, b"twothree"), (6, b"three"))


def test_what_was_given_twice_was_given_once() -> None:
    one = held(b"one")
    for place in ("a", "a", "b", "b"):
        one.given(place, 3)
    assert one.add(b"two")
    one.given("a", 3)
    one.given("b", 3)
    assert one.for_place("a") == one.for_place("b") == (3, b"two")


def test_what_was_given_long_ago_takes_nothing_back() -> None:
    one = held(b"one", b"two")
    one.given("a", 6)
    one.given("a", 3)
    assert one.for_place("a") == (6, b"")


def test_what_is_written_is_held_no_more() -> None:
    one = held(b"one", b"two")
    one.given("a", 3)
    one.written(3)
    assert (one.for_place("a"), one.for_place("b")) == ((3, b"two"), (3, b"two")), "it is read in the file"
    assert one.add(b"three")
    one.written(6)
    one.written(3)
    assert one.all() == one.for_place("a") == (6, b"three")
    one.given("b", 6)
    assert one.for_place("b") == (6, b"three")


def test_what_was_written_while_it_was_carried_is_not_let_go_of() -> None:
    one = held(b"one")
    upto = one.for_place("a")[0] + 3
    one.written(3)
    assert one.add(b"two")
    one.given("a", upto)
    one.given("b", upto)
    assert one.for_place("a") == one.for_place("b") == (3, b"two")


def test_a_place_that_comes_later_is_given_what_is_there() -> None:
    one = held(b"one")
    one.given("a", 3)
    one.given("b", 3)
    assert one.add(b"two")
    assert one.for_place("late") == (3, b"two")
    one.given("a", 6)
    one.given("b", 6)
    assert one.for_place("late") == (6, b"")


def test_a_place_that_was_given_some_is_waited_for() -> None:
    one = held(b"one", b"two")
    one.given("late", 3)
    one.given("a", 6)
    one.given("b", 6)
    assert one.for_place("late") == one.all() == (3, b"two")


def test_there_is_room_for_so_much(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST == 1 << 20
    monkeypatch.setattr(module, "MOST", 5)
    one = held(b"123")
    assert not one.add(b"456")
    assert one.add(b"45")
    assert not one.add(b"6")
    one.given("a", 1)
    one.given("b", 1)
    assert one.add(b"6")
    assert one.all() == (1, b"23456")


CALLS = st.lists(
    st.one_of(
        st.binary(min_size=1, max_size=9),
        st.tuples(st.sampled_from(["a", "b"]), st.integers(0, 40)),
        st.integers(0, 40),
    ),
    max_size=30,
)


@fuzz(200)
@given(CALLS)
def test_no_place_misses_anything(calls: list[bytes | tuple[str, int] | int]) -> None:
    one, whole, written = held(), b"", 0
    has = {"a": 0, "b": 0}
    for call in calls:
        if isinstance(call, bytes):
            assert one.add(call)
            whole += call
        elif isinstance(call, tuple):
            place, upto = call[0], min(call[1], len(whole))
            one.given(place, upto)
            has[place] = max(has[place], upto)
        else:
            one.written(min(call, len(whole)))
            written = max(written, min(call, len(whole)))
        for place, mine in has.items():
            at = max(mine, written)
            assert one.for_place(place) == (at, whole[at:])
        kept = max(written, min(has.values()))
        assert one.all() == (kept, whole[kept:])


def test_threads_hold_and_carry() -> None:
    one, ready = held(), threading.Barrier(4)
    found = {"a": b"", "b": b""}

    def hold(frame: bytes) -> None:
        ready.wait()
        for _ in range(500):
            assert one.add(frame)

    def carry(place: str) -> None:
        ready.wait()
        while len(found[place]) < 2_000:
            begin, data = one.for_place(place)
            assert begin == len(found[place])
            found[place] += data
            one.given(place, begin + len(data))

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(hold, b"x1"), pool.submit(hold, b"y2"), *(pool.submit(carry, one) for one in found)]:
            done.result()
    assert found["a"] == found["b"]
    assert {found["a"][at : at + 2] for at in range(0, 2_000, 2)} == {b"x1", b"y2"}
    assert len(one) == 0
