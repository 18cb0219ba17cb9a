"""The runs that both stores are filled with, out of nothing but the standard library."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

#: The first run's start, in milliseconds since 1970 UTC, and how far the next one's is.
BEGAN, APART = 1_767_225_600_000, 60_000
#: How long a run takes, and a step of it, in milliseconds.
LONG, STEP = 42_123, 10
#: Of so many runs one failed; so many have equal params but the seed.
FAILED, SEEDS = 7, 5


@dataclass(frozen=True)
class Content:
    """A run. `began`: milliseconds since 1970 UTC. `metrics`: a value a step."""

    number: int
    params: dict[str, str]
    tags: dict[str, str]
    metrics: dict[str, list[float]]

    @property
    def name(self) -> str:
        return f"run-{self.number:05}"

    @property
    def began(self) -> int:
        return BEGAN + self.number * APART

    @property
    def failed(self) -> bool:
        return self.number % FAILED == 1


def contents(runs: int, params: int, metrics: int, steps: int) -> Iterator[Content]:
    """The same runs each time."""
    dice = random.Random(7)  # noqa: S311 -- no secret
    for number in range(runs):
        given = {f"param-{each}": _text(number // SEEDS, each) for each in range(params - 1)}
        yield Content(
            number=number,
            params={**given, "seed": str(number % SEEDS)},
            tags={"team": f"team-{number % 3}", "note": f"run {number}"},
            metrics={f"metric-{each}": [dice.gauss(0, 1) for _ in range(steps)] for each in range(metrics)},
        )


def _text(group: int, number: int) -> str:
    """Text, a whole number, a number, or true."""
    return (f"text {group}", str(group * number), str(group / (number + 1)), "True")[number % 4]
