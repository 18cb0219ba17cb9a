"""Many runs within one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tracklayer.plugins.children import Children


def test_a_place_that_is_behind_is_waited_for_once_until_it_has_caught_up() -> None:
    waits: list[float | None] = []

    def run(pending: int) -> Any:
        shipment = SimpleNamespace(pending=lambda: pending)
        end = lambda status, timeout: waits.append(timeout)  # noqa: E731, ARG005 -- of a stand-in
        return SimpleNamespace(delivery=SimpleNamespace(shipments=[shipment]), end=end)

    children = Children()
    for pending in (0, 5, 5, 0, 0):
        children.end(run(pending), "finished")
    assert waits == [None, None, 0, 0, None]
