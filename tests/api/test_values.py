"""Values of any library, as the model keeps them."""

from __future__ import annotations

import enum
import math
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from tracklayer.api.values import metric_value, param_value, param_values, step_number, tag_values
from tracklayer.errors import InvalidInput


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Scalar:
    """What torch's tensors look like: `item` gives the number, or raises when there are several."""

    def __init__(self, *numbers: float) -> None:
        self.numbers = numbers

    def item(self) -> float:
        if len(self.numbers) > 1:
            message = "a Tensor with several elements cannot be converted to Scalar"
            raise RuntimeError(message)
        return self.numbers[0]

    def __str__(self) -> str:
        return f"tensor{self.numbers}"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("x", "x"),
        ("", ""),
        (1, 1),
        (10**30, 10**30),
        (0.1, 0.1),
        (True, True),
        (np.float64(0.1), 0.1),
        (np.float32(0.5), 0.5),
        (np.int8(3), 3),
        (np.bool_(True), True),
        (np.str_("x"), "x"),
        (np.array([2]), 2),
        (Scalar(0.5), 0.5),
        (None, "None"),
        (Colour.RED, "Colour.RED"),
        (Level.LOW, str(Level.LOW)),
        (PurePosixPath("a/b"), "a/b"),
        (date(2026, 11, 23), "2026-11-23"),
        (Decimal("0.10"), "0.10"),
        ([1, 2], "[1, 2]"),
        ({"a": 1}, "{'a': 1}"),
        (Scalar(1, 2), "tensor(1, 2)"),
        (np.array([1, 2]), "[1 2]"),
        (np.datetime64("2026-11-23T12:00:00.000000001"), "2026-11-23T12:00:00.000000001"),
    ],
)
def test_params(given: object, kept: object) -> None:
    found = param_value(given)
    assert (type(found), found) == (type(kept), kept)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (1, 1.0),
        (True, 1.0),
        (math.inf, math.inf),
        (Decimal("0.5"), 0.5),
        (Fraction(1, 4), 0.25),
        (Level.LOW, 1.0),
        (np.float16(0.5), 0.5),
        (np.int64(3), 3.0),
        (np.array(0.5), 0.5),
        (np.array([[0.5]]), 0.5),
        (Scalar(0.5), 0.5),
    ],
)
def test_metrics(given: object, kept: float) -> None:
    found = metric_value("m", given)
    assert (type(found), found) == (float, kept)


def test_a_metric_may_be_nan() -> None:
    assert math.isnan(metric_value("m", np.float32("nan")))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("0.5", r"^metric 'm' must be a number, not str$"),
        (None, r"^metric 'm' must be a number, not NoneType$"),
        (1j, r"^metric 'm' must be a number, not complex$"),
        (b"1", r"^metric 'm' must be a number, not bytes$"),
        (np.str_("1"), r"^metric 'm' must be a number, not str$"),
        (np.array([1, 2]), r"^metric 'm': ndarray does not go into a 64-bit float: "),
        (10**400, r"^metric 'm': int does not go into a 64-bit float: "),
        (Scalar(1, 2), r"^metric 'm' must be a number, not Scalar$"),
        (np.datetime64("2026-11-23"), r"^metric 'm'"),
    ],
)
def test_what_is_no_metric(given: object, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        metric_value("m", given)


@pytest.mark.parametrize(
    ("given", "kept"),
    [(0, 0), (-5, -5), (2**63 - 1, 2**63 - 1), (3.0, 3), (np.int32(7), 7), (Level.LOW, 1), (Scalar(2.0), 2)],
)
def test_steps(given: object, kept: int) -> None:
    assert step_number(given) == kept


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (1.5, r"^step must be a whole number, not 1\.5$"),
        (math.nan, r"^step must be a whole number, not nan$"),
        ("1", r"^step must be a whole number, not str$"),
        (None, r"^step must be a whole number, not NoneType$"),
        (True, r"^step must be a whole number, not bool$"),
        (2**63, r"^step 9223372036854775808 does not go into 64 bits$"),
    ],
)
def test_what_is_no_step(given: object, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        step_number(given)


def test_mappings() -> None:
    assert param_values(MappingProxyType({"a": 1})) == {"a": 1}
    assert tag_values({"a": None, "b": 1.5}) == {"a": "None", "b": "1.5"}


@pytest.mark.parametrize("given", [[("a", 1)], "a", 3])
def test_what_is_no_mapping(given: Any) -> None:
    with pytest.raises(InvalidInput, match=r"^params must be a mapping such as \{'name': value\}, not "):
        param_values(given)
