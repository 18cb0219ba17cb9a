from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest

from tracklayer.drivers.memory import MEMORY, MemoryDriver
from tracklayer.model import ExperimentDraft, ExperimentRef, RunDraft, RunRef
from tracklayer.spi import Feature, Limits, Names, Traits, never

Make = Callable[..., MemoryDriver]


NO_LIMITS, ANY_NAMES = Limits(), Names()


def traits_of(*missing: Feature, limits: Limits = NO_LIMITS, names: Names = ANY_NAMES) -> Traits:
    claims = {**MEMORY.claims, **{feature: never("this provider cannot") for feature in missing}}
    return Traits(provider="other", claims=claims, limits=limits, names=names)


@pytest.fixture
def make() -> Make:
    """A driver without some features, or with limits or names."""

    def driver(*missing: Feature, limits: Limits = NO_LIMITS, names: Names = ANY_NAMES) -> MemoryDriver:
        return MemoryDriver(traits_of(*missing, limits=limits, names=names))

    return driver


@pytest.fixture
def new_run() -> Callable[[MemoryDriver], RunRef]:
    """Makes a run, each in an experiment of its own."""
    numbers = count()

    def run(driver: MemoryDriver) -> RunRef:
        number = next(numbers)
        made = driver.create_experiment(ExperimentDraft(name=f"e{number}"))
        return driver.create_run(ExperimentRef(id=made.id), RunDraft(token=f"t{number}")).ref

    return run
