"""Runs of several places side by side."""

from tracklayer.compare.align import Difference, Held, Row, align
from tracklayer.compare.config import Config
from tracklayer.compare.cost import Cost, Prices
from tracklayer.compare.direction import Direction, direction
from tracklayer.compare.frame import Comparison, compare
from tracklayer.compare.groups import Group, Grouping
from tracklayer.compare.names import Suggestion, parsed_map
from tracklayer.compare.pareto import Front
from tracklayer.compare.reading import Failure
from tracklayer.compare.series import Histories, Series, SeriesFailure
from tracklayer.compare.spread import Spread

__all__ = [
    "Comparison",
    "Config",
    "Cost",
    "Difference",
    "Direction",
    "Failure",
    "Front",
    "Group",
    "Grouping",
    "Held",
    "Histories",
    "Prices",
    "Row",
    "Series",
    "SeriesFailure",
    "Spread",
    "Suggestion",
    "align",
    "compare",
    "direction",
    "parsed_map",
]
