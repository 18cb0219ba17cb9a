"""Everything a driver's author reads, and nothing more."""

from tracklayer.spi.driver import OPTIONAL, Driver
from tracklayer.spi.features import Claim, Feature, Support, native, never, not_yet, sidecar
from tracklayer.spi.limits import Bound, Limits
from tracklayer.spi.naming import Naming
from tracklayer.spi.page import Cursor, Page, every
from tracklayer.spi.place import Place
from tracklayer.spi.rates import Charge, Part, Quota, Rates
from tracklayer.spi.readonly import ReadOnly, read_only
from tracklayer.spi.registry import driver_class, open_driver, scheme_of, schemes
from tracklayer.spi.traits import Names, Search, Traits
from tracklayer.spi.translate import Rule, translated, translating
from tracklayer.spi.wrapper import Wrapper

__all__ = [
    "OPTIONAL",
    "Bound",
    "Charge",
    "Claim",
    "Cursor",
    "Driver",
    "Feature",
    "Limits",
    "Names",
    "Naming",
    "Page",
    "Part",
    "Place",
    "Quota",
    "Rates",
    "ReadOnly",
    "Rule",
    "Search",
    "Support",
    "Traits",
    "Wrapper",
    "driver_class",
    "every",
    "native",
    "never",
    "not_yet",
    "open_driver",
    "read_only",
    "scheme_of",
    "schemes",
    "sidecar",
    "translated",
    "translating",
]
