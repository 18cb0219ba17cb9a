"""How often MLflow's calls may come: the documented groups, and 429 beyond.

* https://learn.microsoft.com/azure/databricks/dev-tools/api/latest/mlflow, "Rate limits"; newer pages have 7 and 120.
* What a refusal says: ecmwf/WeatherGenerator#1482.
"""

from __future__ import annotations

import re

from tracklayer.emulators.databricks.errors import ApiError
from tracklayer.emulators.databricks.knobs import Knobs
from tracklayer.emulators.rates import Rates

_GROUPS = (
    ("experiments", re.compile(r"experiments/(list|search|update|delete|restore)"), 7.0),
    ("runs/search", re.compile(r"runs/search"), 7.0),
    ("runs/log-batch", re.compile(r"runs/log-batch"), 47.0),
    ("all others", re.compile(r".*"), 127.0),
)


class Pace:
    """The buckets of all workspaces."""

    def __init__(self) -> None:
        self._rates = Rates()

    def spend(self, host: str, operation: str, knobs: Knobs, now: float) -> None:
        """Take a token. Raises 429."""
        group, rate = next((name, rate) for name, pattern, rate in _GROUPS if pattern.fullmatch(operation))
        wait = 0.0
        if operation in knobs.rates:
            wait = self._rates.spend((host, operation), knobs.rates[operation], knobs.burst, now)
        elif knobs.paced:
            wait = self._rates.spend((host, group), rate, max(knobs.burst, rate), now)
        if wait:
            message = "Too many requests. Please wait a moment and try again."
            later = wait if knobs.retry_after else None
            raise ApiError(429, "RESOURCE_EXHAUSTED", message, retry_after=later)
