"""How often an operation may be called: a bucket of tokens for each, and RESOURCE_EXHAUSTED when it is empty.

* The real quotas: 600 resource management requests a minute and region, 60 submissions of operations.
  https://cloud.google.com/vertex-ai/docs/quotas
"""

from __future__ import annotations

from tracklayer.emulators import rates
from tracklayer.emulators.vertex.errors import ApiError
from tracklayer.emulators.vertex.knobs import Knobs
from tracklayer.emulators.vertex.names import NUMBER


class Rates(rates.Rates):
    """The buckets, by operation. They hold `burst` calls, and fill by `rates` a minute."""

    def take(self, operation: str, knobs: Knobs, now: float) -> None:
        """Take a token; `now`: in seconds. Raises `ApiError`."""
        rate = knobs.rates.get(operation, knobs.rates.get("default"))
        if self.spend(operation, None if rate is None else rate / 60, knobs.burst, now):
            raise ApiError(
                "RESOURCE_EXHAUSTED",
                "Quota exceeded for quota metric 'Resource management (CRUD) requests' and limit 'Resource management "
                "(CRUD) requests per minute per region' of service 'aiplatform.googleapis.com' for consumer "
                f"'project_number:{NUMBER}'.",
                [
                    {
                        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                        "reason": "RATE_LIMIT_EXCEEDED",
                        "domain": "googleapis.com",
                        "metadata": {
                            "service": "aiplatform.googleapis.com",
                            "consumer": f"projects/{NUMBER}",
                            "quota_limit": "ResourceManagementRequestsPerMinutePerProjectPerRegion",
                        },
                    }
                ],
            )
