"""How often an operation may be called: a bucket of tokens for each, and ThrottlingException when it is empty.

* S3 says SlowDown instead. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from tracklayer.emulators import rates
from tracklayer.emulators.aws.errors import AwsError
from tracklayer.emulators.sagemaker.knobs import Knobs


class Rates(rates.Rates):
    """The buckets, by region and operation. They hold `burst` calls, and fill by `rates` a second.

    * `default` is for SageMaker's own operations: those of S3 and STS have a rate only if they are named.
    """

    def take(self, what: tuple[str, str, str], knobs: Knobs, now: float) -> None:
        """Take a token. `what`: region, service and operation. Raises `AwsError`."""
        _, service, operation = what
        default = knobs.rates.get("default") if service.startswith("sagemaker") else None
        if self.spend(what, knobs.rates.get(operation, default), knobs.burst, now):
            if service == "s3":
                raise AwsError("SlowDown", "Please reduce your request rate.", 503)
            raise AwsError("ThrottlingException", "Rate exceeded")
