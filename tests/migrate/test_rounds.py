"""Runs that fail for a while are tried again, as long as that brings any of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from tests.migrate.unruly import failing

import tracklayer as tl
from tracklayer.errors import Unavailable

RUNS = 5


@pytest.fixture
def source() -> Iterator[tl.Client]:
    """Runs `0` to `4`."""
    with tl.connect(f"memory://{uuid4().hex}") as client:
        for number in range(RUNS):
            with tl.start_run("e", name=str(number), to=client.url):
                pass
        yield client


def failing_as_often(source: tl.Client, times: Callable[[int], float]) -> tuple[tl.Client, Counter[str]]:
    """The source, whose run `n` cannot be read the first `times(n)` times; and how often each was asked for."""
    left = {run.id: times(int(str(run.name))) for run in source.runs()}
    asked: Counter[str] = Counter()

    def fault(called: str, on: str) -> BaseException | None:
        if called != "get_run":
            return None
        asked[on] += 1
        left[on] -= 1
        return Unavailable("busy", provider="memory", operation=called) if left[on] >= 0 else None

    return failing(source.url, fault), asked


def test_on_and_on_while_each_round_brings_a_run(source: tl.Client) -> None:
    with tl.connect(f"memory://{uuid4().hex}") as target:
        unruly, _ = failing_as_often(source, lambda number: number)
        assert tl.migrate(unruly, target, verify=False).copied == RUNS
        unruly, _ = failing_as_often(source, lambda number: number)
        assert tl.verify(unruly, target).clean


def test_not_for_ever(source: tl.Client) -> None:
    (stuck,) = source.runs(filter="run_name = '4'")
    with tl.connect(f"memory://{uuid4().hex}") as target:
        unruly, asked = failing_as_often(source, lambda number: number if number < 4 else float("inf"))
        summary = tl.migrate(unruly, target, verify=False)
        assert ([failure.run for failure in summary.failed], summary.copied) == ([stuck.id], RUNS - 1)
        assert asked[stuck.id] == 5, "a round for each other run, and one that brought none"
        assert tl.migrate(source, target).ok
        unruly, asked = failing_as_often(source, lambda number: float("inf") if number == 4 else 0)
        found = tl.verify(unruly, target)
        assert [one.run for one in found.unread] == [stuck.id]
        assert asked[stuck.id] == 3
