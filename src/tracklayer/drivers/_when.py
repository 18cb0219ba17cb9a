"""When a rule of a driver's table of errors applies, by what its native errors say of themselves.

Read as `when.status(404)`. What one service says in its own way stays in its own table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

When: TypeAlias = Callable[[Any], bool]


def code(*codes: str) -> When:
    """The service's own word is one of these."""
    return lambda error: error.code in codes


def status(*statuses: int) -> When:
    """HTTP's is one of these."""
    return lambda error: error.status in statuses


def kind(*kinds: str) -> When:
    """There was no answer, of one of these kinds."""
    return lambda error: error.kind in kinds


def either(*conditions: When) -> When:
    """One of the conditions holds."""
    return lambda error: any(condition(error) for condition in conditions)


def pause(error: Any) -> float | None:
    """The seconds that the service asks to wait."""
    asked: float | None = error.retry_after
    return asked
