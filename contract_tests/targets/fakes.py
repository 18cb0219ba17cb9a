"""A target on the in-memory fake, with any traits: the fake holds them strictly."""

from __future__ import annotations

from uuid import uuid4

from contract_tests.targets.base import Target

from tracklayer.drivers.memory import MemoryDriver, Store
from tracklayer.spi import Driver, Traits


class FakeTarget(Target):
    """Named as the provider that its traits describe."""

    def __init__(self, traits: Traits) -> None:
        # The fake gives as many runs as it may, whatever is asked for.
        self.beyond = {"runs_per_page": "kept"}
        self.name = traits.provider
        self.traits = traits
        self.stores: dict[str, Store] = {}

    def open(self) -> Driver:
        url = f"memory://{self.name}-{uuid4().hex}"
        self.stores[url] = Store()
        return MemoryDriver(self.traits, url=url, store=self.stores[url])

    def again(self, driver: Driver) -> Driver:
        return MemoryDriver(self.traits, url=driver.url, store=self.stores[driver.url])
