from __future__ import annotations

from typing import Any

import pytest

from tracklayer.emulators.faults import Fault, Faults
from tracklayer.errors import InvalidInput


@pytest.mark.parametrize(
    ("pattern", "hit"),
    [
        ("Search", True),
        ("sagemaker.Search", True),
        ("*", True),
        ("sagemaker.*", True),
        ("S*", True),
        ("s3.*", False),
        ("search", False),
    ],
)
def test_a_fault_is_for_the_operations_it_names(pattern: str, *, hit: bool) -> None:
    assert Fault(pattern, "slow").hits("sagemaker", "Search") is hit


def test_faults_come_in_order_and_are_used_up() -> None:
    faults = Faults()
    faults.add([Fault("a", "slow", times=2), Fault("*", "reset")])
    assert [fault and fault.kind for fault in (faults.take("s", "b"), *(faults.take("s", "a") for _ in range(3)))] == [
        "reset",
        "slow",
        "slow",
        None,
    ]


def test_a_fault_comes_out_of_json() -> None:
    given = {
        "operation": "a",
        "kind": "answer",
        "times": None,
        "status": 429,
        "headers": {"Retry-After": "1"},
        "seconds": 1,
    }
    assert Fault.read(given) == Fault("a", "answer", None, 429, headers={"Retry-After": "1"}, seconds=1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "a fault is an object with operation, kind and some of"),
        ({"operation": "a"}, "a fault is an object with operation, kind"),
        ({"operation": "a", "kind": "slow", "tims": 1}, "some of operation, kind, times"),
        ({"operation": "a", "kind": "fast"}, "kind cannot be 'fast'; kinds are drop-before, drop-after"),
        ({"operation": "a", "kind": "slow", "times": "2"}, "times cannot be '2'"),
    ],
)
def test_a_wrong_fault_is_told_of_in_one_line(given: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        Fault.read(given)
    assert "\n" not in str(caught.value)
