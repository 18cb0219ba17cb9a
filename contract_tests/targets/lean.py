"""A provider that can do as little as the SPI lets it: what the suite's refusals are tried on.

It is also what a third party's target looks like: a driver, its traits, and a `Target` that opens it.
"""

from __future__ import annotations

from uuid import uuid4

from contract_tests.targets.base import Target

from tracklayer.drivers.memory import MemoryDriver, Store
from tracklayer.spi import Claim, Driver, Feature, Traits, native, never, sidecar

#: What every provider must have one way or the other: nothing refuses them, for no single call asks for them.
QUALITIES: dict[Feature, Claim] = {
    Feature.IDEMPOTENT_CREATE: native(),
    Feature.METRIC_SAME_STEP: native(),
    Feature.METRIC_TIME: native(),
    Feature.FILTER: sidecar("tracklayer filters"),
    Feature.ORDER: sidecar("tracklayer orders"),
}

LEAN = Traits(
    provider="lean",
    claims={feature: never(f"{feature.value} is left out on purpose") for feature in Feature} | QUALITIES,
)


class LeanTarget(Target):
    """The in-memory fake with nothing optional."""

    name = "lean"

    def __init__(self) -> None:
        self.stores: dict[str, Store] = {}

    def open(self) -> Driver:
        url = f"memory://lean-{uuid4().hex}"
        self.stores[url] = Store()
        return MemoryDriver(LEAN, url=url, store=self.stores[url])

    def again(self, driver: Driver) -> Driver:
        return MemoryDriver(LEAN, url=driver.url, store=self.stores[driver.url])


TARGET = LeanTarget()
