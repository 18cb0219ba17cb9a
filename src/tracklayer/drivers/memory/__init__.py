"""The in-memory fake: a place of this process, that can take on any provider's traits."""

from tracklayer.drivers.memory.driver import MemoryDriver
from tracklayer.drivers.memory.store import Store
from tracklayer.drivers.memory.traits import MEMORY

__all__ = ["MEMORY", "MemoryDriver", "Store"]
