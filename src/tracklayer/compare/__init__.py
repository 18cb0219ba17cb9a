"""Runs of several places side by side."""

from tracklayer.compare.align import Difference, Held, Row, align
from tracklayer.compare.direction import Direction, direction
from tracklayer.compare.frame import Comparison, Failure, compare

__all__ = ["Comparison", "Difference", "Direction", "Failure", "Held", "Row", "align", "compare", "direction"]
