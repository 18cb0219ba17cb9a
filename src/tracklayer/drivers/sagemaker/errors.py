"""SageMaker's native errors to ours: what it says otherwise than the rest of AWS, before the table that all share."""

from __future__ import annotations

import re

from tracklayer.drivers.aws import TABLE as SHARED
from tracklayer.drivers.aws import Answered
from tracklayer.errors import NotFound, Unavailable
from tracklayer.spi import Rule


def _validation(pattern: str, error: Answered) -> bool:
    return error.code == "ValidationException" and re.search(pattern, error.said, re.IGNORECASE) is not None


TABLE: tuple[Rule, ...] = (
    # An operation that was not told of a missing thing by ResourceNotFound: DescribeTrainingJob, AddTags.
    Rule(Answered, NotFound, lambda error: _validation(r"not found|does not exist|could not find", error)),
    # What was disassociated a moment ago is still held for associated: the official SDK waits and tries again.
    Rule(
        Answered,
        Unavailable,
        lambda error: _validation(r"(still|is|are|be) (currently )?associated|disassociate", error),
    ),
    *SHARED,
)
