"""How often the SDK sends a request: few times, for `layers/retry.py` repeats whole calls of a driver."""

from __future__ import annotations

from typing import Any

#: Attempts of one request, the first included, and the seconds they may take in all; the SDK's own are 8 in 10 minutes.
ATTEMPTS, PATIENCE = 4, 60
#: Seconds of the first pause and of the longest one, each drawn at random below it.
FIRST, LONGEST = 0.2, 10


def few() -> Any:
    """The SDK's retry strategy: each attempt is signed anew."""
    from oci import retry  # noqa: PLC0415 -- late: 1 s

    return retry.RetryStrategyBuilder(
        max_attempts=ATTEMPTS,
        total_elapsed_time_seconds=PATIENCE,
        service_error_check=True,
        service_error_retry_config={-1: [], 409: ["ConcurrentObjectUpdate"], 429: []},
        service_error_retry_on_any_5xx=True,
        retry_base_sleep_time_seconds=FIRST,
        retry_max_wait_between_calls_seconds=LONGEST,
        backoff_type=retry.BACKOFF_FULL_JITTER_VALUE,
    ).get_retry_strategy()
