from __future__ import annotations

import pytest
from tests.emulators.vertex.wire import Refused, Wire


def test_an_operation_takes_its_time(wire: Wire) -> None:
    wire.emulator.tune(operation_delay=60)
    operation = wire.post(f"{wire.location}/tensorboards", {"displayName": "board"})
    assert "done" not in operation
    assert "done" not in wire.get(operation["name"])
    assert wire.get(f"{wire.location}/tensorboards") == {}
    wire.emulator.tune(ahead=61)
    done = wire.get(operation["name"])
    assert done["done"]
    assert wire.get(done["response"]["name"])["displayName"] == "board"


@pytest.mark.parametrize("shows", ["at once", "when done"])
def test_a_deletion_shows_at_once_or_when_it_is_done(wire: Wire, shows: str) -> None:
    wire.context("exp-a")
    wire.emulator.tune(operation_delay=60, delete_shows=shows)
    operation = wire.delete(f"{wire.store}/contexts/exp-a")
    assert wire.listed("contexts") == ([] if shows == "at once" else ["exp-a"])
    wire.emulator.tune(ahead=61)
    assert wire.listed("contexts") == []
    assert wire.get(operation["name"])["done"]


def test_what_is_deleted_twice_before_it_is_gone_is_gone_once(wire: Wire) -> None:
    wire.context("exp-a")
    wire.emulator.tune(operation_delay=60, delete_shows="when done")
    operations = [wire.delete(f"{wire.store}/contexts/exp-a")["name"] for _ in range(2)]
    wire.emulator.tune(ahead=61)
    assert [wire.get(name)["done"] for name in operations] == [True, True]


def test_a_wait_ends_when_the_operation_does(wire: Wire) -> None:
    wire.emulator.tune(operation_delay=0.05)
    operation = wire.post(f"{wire.location}/tensorboards", {"displayName": "board"})
    assert wire.post(f"{operation['name']}:wait", {})["done"]
    assert wire.post(f"{operation['name']}:wait", {})["done"]


def test_operations_are_listed_below_what_they_are_on(wire: Wire) -> None:
    wire.context("exp-a")
    name = wire.delete(f"{wire.store}/contexts/exp-a")["name"]
    assert [one["name"] for one in wire.get(f"{wire.store}/contexts/exp-a/operations")["operations"]] == [name]
    assert len(wire.get(f"{wire.location}/operations")["operations"]) == 2
    assert wire.post(f"{name}:cancel", {}) == {}
    assert wire.delete(name) == {}


def test_no_such_operation_is_not_found(wire: Wire) -> None:
    with pytest.raises(Refused, match="NOT_FOUND"):
        wire.get(f"{wire.location}/operations/1")
    with pytest.raises(Refused, match="NOT_FOUND"):
        wire.post(f"{wire.location}/operations/1:explode", {})
