"""What a user may choose of redaction."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field

from tracklayer.errors import InvalidInput
from tracklayer.model.base import Model


def _expressions(which: str) -> AfterValidator:
    def valid(patterns: tuple[str, ...]) -> tuple[str, ...]:
        for index, pattern in enumerate(patterns):
            _check(f"Redaction.{which}[{index}]", pattern)
        return patterns

    return AfterValidator(valid)


def _check(where: str, pattern: str) -> None:
    try:
        compiled(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        # The expression itself is not shown: it may be the secret.
        message = f"{where} is not a regular expression: {error}"
        raise InvalidInput(message) from None


class Redaction(Model):
    """What is hidden before it is written down.

    * `enabled`: False hides nothing.
    * `allow`: regular expressions of keys that are never hidden. One must match the whole key, with or without what it
      belongs to: `params.max_tokens_key` and `max_tokens_key` are the same param.
    * `deny`: regular expressions of keys and values that are always hidden. One may match anywhere, and what it matches
      is hidden whole. It comes before `allow`.
    * An expression that does not compile is `InvalidInput`.
    """

    enabled: bool = True
    allow: Annotated[tuple[str, ...], _expressions("allow")] = ()
    # Not in the repr: a user may name a secret here, to have it hidden.
    deny: Annotated[tuple[str, ...], _expressions("deny")] = Field(default=(), repr=False)


@lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    """The expression, compiled once."""
    return re.compile(pattern)
