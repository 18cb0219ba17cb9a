"""The embedded store: one SQLite file, and the files of its runs beside it."""

from tracklayer.drivers.local.driver import LocalDriver
from tracklayer.drivers.local.traits import LOCAL

__all__ = ["LOCAL", "LocalDriver"]
