"""How often an operation may be called: a bucket of tokens for each, and ThrottlingException when it is empty.

* S3 says SlowDown instead. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

import threading

from tracklayer.emulators.aws.errors import AwsError
from tracklayer.emulators.sagemaker.knobs import Knobs


class Rates:
    """The buckets, by region and operation. They hold `burst` calls, and fill by `rates` a second.

    * `default` is for SageMaker's own operations: those of S3 and STS have a rate only if they are named.
    """

    def __init__(self) -> None:
        self._left: dict[tuple[str, str, str], tuple[float, float]] = {}
        self._lock = threading.Lock()

    def spend(self, what: tuple[str, str, str], knobs: Knobs, now: float) -> None:
        """Take a token. `what`: region, service and operation. Raises `AwsError`."""
        _, service, operation = what
        default = knobs.rates.get("default") if service.startswith("sagemaker") else None
        rate = knobs.rates.get(operation, default)
        if rate is None:
            return
        with self._lock:
            left, at = self._left.get(what, (knobs.burst, now))
            left = min(knobs.burst, left + max(0.0, now - at) * rate)
            self._left[what] = (left - 1 if left >= 1 else left, now)
        if left < 1 and service == "s3":
            raise AwsError("SlowDown", "Please reduce your request rate.", 503)
        if left < 1:
            raise AwsError("ThrottlingException", "Rate exceeded")

    def clear(self) -> None:
        """Fill them all."""
        with self._lock:
            self._left.clear()
