from __future__ import annotations

from typing import Any

import pytest

from tracklayer import errors
from tracklayer.drivers.google import Rest, finished
from tracklayer.drivers.google.operations import PATIENCE


class Answering(Rest):
    """Gives these answers, one after the other; the last one for ever."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.base, self.provider = "http://127.0.0.1/v1", "vertex"
        self.answers = list(answers)
        self.asked: list[str] = []

    def call(self, method: Any, path: str, **_: Any) -> dict[str, Any]:
        assert method == "GET"
        self.asked.append(path)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def test_an_operation_that_is_done_is_not_asked_for() -> None:
    rest = Answering({})
    assert finished(rest, {"name": "op", "done": True, "response": {"name": "x"}}, "DeleteContext") == {"name": "x"}
    assert finished(rest, {"done": True}, "DeleteContext") == {}
    assert rest.asked == []


def test_an_operation_is_waited_for_at_longer_and_longer_intervals() -> None:
    pauses: list[float] = []
    pending = {"name": "operations/1"}
    rest = Answering(pending, pending, pending, {"name": "operations/1", "done": True, "response": {"a": 1}})
    assert finished(rest, pending, "DeleteContext", sleep=pauses.append, clock=lambda: 0.0) == {"a": 1}
    assert rest.asked == ["operations/1"] * 4
    assert pauses == sorted(pauses)


def test_an_operation_that_fails_is_an_error_by_its_number() -> None:
    with pytest.raises(errors.NotFound, match="no such"):
        finished(Answering({}), {"done": True, "error": {"code": 5, "message": "no such"}}, "DeleteContext")
    with pytest.raises(errors.Unavailable):
        finished(Answering({}), {"done": True, "error": {"message": "x"}}, "DeleteContext")


def test_nobody_waits_for_ever() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    with pytest.raises(errors.Timeout, match="it goes on"):
        finished(Answering({"name": "op"}), {"name": "op"}, "DeleteContext", sleep=sleep, clock=lambda: now[0])
    assert now[0] < PATIENCE + 5
