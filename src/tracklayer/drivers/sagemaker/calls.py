"""Calls of the two services: each at its pace, each error one of ours."""

from __future__ import annotations

import re
from typing import Any

from tracklayer.drivers.aws import Aws, Pace
from tracklayer.drivers.sagemaker.errors import TABLE

#: The operations of `sagemaker-metrics`; all others are of `sagemaker`.
METRICS = frozenset({"BatchPutMetrics", "BatchGetMetrics"})
PROVIDER = "sagemaker"


class Calls:
    """`calls("DescribeTrial", TrialName="x")`: the answer, as boto3 gives it."""

    def __init__(self, aws: Aws, pace: Pace) -> None:
        self._aws = aws
        self._pace = pace

    def __call__(self, operation: str, /, **request: Any) -> dict[str, Any]:
        """One call. What is None is left out."""
        self._pace.wait(operation)
        given = {name: value for name, value in request.items() if value is not None}
        with self._aws.translating(operation, TABLE):
            client = self._aws.client("sagemaker-metrics" if operation in METRICS else "sagemaker")
            answer: dict[str, Any] = getattr(client, _method(operation))(**given)
        return answer


def _method(operation: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
