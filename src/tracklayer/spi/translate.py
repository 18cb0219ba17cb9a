"""Native errors to ours, through a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tracklayer.errors import ProviderError, RateLimited, Unavailable


@dataclass(frozen=True)
class Rule:
    """One row of a driver's table: errors of type `native` for which `when` holds become `error`.

    * `retry_after`: seconds the provider asks to wait, read from the native error.
    * `retryable`: overrides what errors of that kind are by themselves.
    """

    native: type[Exception]
    error: type[ProviderError]
    when: Callable[[Any], bool] = lambda _: True
    retry_after: Callable[[Any], float | None] = lambda _: None
    retryable: bool | None = None


def translated(table: Sequence[Rule], native: Exception, *, provider: str, operation: str) -> ProviderError | None:
    """What the first row that matches makes of an error; None when no row does."""
    for rule in table:
        if isinstance(native, rule.native) and rule.when(native):
            said = " ".join(str(native).split()) or type(native).__name__
            if issubclass(rule.error, (RateLimited, Unavailable)):
                return rule.error(
                    said,
                    provider=provider,
                    operation=operation,
                    retryable=rule.retryable,
                    retry_after=rule.retry_after(native),
                )
            return rule.error(said, provider=provider, operation=operation, retryable=rule.retryable)
    return None


@contextmanager
def translating(table: Sequence[Rule], *, provider: str, operation: str) -> Iterator[None]:
    """Within the block, native errors become ours, each with the native one as its cause."""
    try:
        yield
    except Exception as native:
        ours = translated(table, native, provider=provider, operation=operation)
        if ours is None:
            raise
        raise ours from native
