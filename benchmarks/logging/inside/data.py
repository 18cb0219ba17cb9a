"""What is logged: the same values for every subject."""

from __future__ import annotations

from random import Random

#: The step taken with this picks one of the values.
MASK = 4095
_random = Random(1)  # noqa: S311 - data, no secret
VALUES = [_random.random() for _ in range(MASK + 1)]

SCALAR = "loss"
ROW = [f"metric_{number}" for number in range(10)]
ROWS = [{key: _random.random() for key in ROW} for _ in range(MASK + 1)]
