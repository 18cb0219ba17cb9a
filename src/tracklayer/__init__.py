"""One experiment-tracking API over every cloud's tracker."""

__version__ = "0.1.0"
