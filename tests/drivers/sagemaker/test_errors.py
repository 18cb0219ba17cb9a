"""What SageMaker says otherwise than the rest of AWS."""

from __future__ import annotations

import pytest

from tracklayer.drivers.aws import Answered
from tracklayer.drivers.sagemaker.errors import TABLE
from tracklayer.errors import AlreadyExists, NotFound, ProviderError, QuotaExceeded, RateLimited, Rejected, Unavailable
from tracklayer.spi import translated

FULL = (
    "The account-level service limit 'Total number of trial components allowed in a single trial, excluding those"
    " automatically created by SageMaker' is 50 Trial Components"
)


@pytest.mark.parametrize(
    ("code", "said", "kind"),
    [
        ("ResourceNotFound", "Experiment does not exist", NotFound),
        ("ValidationException", "Requested resource not found.", NotFound),
        ("ValidationException", "Trial Component is still associated with a Trial", Unavailable),
        ("ValidationException", "Must disassociate the trial component first", Unavailable),
        ("ValidationException", "Trial already exists", AlreadyExists),
        ("ValidationException", "Experiment names must be unique within an AWS account and region", AlreadyExists),
        ("ValidationException", "1 validation error detected: Value at 'parameters' failed", Rejected),
        ("ResourceLimitExceeded", FULL, QuotaExceeded),
        ("ThrottlingException", "Rate exceeded", RateLimited),
    ],
)
def test_an_answer_becomes_our_error(code: str, said: str, kind: type[ProviderError]) -> None:
    error = translated(TABLE, Answered(code, 400, said), provider="sagemaker", operation="X")
    assert type(error) is kind
    assert error.retryable == (kind in {RateLimited, Unavailable})
